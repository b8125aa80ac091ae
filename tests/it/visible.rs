//! A database in which Landfall's tables are not to be seen: what is wrong, and what to do.

use crate::support::{Database, Folder, Landfall, import};

const READING: [&[&str]; 4] = [&["status"], &["prices"], &["cheapest"], &["coverage"]];
const WRITING: [&[&str]; 3] = [&["migrate"], &["import", "/tmp"], &["retry"]];

/// The database's URL, with another name, role or search path.
fn url(database: &Database, change: impl FnOnce(&str) -> String) -> String {
    change(database.url.secret())
}

fn with_search_path(database: &Database, path: &str) -> String {
    url(database, |url| format!("{url}&options=-csearch_path%3D{path}"))
}

/// A role of the test's own, which can log in and nothing else.
fn role(database: &Database) -> String {
    let role = format!("reader_of_{}", database.name);
    database.execute(&format!("CREATE ROLE {role} LOGIN; REVOKE ALL ON SCHEMA public FROM PUBLIC"));
    role
}

fn as_role(database: &Database, role: &str) -> String {
    url(database, |url| url.replacen("//landfall@", &format!("//{role}@"), 1))
}

#[track_caller]
fn fails_with(url: &str, commands: &[&[&str]], message: &str) {
    for args in commands {
        assert_eq!(Landfall::bare(args).env("DATABASE_URL", url).run().error(), message, "{args:?}");
    }
}

#[test]
fn a_search_path_that_leads_nowhere() {
    let (blank, migrated) = (Database::blank(), Database::new());
    let message = |database: &Database| {
        format!(
            "no schema of the search_path (nowhere) exists in the database {}, or the role landfall may use it: \
             correct the search_path (in DATABASE_URL, or of the role), or create the schema",
            database.name
        )
    };
    let url = with_search_path(&blank, "nowhere");
    fails_with(&url, &READING, &message(&blank));
    fails_with(&url, &WRITING, &message(&blank));
    let url = with_search_path(&migrated, "nowhere");
    let elsewhere = "Landfall's tables are in the schema public, which is not in the search_path (nowhere): correct the \
        search_path (in DATABASE_URL, or of the role), or run `landfall migrate` for tables of its own";
    fails_with(&url, &READING, elsewhere);
    fails_with(&url, &WRITING, elsewhere);
}

#[test]
fn another_schema_may_have_tables_of_its_own() {
    let database = Database::new();
    database.execute("CREATE SCHEMA staging");
    let url = with_search_path(&database, "staging");
    fails_with(
        &url,
        &READING,
        "Landfall's tables are in the schema public, which is not in the search_path (staging): correct the \
         search_path (in DATABASE_URL, or of the role), or run `landfall migrate` for tables of its own",
    );
    Landfall::bare(&["migrate"]).env("DATABASE_URL", &url).run().expect(0);
    let run = Landfall::bare(&["status"]).env("DATABASE_URL", &url).run().expect(0);
    assert_eq!(run.stdout, "nothing has landed yet: landfall import SOURCE\n");
}

#[test]
fn a_database_that_was_never_migrated() {
    let database = Database::blank();
    let url = database.url.secret();
    fails_with(
        url,
        &READING[1..],
        &format!(
            "the database {} has no tables of Landfall yet: run `landfall migrate`, or import something",
            database.name
        ),
    );
    let run = Landfall::bare(&["status"]).env("DATABASE_URL", url).run().expect(0);
    assert_eq!(run.stdout, "nothing has landed yet: landfall import SOURCE\n");
    // A table of another application with that name is not Landfall's.
    database.execute("CREATE TABLE ledger (account text, amount numeric)");
    let run = Landfall::bare(&["status"]).env("DATABASE_URL", url).run().expect(0);
    assert_eq!(run.stdout, "nothing has landed yet: landfall import SOURCE\n");
}

#[test]
fn a_role_without_rights_is_told_which() {
    let (database, folder) = (Database::new(), Folder::new());
    folder.dump("2020-05-04", &[("a", "2020-05-04 10:00:00", "0.1")]);
    import(&database, &[folder.path()]);
    let role = role(&database);
    let url = as_role(&database, &role);
    let usage =
        format!("the role {role} may not use the schema public: GRANT USAGE ON SCHEMA public TO {role}");
    fails_with(&url, &READING, &usage);
    fails_with(&url, &WRITING, &usage);
    database.execute(&format!("GRANT USAGE ON SCHEMA public TO {role}"));
    let select =
        |tables: &str| format!("the role {role} may not read {tables}: GRANT SELECT ON {tables} TO {role}");
    fails_with(&url, &READING[..1], &select("ledger"));
    fails_with(&url, &READING[1..], &select("__diesel_schema_migrations, ledger"));
    fails_with(&url, &WRITING, &select("__diesel_schema_migrations"));
    database.execute(&format!("GRANT SELECT ON ledger, __diesel_schema_migrations TO {role}"));
    Landfall::bare(&["status"]).env("DATABASE_URL", &url).run().expect(0);
    for args in &READING[1..3] {
        let error = Landfall::bare(args).env("DATABASE_URL", &url).run().error();
        assert!(error.contains("permission denied for table spot_"), "{args:?}: {error}");
        assert!(
            error.ends_with("; grant the role what it lacks (docs/operations.md, Least privilege)"),
            "{error}"
        );
    }
    database.execute(&format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"));
    for args in READING {
        Landfall::bare(args).env("DATABASE_URL", &url).run().expect(0);
    }
    database.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn a_database_or_role_that_does_not_exist() {
    let database = Database::new();
    let error = |url: String| Landfall::bare(&["status"]).env("DATABASE_URL", url).run().error();
    let message = error(url(&database, |url| url.replacen(&format!("/{}?", database.name), "/missing?", 1)));
    assert!(message.contains("database \"missing\" does not exist"), "{message}");
    assert!(message.ends_with("; create the database, or correct DATABASE_URL"), "{message}");
    let message = error(as_role(&database, "nobody_of_that_name"));
    assert!(message.contains("role \"nobody_of_that_name\" does not exist"), "{message}");
    assert!(message.contains("; correct user and password in DATABASE_URL"), "{message}");
}
