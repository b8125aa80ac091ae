//! The tables and columns that the operational database has, with their names quoted by itself.

use diesel::sql_types::{Bool, Text};
use diesel::{PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query};

/// A column of a table or view.
#[derive(Clone, Debug, QueryableByName)]
pub(super) struct Column {
    #[diesel(sql_type = Text)]
    pub(super) schema: String,
    #[diesel(sql_type = Text)]
    pub(super) table: String,
    #[diesel(sql_type = Text)]
    pub(super) column: String,
    /// As SQL writes it; of a domain, the type it is based on.
    #[diesel(sql_type = Text)]
    pub(super) kind: String,
    /// Schema and table, as SQL needs them.
    #[diesel(sql_type = Text)]
    pub(super) quoted_table: String,
    /// The same of the column.
    #[diesel(sql_type = Text)]
    pub(super) quoted_column: String,
    /// Whether names without a schema are looked for in this one.
    #[diesel(sql_type = Bool)]
    pub(super) is_in_search_path: bool,
    /// Whether the role may read it.
    #[diesel(sql_type = Bool)]
    pub(super) is_readable: bool,
    /// Whether an index keeps its values apart.
    #[diesel(sql_type = Bool)]
    pub(super) is_unique: bool,
    /// Whether policies of row level security hold for the role in this table.
    #[diesel(sql_type = Bool)]
    pub(super) has_policies: bool,
}

/// All columns, those of the system apart.
pub(super) fn columns(connection: &mut PgConnection) -> QueryResult<Vec<Column>> {
    sql_query(
        "SELECT nspname::text AS schema, relname::text AS table, attname::text AS column,
                coalesce(nullif(typbasetype, 0), atttypid)::regtype::text AS kind,
                quote_ident(nspname) || '.' || quote_ident(relname) AS quoted_table,
                quote_ident(attname) AS quoted_column,
                nspname = ANY (current_schemas(false)) AS is_in_search_path,
                has_schema_privilege(n.oid, 'USAGE') AND has_column_privilege(c.oid, attnum, 'SELECT') AS is_readable,
                EXISTS (SELECT FROM pg_index WHERE indrelid = c.oid AND indnkeyatts = 1 AND indkey[0] = attnum
                        AND indisunique AND indisvalid AND indpred IS NULL) AS is_unique,
                row_security_active(c.oid) AS has_policies
         FROM pg_class AS c
         JOIN pg_namespace AS n ON n.oid = relnamespace
         JOIN pg_attribute AS a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
         JOIN pg_type AS t ON t.oid = atttypid
         WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND nspname <> 'information_schema' AND nspname !~ '^pg_'
         ORDER BY nspname, relname, attnum",
    )
    .load(connection)
}

/// The role of the connection, as SQL needs its name.
pub(super) fn role(connection: &mut PgConnection) -> QueryResult<String> {
    #[derive(QueryableByName)]
    struct Role {
        #[diesel(sql_type = Text)]
        role: String,
    }
    sql_query("SELECT quote_ident(current_user) AS role").get_result(connection).map(|Role { role }| role)
}
