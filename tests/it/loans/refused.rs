//! What is refused, and that nothing can be changed.

use super::{Bank, Model};
use crate::support::{Database, Folder, Landfall};

fn bank() -> Bank {
    Bank::new(&Model::with_banks(1, "2024-01-01".parse().unwrap(), 1))
}

/// A URL of a database with another role.
fn url_of(database: &Database, role: &str) -> String {
    database.url.secret().replacen("//landfall@", &format!("//{role}@"), 1)
}

/// Extracts with a mapping, and returns the error.
fn error_with(bank: &Bank, map: &str) -> String {
    let (ledger, folder) = (Database::new(), Folder::new());
    let map = folder.write("map.toml", map);
    bank.run(&ledger, &folder.path().join("out"), &["--month", "2024-01", "--map", map.to_str().unwrap()])
        .error()
}

#[test]
fn a_role_that_may_only_read_is_enough() {
    let (bank, ledger, out) = (bank(), Database::new(), Folder::new());
    let role = format!("reader_of_{}", bank.database.name);
    bank.execute(&format!("CREATE ROLE {role} LOGIN; REVOKE ALL ON SCHEMA public FROM public"));
    let run = || {
        bank.extract(&ledger, &["--month", "2024-01"])
            .env("LANDFALL_LOANS_FROM", url_of(&bank.database, &role))
            .arg(out.path())
            .run()
    };
    assert_eq!(
        run().error(),
        "bank.table: there is no table \"Bank\" in the search path: write the right one to the mapping (--map); there are \
         public.\"Account\", public.\"Bank\", public.\"Branch\", public.\"Client\", public.\"Loans\""
    );
    bank.execute(&format!("GRANT USAGE ON SCHEMA public TO {role}"));
    assert_eq!(
        run().error(),
        format!(
            "bank.id: {role} may not read public.\"Bank\".\"idBank\": GRANT SELECT ON public.\"Bank\" TO {role}, and USAGE ON its SCHEMA"
        )
    );
    bank.execute(&format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"));
    run().expect(0);
    // Rows that a policy hides would change the numbers.
    bank.execute("ALTER TABLE \"Loans\" ENABLE ROW LEVEL SECURITY");
    assert_eq!(
        run().error(),
        format!(
            "loans.table: a policy of row level security may hide rows of public.\"Loans\" from {role}, and so change the numbers: ALTER ROLE {role} BYPASSRLS, or map a view that the owner of the table has granted to it (--map)"
        )
    );
    // Both of what it says help; a view that asks as the role does not.
    bank.execute(&format!(
        "CREATE VIEW lent AS SELECT * FROM \"Loans\"; GRANT SELECT ON lent TO {role};
         CREATE FUNCTION seen() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM \"Loans\"';
         CREATE VIEW banks AS SELECT \"idBank\", seen()::text AS \"Name\" FROM \"Bank\"; GRANT SELECT ON banks TO {role}"
    ));
    let with = |map: &str| {
        let landfall = bank.extract(&ledger, &["--month", "2024-01", "--map", map]);
        landfall.env("LANDFALL_LOANS_FROM", url_of(&bank.database, &role)).arg(out.path()).run()
    };
    assert_eq!(super::statuses(&with("loans.table = 'lent'\n").expect(0).json()), [("unchanged", 1)].into());
    let error = with("loans.table = 'lent'\nbank.table = 'banks'").error();
    assert!(
        error.starts_with("the operational database denies a query: ")
            && error
                .ends_with("; grant the role of --from what it names, or map a view of its owner (--map)"),
        "{error}"
    );
    bank.execute(&format!("ALTER ROLE {role} BYPASSRLS"));
    assert_eq!(super::statuses(&run().expect(0).json()), [("unchanged", 1)].into());
}

#[test]
fn columns_that_are_joined_have_types_that_can_be_compared() {
    let bank = bank();
    for (map, error) in [
        (
            "branch.bank = 'Address'",
            "branch.bank, public.\"Branch\".\"Address\", which is character varying, cannot be compared with bank.id, public.\"Bank\".\"idBank\", which is integer",
        ),
        (
            "client.branch = 'Name'",
            "client.branch, public.\"Client\".\"Name\", which is character varying, cannot be compared with branch.id, public.\"Branch\".\"idBranch\", which is integer",
        ),
        (
            "account.client = 'open_date'",
            "account.client, public.\"Account\".open_date, which is date, cannot be compared with client.id, public.\"Client\".\"idClient\", which is integer",
        ),
        (
            "loans.account = 'loan_date'",
            "loans.account, public.\"Loans\".loan_date, which is date, cannot be compared with account.id, public.\"Account\".\"idAccount\", which is integer",
        ),
    ] {
        assert_eq!(
            error_with(&bank, map),
            format!(
                "{error}: correct the one that is wrong in the mapping, or map a view that converts it (--map)"
            )
        );
    }
    // Other types of numbers can be.
    bank.execute("ALTER TABLE \"Loans\" DROP CONSTRAINT \"Loans_Account_idAccount_fkey\"; ALTER TABLE \"Loans\" ALTER \"Account_idAccount\" TYPE numeric");
    bank.report(&Database::new(), Folder::new().path(), &["--month", "2024-01"]);
}

#[test]
fn ids_that_are_not_unique_are_refused_before_anything_is_written() {
    let bank = Bank::new(&Model::with_banks(3, "2024-01-01".parse().unwrap(), 1));
    let (ledger, out) = (Database::new(), Folder::new());
    for (section, table, id) in [
        ("bank", "Bank", "idBank"),
        ("branch", "Branch", "idBranch"),
        ("client", "Client", "idClient"),
        ("account", "Account", "idAccount"),
    ] {
        bank.execute(&format!(
            "CREATE VIEW twice_{section} AS SELECT * FROM \"{table}\" UNION ALL (SELECT * FROM \"{table}\" ORDER BY 1 OFFSET 2 LIMIT 1)"
        ));
        let map = format!("[{section}]\ntable = 'twice_{section}'");
        let error = bank.run(&ledger, out.path(), &["--month", "2024-01", "--map", &map]).error();
        let twice = if ["bank", "branch"].contains(&section) { "3" } else { "21" };
        assert_eq!(
            error,
            format!(
                "{section}.id: several rows of public.twice_{section} have \"{id}\" = \"{twice}\": map a column or a view in which each has its own (--map)"
            )
        );
    }
    bank.execute("CREATE VIEW none AS SELECT nullif(\"idBank\", 2) AS \"idBank\", \"Name\" FROM \"Bank\"");
    let error =
        bank.run(&ledger, out.path(), &["--month", "2024-01", "--map", "[bank]\ntable = 'none'"]).error();
    assert_eq!(
        error,
        "bank.id: a row of public.\"none\" has no \"idBank\": map a column or a view in which each has one (--map)"
    );
    assert!(super::files_of(out.path()).is_empty());
}

#[test]
fn a_time_that_would_be_without_end_is_refused() {
    for time in ["0s", "100us", "25days"] {
        let args = ["extract", "loans", "x", "--from", "postgres://h/d", "--statement-timeout", time];
        let run = Landfall::bare(&args).run().expect(2);
        assert!(run.stderr.contains("write a time from 1ms to 24days"), "{}", run.stderr);
    }
}

#[test]
fn the_transaction_is_read_only_and_one_snapshot() {
    let (bank, ledger, out) = (bank(), Database::new(), Folder::new());
    bank.execute(
        "CREATE VIEW settings AS SELECT \"idBank\", array_to_string(ARRAY[
             current_setting('transaction_read_only'), current_setting('transaction_isolation'),
             current_setting('statement_timeout'), current_setting('lock_timeout'),
             current_setting('application_name'), current_setting('TimeZone')], ' / ') AS \"Name\" FROM \"Bank\";
         CREATE FUNCTION changes() RETURNS text LANGUAGE sql AS 'INSERT INTO \"Bank\" VALUES (9) RETURNING ''x''';
         CREATE VIEW changing AS SELECT \"idBank\", changes() AS \"Name\" FROM \"Bank\"",
    );
    let map = out.write("map.toml", "bank.table = 'settings'");
    let options = ["--month", "2024-01", "--statement-timeout", "90s", "--map", map.to_str().unwrap()];
    bank.report(&ledger, &out.path().join("out"), &options);
    let file = super::files_of(&out.path().join("out")).into_values().next().unwrap();
    assert!(file.contains(",on / repeatable read / 90s / 10s / landfall extract loans / UTC,"), "{file}");
    let error = error_with(&bank, "bank.table = 'changing'");
    assert!(error.contains("cannot execute INSERT in a read-only transaction"), "{error}");
    assert_eq!(bank.database.number("SELECT count(*) FROM \"Bank\""), 1);
}

