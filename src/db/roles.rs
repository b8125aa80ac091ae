//! Roles with no more privileges than they need: one that owns Landfall's tables, and one that reads them.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Bool, Nullable, Text};
use diesel::{Connection, PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query};
use thiserror::Error;

use super::lock_feed;
use super::sqlstate::{Sqlstate, advice};

/// How long to wait for a lock, as migrations do: while this waits for a table, all later queries of the table wait as
/// well.
const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// The names of the roles.
#[derive(Clone, Copy, Debug)]
pub struct Roles<'n> {
    /// Owns the tables, migrates and imports.
    pub owner: &'n str,
    /// Reads.
    pub reader: &'n str,
    /// Whether both log in at RDS with tokens of IAM instead of passwords.
    pub rds_iam: bool,
}

/// Why the roles could not be set up; nothing was changed.
#[derive(Debug, Error)]
pub enum RolesError {
    /// One of the names is that of the role that sets them up, which would lose or keep too much.
    #[error("{0} is the role of DATABASE_URL, which sets up the others: choose another name")]
    IsAdministrator(String),
    /// The database is not at RDS.
    #[error("the database has no role rds_iam, as those at RDS have: leave out --rds-iam")]
    NoRdsIam,
    /// A table belongs to a third role.
    #[error(
        "{tables} would not belong to {owner}: run `landfall roles` as their present owner, or as a superuser"
    )]
    Foreign {
        /// Those tables, each with its owner.
        tables: String,
        /// Who should own them.
        owner: String,
    },
    /// The owner cannot create tables.
    #[error(
        "{0} may not create tables in the schema: run `landfall roles` as the owner of the schema, or as a superuser"
    )]
    NoSchema(String),
    /// The reader would be able to write.
    #[error("{0} would still be able to write: it is a superuser, or a member of a role that may")]
    Writes(String),
    /// Another client held a lock for too long.
    #[error(
        "an import, a migration or another client holds a lock: wait until that has ended (pg_stat_activity shows it) and run `landfall roles` again: {0}"
    )]
    Locked(#[source] diesel::result::Error),
    /// A statement failed.
    #[error("cannot set up the roles: {0}{hint}", hint = advice(.0).map(|advice| format!("; {advice}")).unwrap_or_default())]
    Query(#[source] diesel::result::Error),
}

impl From<diesel::result::Error> for RolesError {
    fn from(error: diesel::result::Error) -> Self {
        match Sqlstate::of(&error) {
            Some(Sqlstate::LOCK_NOT_AVAILABLE) => Self::Locked(error),
            _ => Self::Query(error),
        }
    }
}

/// Creates the roles that do not exist, makes the owner the owner of what the connection's role owns in the current
/// schema, and lets the reader read it, now and in future. Whatever is so already stays as it is.
///
/// The connection's role needs no superuser: it owns the database and may create roles, as the master user of RDS.
/// `feeds` are all feeds, whose imports wait meanwhile.
///
/// # Errors
///
/// See [`RolesError`].
pub fn set_up_roles(
    connection: &mut PgConnection,
    roles: Roles<'_>,
    feeds: &[&str],
) -> Result<(), RolesError> {
    connection.transaction(|connection| {
        lock(connection, feeds)?;
        let here = Here::read(connection)?;
        if let Some(name) = [roles.owner, roles.reader].into_iter().find(|name| *name == here.role) {
            return Err(RolesError::IsAdministrator(name.to_owned()));
        }
        if roles.rds_iam && !here.has_rds_iam {
            return Err(RolesError::NoRdsIam);
        }
        let mut run = |generator: &str| run_generated(connection, generator, roles, &here.schema);
        run(CREATE)?;
        run(JOIN_OWNER)?;
        run(GRANT)?;
        run(TRANSFER)?;
        // Default privileges, and those of tables, are granted by their owner.
        run("SELECT format('SET LOCAL ROLE %I', owner) AS statement FROM given")?;
        run(READ)?;
        run("SELECT 'SET LOCAL ROLE NONE' AS statement")?;
        if roles.rds_iam {
            run("SELECT format('GRANT rds_iam TO %I, %I', owner, reader) AS statement FROM given")?;
            // RDS accepts tokens only, and no password, from each direct or indirect member of rds_iam: as a member of
            // the owner, the administrator would be locked out.
            run(LEAVE_OWNER)?;
        } else if here.has_rds_iam {
            run(REVOKE_RDS_IAM)?;
        }
        verify(connection, roles, &here.schema)
    })
}

fn lock(connection: &mut PgConnection, feeds: &[&str]) -> QueryResult<()> {
    connection.batch_execute(&format!(
        "SET LOCAL lock_timeout = {}; SELECT pg_advisory_xact_lock(hashtext('landfall migrations'))",
        LOCK_TIMEOUT.as_millis()
    ))?;
    // An import that has some of the tables would otherwise wait for the rest, and this for those it has.
    feeds.iter().try_for_each(|feed| lock_feed(connection, feed))
}

#[derive(QueryableByName)]
struct Here {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Text)]
    schema: String,
    #[diesel(sql_type = Bool)]
    has_rds_iam: bool,
}

