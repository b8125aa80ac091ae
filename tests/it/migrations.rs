//! Migrations go up, down and up again, and leave everything explained.

use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, QueryResult};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use landfall::db;

use crate::support::Database;

pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// Reverts a migration and all after it.
pub(crate) fn revert(connection: &mut PgConnection, number: &str) {
    while !connection.revert_last_migration(MIGRATIONS).unwrap().to_string().ends_with(number) {}
}

/// Tables, columns, indexes, constraints and functions of the schema, as the catalogue has them.
fn shape(database: &Database) -> String {
    let columns = database.table(
        "SELECT table_name, column_name, data_type, is_nullable, coalesce(column_default, '') AS preset
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name !~ '^__' ORDER BY 1, 2",
    );
    let constraints = database.table(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text !~ '^__' ORDER BY 1, 2",
    );
    let indexes = database
        .table("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename !~ '^__' ORDER BY 1");
    let functions =
        database.table("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1");
    [columns, constraints, indexes, functions].join("\n")
}

#[test]
fn all_go_down_and_up_again() {
    let database = Database::blank();
    let mut connection = database.connect();
    let blank = shape(&database);
    assert!(!db::migrate(&mut connection).unwrap().is_empty());
    let migrated = shape(&database);
    assert!(migrated.contains("spot_observations"));
    connection.revert_all_migrations(MIGRATIONS).unwrap();
    assert_eq!(shape(&database), blank);
    db::migrate(&mut connection).unwrap();
    assert_eq!(shape(&database), migrated);
    assert!(db::migrate(&mut connection).unwrap().is_empty());
}

#[test]
fn two_at_once_migrate_once() {
    let database = Database::blank();
    let ran: Vec<usize> = thread::scope(|scope| {
        let migrating: Vec<_> =
            (0..4).map(|_| scope.spawn(|| db::migrate(&mut database.connect()).unwrap().len())).collect();
        migrating.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(ran.iter().filter(|count| **count > 0).count(), 1, "{ran:?}");
}

#[test]
fn everything_is_commented() {
    let database = Database::new();
    let silent = database.table(
        "SELECT c.relname, a.attname
         FROM pg_class AS c
         JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND c.relname !~ '^__'
           AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid, 'pg_class') IS NULL)",
    );
    assert_eq!(silent, "");
}

/// `schema.rs` is written by hand; this test compares it with the migrations.
#[test]
fn the_rust_schema_is_that_of_the_database() {
    let database = Database::new();
    let rust = include_str!("../../src/db/schema.rs");
    let mut expected = Vec::new();
    let mut table = "";
    for line in rust.lines().map(str::trim) {
        if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with('{')) {
            table = name;
        } else if let Some((column, kind)) = line.split_once(" -> ") {
            let kind = kind.trim_end_matches(',');
            let (kind, nullable) =
                match kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>')) {
                    Some(kind) => (kind, "YES"),
                    None => (kind, "NO"),
                };
            let kind = match kind.strip_prefix("Array<").and_then(|kind| kind.strip_suffix('>')) {
                Some(element) => format!("_{}", element.to_lowercase()),
                None => kind.to_lowercase(),
            };
            expected.push(format!("{table} | {column} | {kind} | {nullable}\n"));
        }
    }
    assert!(expected.len() > 20);
    expected.sort();
    let actual = database.table(
        "SELECT table_name::text COLLATE \"C\", column_name::text COLLATE \"C\", udt_name, is_nullable
         FROM information_schema.columns
         JOIN information_schema.tables USING (table_schema, table_name)
         WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name !~ '^__'
         ORDER BY 1, 2",
    );
    assert_eq!(expected.concat(), actual);
}

/// A landing of any version has the feed's lock until it commits: what a migration derives from rows is of all of them.
#[test]
fn a_migration_waits_for_whoever_lands_and_gives_up_with_advice() {
    let database = Database::new();
    database.execute(
        "INSERT INTO ledger (feed, source, key, fingerprint, size, modified_at, status, reason)
         VALUES ('spot', 's', 'k', 'f', 1, now(), 'rejected', 'nonsense')",
    );
    let (mut connection, mut writer) = (database.connect(), database.connect());
    revert(&mut connection, "000007");
    let locked = writer.transaction(|writer| {
        db::lock_feed(writer, "spot")?;
        let error = db::migrate_within(&mut connection, Duration::from_millis(100)).unwrap_err();
        assert!(matches!(error, db::MigrateError::Locked(_)), "{error}");
        assert!(error.to_string().contains("run `landfall migrate` again"), "{error}");
        QueryResult::Ok(())
    });
    locked.unwrap();
    // A table's lock counts as well.
    writer.begin_test_transaction().unwrap();
    writer
        .batch_execute(
            "LOCK TABLE ledger IN ACCESS SHARE MODE; LOCK TABLE spot_days IN ACCESS EXCLUSIVE MODE",
        )
        .unwrap();
    let error = db::migrate_within(&mut connection, Duration::from_millis(100)).unwrap_err();
    assert!(matches!(error, db::MigrateError::Locked(_)), "{error}");
    drop(writer);
    assert!(!db::migrate(&mut connection).unwrap().is_empty());
    let mut writer = database.connect();
    writer.transaction(|writer| db::lock_feed(writer, "spot")).unwrap();
}

/// The error is returned, and the next migration does not wait.
#[test]
fn a_failed_migration_tells_its_error_and_leaves_no_lock() {
    let database = Database::new();
    let mut connection = database.connect();
    revert(&mut connection, "000007");
    database.execute("CREATE INDEX ledger_unsummarized ON ledger (id)");
    let error = db::migrate(&mut connection).unwrap_err();
    assert!(error.to_string().contains("\"ledger_unsummarized\" already exists"), "{error}");
    database.execute("DROP INDEX ledger_unsummarized");
    assert!(!db::migrate(&mut database.connect()).unwrap().is_empty());
    // Not even a connection that breaks hides it.
    revert(&mut connection, "000007");
    database.execute(
        "CREATE FUNCTION die() RETURNS event_trigger LANGUAGE plpgsql AS $$
         BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); END $$;
         CREATE EVENT TRIGGER die ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION die()",
    );
    let error = db::migrate(&mut connection).unwrap_err();
    assert!(error.to_string().contains("Failed to run"), "{error}");
}

/// Migrations after the first hold strong locks on tables that are in use: a check is added without looking at the
/// rows, and validated after that.
#[test]
fn checks_of_tables_in_use_are_added_unvalidated() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut looked = 0;
    for migration in std::fs::read_dir(folder).unwrap() {
        let migration = migration.unwrap().path();
        // The older ones have run everywhere.
        if !migration.is_dir() || migration.file_name().unwrap().to_str().unwrap() < "2026-11-27" {
            continue;
        }
        looked += 1;
        let sql = std::fs::read_to_string(migration.join("up.sql")).unwrap();
        for statement in sql.split(';').filter(|statement| statement.contains("ALTER TABLE")) {
            let adds = ["CHECK (", "FOREIGN KEY", "REFERENCES"].iter().any(|what| statement.contains(what));
            assert!(!adds || statement.contains("NOT VALID"), "{}: {statement}", migration.display());
        }
    }
    assert!(looked >= 2);
}

#[test]
fn an_old_postgres_is_refused_with_a_reason() {
    let reason = landfall::db::MigrateError::TooOld(12).to_string();
    assert_eq!(reason, "the database runs Postgres 12: Landfall needs 13 or newer");
}
