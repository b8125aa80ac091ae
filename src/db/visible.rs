//! Whether a connection sees Landfall's tables, and if not, why.

use diesel::sql_types::{Array, Bool, Nullable, Text};
use diesel::{PgConnection, QueryableByName, RunQueryDsl, sql_query};
use thiserror::Error;

/// Why the tables cannot be read.
#[derive(Debug, Error)]
pub enum SchemaError {
    /// They do not exist, and could be created.
    #[error(
        "the database {database} has no tables of Landfall yet: run `landfall migrate`, or import something"
    )]
    Missing {
        /// The database.
        database: String,
    },
    /// There is no schema to create them in.
    #[error(
        "no schema of the search_path ({search_path}) exists in the database {database}, or the role {role} may use it: \
         correct the search_path (in DATABASE_URL, or of the role), or create the schema"
    )]
    NoSchema {
        /// The database.
        database: String,
        /// The role.
        role: String,
        /// The search path.
        search_path: String,
    },
    /// They are in another schema.
    #[error(
        "Landfall's tables are in the schema {schema}, which is not in the search_path ({search_path}): correct the \
         search_path (in DATABASE_URL, or of the role), or run `landfall migrate` for tables of its own"
    )]
    Elsewhere {
        /// The schema they are in.
        schema: String,
        /// The search path.
        search_path: String,
        /// Whether others could be created in a schema of the search path.
        has_schema: bool,
    },
    /// The role lacks the privilege to use their schema.
    #[error("the role {role} may not use the schema {schema}: GRANT USAGE ON SCHEMA {schema} TO {role}")]
    Unusable {
        /// The schema they are in.
        schema: String,
        /// The role.
        role: String,
    },
    /// The role lacks the privilege to read them.
    #[error("the role {role} may not read {tables}: GRANT SELECT ON {tables} TO {role}")]
    Unreadable {
        /// Those it may not read.
        tables: String,
        /// The role.
        role: String,
    },
    /// A query failed.
    #[error("cannot query the database: {0}")]
    Query(#[from] diesel::result::Error),
}

impl SchemaError {
    /// Whether a migration would create the missing tables.
    pub fn migration_helps(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::Elsewhere { has_schema: true, .. })
    }
}

/// From the catalogue, which every role may read.
#[derive(QueryableByName)]
struct Visibility {
    #[diesel(sql_type = Text)]
    database: String,
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Text)]
    search_path: String,
    #[diesel(sql_type = Bool)]
    has_schema: bool,
    /// The schema with Landfall's tables: the one of the search path, if it is there.
    #[diesel(sql_type = Nullable<Text>)]
    schema: Option<String>,
    #[diesel(sql_type = Nullable<Bool>)]
    is_visible: Option<bool>,
    #[diesel(sql_type = Nullable<Bool>)]
    is_usable: Option<bool>,
    /// Whether the search path names that schema.
    #[diesel(sql_type = Nullable<Bool>)]
    is_named: Option<bool>,
    /// Those of the given tables that the role may not read.
    #[diesel(sql_type = Nullable<Text>)]
    unreadable: Option<String>,
}

/// Checks that a connection sees Landfall's tables, and may read some of them.
///
/// # Errors
///
/// It does not; or the catalogue cannot be read.
pub fn check_tables(connection: &mut PgConnection, tables: &[&str]) -> Result<(), SchemaError> {
    let seen: Visibility = sql_query(
        "SELECT current_database()::text AS database, quote_ident(current_user) AS role,
                current_setting('search_path') AS search_path, current_schema() IS NOT NULL AS has_schema,
                quote_ident(nspname) AS schema, is_visible, is_usable, unreadable,
                nspname = ANY (regexp_split_to_array(
                    replace(replace(current_setting('search_path'), '\"', ''), '$user', current_user), '\\s*,\\s*'
                )) AS is_named
         FROM (SELECT) AS here
         LEFT JOIN LATERAL (
             SELECT nspname, pg_table_is_visible(c.oid) AS is_visible, has_schema_privilege(n.oid, 'USAGE') AS is_usable,
                    (SELECT string_agg(quote_ident(relname), ', ' ORDER BY relname) FROM pg_class AS t
                     WHERE t.relnamespace = n.oid AND t.relname = ANY ($1) AND NOT has_table_privilege(t.oid, 'SELECT')
                    ) AS unreadable
             FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
             -- Other applications may have a table of that name, too.
             WHERE c.relname = 'ledger' AND EXISTS (
                 SELECT FROM pg_class AS t WHERE t.relnamespace = n.oid AND t.relname = 'spot_pools'
             )
             ORDER BY 2 DESC, 1 LIMIT 1
         ) AS landfall ON true",
    )
    .bind::<Array<Text>, _>(tables)
    .get_result(connection)?;
    let Visibility { database, role, search_path, has_schema, .. } = seen;
    let Some(schema) = seen.schema else {
        return Err(match has_schema {
            true => SchemaError::Missing { database },
            false => SchemaError::NoSchema { database, role, search_path },
        });
    };
    if seen.is_visible == Some(true) {
        return seen.unreadable.map_or(Ok(()), |tables| Err(SchemaError::Unreadable { tables, role }));
    }
    Err(match seen.is_usable == Some(true) {
        true => SchemaError::Elsewhere { schema, search_path, has_schema },
        false if seen.is_named == Some(true) => SchemaError::Unusable { schema, role },
        // It belongs to another application.
        false if has_schema => SchemaError::Missing { database },
        false => SchemaError::NoSchema { database, role, search_path },
    })
}