impl Here {
    fn read(connection: &mut PgConnection) -> QueryResult<Self> {
        sql_query(
            "SELECT current_user::text AS role, current_schema()::text AS schema,
                    EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam') AS has_rds_iam",
        )
        .get_result(connection)
    }
}

/// Runs the statements that a query returns: names are quoted by the server. The query has `given`, with the names of
/// both roles and the schema.
fn run_generated(
    connection: &mut PgConnection,
    generator: &str,
    roles: Roles<'_>,
    schema: &str,
) -> QueryResult<()> {
    #[derive(QueryableByName)]
    struct Generated {
        #[diesel(sql_type = Text)]
        statement: String,
    }
    let statements: Vec<Generated> = with_given(generator, roles, schema).load(connection)?;
    statements.iter().try_for_each(|generated| connection.batch_execute(&generated.statement))
}

type Bound<'n> = diesel::query_builder::BoxedSqlQuery<'n, diesel::pg::Pg, diesel::query_builder::SqlQuery>;

fn with_given<'n>(query: &str, roles: Roles<'n>, schema: &'n str) -> Bound<'n> {
    sql_query(format!("WITH given (owner, reader, schema) AS (VALUES ($1, $2, $3)) {query}"))
        .into_boxed::<diesel::pg::Pg>()
        .bind::<Text, _>(roles.owner)
        .bind::<Text, _>(roles.reader)
        .bind::<Text, _>(schema)
}

const CREATE: &str = "
    SELECT format('CREATE ROLE %I LOGIN', name) AS statement
    FROM given CROSS JOIN LATERAL (VALUES (owner), (reader)) AS roles (name)
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)";

/// Only a member can make a role the owner of something. From Postgres 16 on, whoever creates a role may make itself a
/// member that can act as it, but is none yet.
const JOIN_OWNER: &str = "
    SELECT format('GRANT %I TO CURRENT_USER', owner) AS statement FROM given
    WHERE NOT pg_has_role(
        owner, CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER' END
    )";

const LEAVE_OWNER: &str = "
    SELECT format('REVOKE %I FROM CURRENT_USER', owner) AS statement FROM given
    WHERE NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)";

/// Back to passwords.
const REVOKE_RDS_IAM: &str = "
    SELECT format('REVOKE rds_iam FROM %I', name) AS statement
    FROM given CROSS JOIN LATERAL (VALUES (owner), (reader)) AS roles (name)
    JOIN pg_auth_members ON member = to_regrole(quote_ident(name)) AND roleid = 'rds_iam'::regrole";

const GRANT: &str = "
    SELECT format(pattern, schema, owner, reader, current_database()) AS statement
    FROM given CROSS JOIN (VALUES
        ('GRANT CONNECT ON DATABASE %4$I TO %2$I, %3$I'),
        ('GRANT USAGE, CREATE ON SCHEMA %1$I TO %2$I'),
        ('GRANT USAGE ON SCHEMA %1$I TO %3$I'),
        ('REVOKE CREATE ON SCHEMA %1$I FROM PUBLIC, %3$I')
    ) AS patterns (pattern)
    UNION ALL
    SELECT format('ALTER ROLE %I IN DATABASE %I SET search_path = %I', name, current_database(), schema)
    FROM given CROSS JOIN LATERAL (VALUES (owner), (reader)) AS roles (name)
    WHERE schema <> 'public'";