#[test]
fn statements_and_locks_are_not_waited_for_without_end() {
    let (bank, ledger, out) = (bank(), Database::new(), Folder::new());
    bank.execute("CREATE VIEW slow AS SELECT \"idBank\", pg_sleep(60)::text AS \"Name\" FROM \"Bank\"");
    let map = out.write("map.toml", "[bank]\ntable = 'slow'");
    let options = ["--month", "2024-01", "--statement-timeout", "200ms", "--map", map.to_str().unwrap()];
    let error = bank.run(&ledger, out.path(), &options).error();
    assert_eq!(
        error,
        "the operational database ended a statement that took too long: allow more with --statement-timeout, or index the date of loans there"
    );
    let mut other = bank.database.connect();
    diesel::connection::SimpleConnection::batch_execute(&mut other, "BEGIN; LOCK TABLE \"Loans\"").unwrap();
    let error = bank.run(&ledger, out.path(), &["--month", "2024-01"]).error();
    assert_eq!(
        error,
        "a table of the operational database is locked, as while it is altered: run this again later"
    );
}

#[test]
fn a_name_that_means_nothing_is_told_with_those_that_are_there() {
    let bank = bank();
    bank.execute(
        "CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.twice (x int); CREATE TABLE b.twice (x int);
         CREATE TABLE \"loans\" (x float8, \"Amount\" money, at text)",
    );
    bank.execute(&format!("ALTER DATABASE {} SET search_path = public, a, b", bank.database.name));
    for (map, error) in [
        (
            "[bank]\ntable = 'Banks'",
            "bank.table: there is no table \"Banks\" in the search path: write the right one to the mapping (--map); there are a.twice, b.twice, public.\"Account\", public.\"Bank\", public.\"Branch\", public.\"Client\", public.\"Loans\", public.loans",
        ),
        (
            "schema = 'B'",
            "bank.table: there is no table \"Bank\" in the schema \"b\": write the right one to the mapping (--map); there are b.twice",
        ),
        (
            "branch.table = 'TWICE'",
            "branch.table: the table \"twice\" is in several schemas: set schema in the mapping (--map) to one of a, b",
        ),
        (
            "[client]\nid = 'id'",
            "client.id: public.\"Client\" has no column \"id\": write the right one to the mapping (--map); it has \"Branch_idBranch\", \"Name\", \"Surname\", \"idClient\"",
        ),
        (
            "[loans]\namount = 'LOAN_DATE'",
            "loans.amount: public.\"Loans\".loan_date is date, but must be smallint, integer, bigint or numeric, which are exact: map it to another column or a view (--map)",
        ),
        (
            "[loans]\ndate = 'Amount'",
            "loans.date: public.\"Loans\".\"Amount\" is integer, but must be date or timestamp: map it to another column or a view (--map)",
        ),
        (
            "[bank]\nname = '\"Name\"; DROP TABLE \"Bank\"'",
            "bank.name: public.\"Bank\" has no column \"\\\"Name\\\"; DROP TABLE \\\"Bank\\\"\": write the right one to the mapping (--map); it has \"Capitalization\", \"Name\", \"idBank\"",
        ),
    ] {
        assert_eq!(error_with(&bank, map), error);
    }
    let error = error_with(&bank, "[loan]\nx = 1");
    assert!(error.contains("/map.toml is wrong: line 1: unknown field `loan`, expected one of"), "{error}");
    let error =
        bank.run(&Database::new(), "x".as_ref(), &["--month", "2024-01", "--map", "/nowhere"]).error();
    assert_eq!(error, "cannot read the mapping /nowhere: No such file or directory (os error 2)");
}

#[test]
fn passwords_are_not_printed() {
    let (ledger, out) = (Database::new(), Folder::new());
    let run = |url: &str, password: &str| {
        Landfall::on(&ledger, &["-vv", "extract", "loans", "--month", "2024-01"])
            .env("LANDFALL_LOANS_FROM", url)
            .env("LANDFALL_LOANS_PASSWORD", password)
            .arg(out.path())
            .run()
    };
    for (url, password, code, part) in [
        (
            "postgres://u@127.0.0.1:1/d",
            "hunter2",
            1,
            "check --from (LANDFALL_LOANS_FROM), and that the server is up",
        ),
        ("postgres://u:hunter2@127.0.0.1:1/d", "", 1, "cannot connect to the operational database: "),
        (
            "postgres://u:hunter2@127.0.0.1:1/d",
            "hunter2",
            1,
            "has a password already: leave it out, or LANDFALL_LOANS_PASSWORD",
        ),
        ("postgres://u:hunter2/@127.0.0.1:1/d", "", 2, "LANDFALL_LOANS_FROM is not a URL such as"),
    ] {
        let run = run(url, password).expect(code);
        assert!(run.stderr.contains(part), "{}", run.stderr);
        assert!(!run.stderr.contains("hunter2") && !run.stdout.contains("hunter2"), "{}", run.stderr);
    }
}

#[test]
fn the_ledger_may_be_a_new_database() {
    let (bank, out) = (bank(), Folder::new());
    let blank = Database::blank();
    let error = bank.run(&blank, out.path(), &["--month", "2024-01", "--dry-run"]).error();
    assert!(error.contains("run `landfall migrate`"), "{error}");
    bank.report(&blank, out.path(), &["--month", "2024-01"]);
    assert_eq!(blank.number("SELECT count(*) FROM extract_files"), 1);
}