/// Sequences of columns follow their tables; what an extension brought belongs to it.
const TRANSFER: &str = "
    SELECT format('ALTER %s OWNER TO %I', object, owner) AS statement
    FROM given CROSS JOIN LATERAL (
        SELECT relowner, relnamespace, 'pg_class'::regclass AS catalogue, c.oid,
               CASE relkind WHEN 'v' THEN 'VIEW ' WHEN 'm' THEN 'MATERIALIZED VIEW ' WHEN 'S' THEN 'SEQUENCE '
                            WHEN 'c' THEN 'TYPE ' ELSE 'TABLE ' END || c.oid::regclass
        FROM pg_class AS c WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'c')
        UNION ALL
        SELECT proowner, pronamespace, 'pg_proc'::regclass, p.oid, 'ROUTINE ' || p.oid::regprocedure FROM pg_proc AS p
        UNION ALL
        SELECT typowner, typnamespace, 'pg_type'::regclass, t.oid, 'TYPE ' || t.oid::regtype
        FROM pg_type AS t WHERE typtype IN ('d', 'e', 'r')
    ) AS objects (object_owner, namespace, catalogue, id, object)
    WHERE namespace = (SELECT oid FROM pg_namespace WHERE nspname = schema)
      AND object_owner = (SELECT oid FROM pg_roles WHERE rolname = current_user)
      AND NOT EXISTS (
          SELECT FROM pg_depend
          WHERE classid = catalogue AND objid = id AND objsubid = 0
            AND (deptype = 'e' OR (refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i')
                                   AND EXISTS (SELECT FROM pg_class WHERE oid = id AND relkind = 'S')))
      )
    ORDER BY id";

const READ: &str = "
    SELECT format(pattern, tables, reader) AS statement
    FROM (SELECT reader, string_agg(c.oid::regclass::text, ', ' ORDER BY c.oid) AS tables
          FROM given JOIN pg_class AS c ON relkind IN ('r', 'p', 'v', 'm')
          JOIN pg_namespace AS n ON n.oid = relnamespace AND nspname = schema
          JOIN pg_roles AS r ON r.oid = relowner AND rolname = owner
          GROUP BY reader) AS readable
    CROSS JOIN (VALUES ('REVOKE ALL ON TABLE %1$s FROM %2$I'), ('GRANT SELECT ON TABLE %1$s TO %2$I')) AS patterns (pattern)
    UNION ALL
    SELECT format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT ON TABLES TO %I', schema, reader) FROM given";

/// Checks what is not up to the statements alone: other owners, and memberships.
fn verify(connection: &mut PgConnection, roles: Roles<'_>, schema: &str) -> Result<(), RolesError> {
    #[derive(QueryableByName)]
    struct State {
        #[diesel(sql_type = Nullable<Text>)]
        foreign: Option<String>,
        #[diesel(sql_type = Bool)]
        creates: bool,
        #[diesel(sql_type = Bool)]
        writes: bool,
        #[diesel(sql_type = Bool)]
        everybody_creates: bool,
        #[diesel(sql_type = Bool)]
        needs_token: bool,
    }
    let state: State = with_given(
        "SELECT (SELECT string_agg(format('%s (%I)', c.oid::regclass, pg_get_userbyid(relowner)), ', ' ORDER BY relname)
                 FROM pg_class AS c
                 WHERE relnamespace = namespace AND relkind IN ('r', 'p', 'v')
                   AND relname ~ '^(ledger|dead_letters|spot_|freight_|events|event_|__diesel_schema_migrations)'
                   AND pg_get_userbyid(relowner) <> owner) AS \"foreign\",
                has_schema_privilege(owner, namespace, 'CREATE') AS creates,
                has_schema_privilege(reader, namespace, 'CREATE') AND NOT has_schema_privilege('public', namespace, 'CREATE')
                OR EXISTS (
                    SELECT FROM pg_class AS c
                    WHERE relnamespace = namespace AND relkind IN ('r', 'p', 'v') AND pg_get_userbyid(relowner) = owner
                      AND has_table_privilege(reader, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')) AS writes,
                has_schema_privilege('public', namespace, 'CREATE') AS everybody_creates,
                EXISTS (
                    SELECT FROM pg_roles AS me WHERE me.rolname = current_user AND NOT me.rolsuper AND EXISTS (
                        SELECT FROM pg_roles AS iam WHERE iam.rolname = 'rds_iam' AND pg_has_role(me.oid, iam.oid, 'MEMBER')
                    )
                ) AS needs_token
         FROM given CROSS JOIN LATERAL (SELECT oid AS namespace FROM pg_namespace WHERE nspname = schema) AS here",
        roles,
        schema,
    )
    .get_result(connection)?;
    if let Some(tables) = state.foreign {
        return Err(RolesError::Foreign { tables, owner: roles.owner.to_owned() });
    }
    if !state.creates {
        return Err(RolesError::NoSchema(roles.owner.to_owned()));
    }
    if state.writes {
        return Err(RolesError::Writes(roles.reader.to_owned()));
    }
    if state.everybody_creates {
        tracing::warn!(
            schema,
            "every role may create tables in the schema: let its owner REVOKE CREATE ON SCHEMA … FROM PUBLIC"
        );
    }
    if state.needs_token {
        tracing::warn!(
            "the role of DATABASE_URL is a direct or indirect member of rds_iam: RDS may accept only tokens of IAM from it, no password"
        );
    }
    Ok(())
}
