//! Environment variables: which count, which do not, and the errors of wrong ones.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

use crate::support::{Database, Folder, Landfall};

/// Short, for the path of a socket, and open to the user root gives the server to.
fn data_dir() -> TempDir {
    let dir = tempfile::Builder::new().prefix("lf").tempdir_in("/tmp").unwrap();
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    dir
}

/// What libpq, psql, initdb and postgres read, each with a value that misleads or is rejected.
const MISLEADING: &[(&str, &str)] = &[
    ("PGHOST", "127.0.0.77"),
    ("PGHOSTADDR", "127.0.0.77"),
    ("PGPORT", "1"),
    ("PGUSER", "nobody"),
    ("PGDATABASE", "elsewhere"),
    ("PGPASSWORD", "wrong"),
    ("PGPASSFILE", "/dev/null"),
    ("PGSERVICE", "nowhere"),
    ("PGSERVICEFILE", "/dev/null"),
    ("PGSYSCONFDIR", "/nowhere"),
    ("PGOPTIONS", "-c search_path=nowhere -c default_transaction_read_only=on"),
    ("PGAPPNAME", "psql"),
    ("PGSSLMODE", "verify-full"),
    ("PGSSLROOTCERT", "system"),
    ("PGSSLCERT", "/nowhere"),
    ("PGSSLNEGOTIATION", "direct"),
    ("PGREQUIRESSL", "1"),
    ("PGCHANNELBINDING", "require"),
    ("PGREQUIREAUTH", "scram-sha-256"),
    ("PGREQUIREPEER", "nobody-at-all"),
    ("PGGSSENCMODE", "require"),
    ("PGTARGETSESSIONATTRS", "standby"),
    ("PGLOADBALANCEHOSTS", "nonsense"),
    ("PGCONNECT_TIMEOUT", "nonsense"),
    ("PGCLIENTENCODING", "LATIN1"),
    ("PGMINPROTOCOLVERSION", "nonsense"),
    ("PGDATESTYLE", "German"),
    ("PGTZ", "Asia/Tokyo"),
    ("PGGEQO", "off"),
    ("PGDATA", "/nowhere"),
    ("PGX", "of some later version"),
];

#[test]
fn no_variable_of_libpq_reaches_the_private_postgres() {
    let (folder, data) = (Folder::new(), data_dir());
    folder.dump("2020-05-04", &[("a", "2020-05-04 10:00:00", "0.1")]);
    let landfall = |args: &[&str], misleading: &[(&str, &str)]| {
        let landfall = Landfall::bare(args).env("LANDFALL_DATA_DIR", data.path().join("d"));
        misleading.iter().fold(landfall, |landfall, (name, value)| landfall.env(name, value)).run().expect(0)
    };
    let source = folder.path().to_str().unwrap();
    assert_eq!(landfall(&["import", "--json", source], MISLEADING).json()["landed"], 1);
    let seen = "SELECT current_user, current_database(), inet_server_addr() IS NULL, current_setting('DateStyle'),
                       current_setting('TimeZone'), current_setting('search_path'), count(*) FROM spot_prices";
    let expected = "landfall|landfall|t|ISO, MDY|UTC|\"$user\", public|1\n";
    assert_eq!(landfall(&["psql", "--", "-XAtc", seen], MISLEADING).stdout, expected);
    // One alone, since one may hide the other.
    for variable in
        MISLEADING.iter().filter(|(name, _)| ["PGHOSTADDR", "PGSERVICE", "PGOPTIONS"].contains(name))
    {
        assert_eq!(landfall(&["psql", "--", "-XAtc", seen], &[*variable]).stdout, expected, "{variable:?}");
    }
    for args in [&["status"][..], &["coverage"], &["prices"], &["cheapest"], &["migrate"], &["retry"]] {
        landfall(args, MISLEADING);
    }
}

#[test]
fn a_database_of_ones_own_is_found_as_libpq_does() {
    let database = Database::new();
    let url = format!("postgres:///?host={}", database.socket().parent().unwrap().display());
    let status = |user: &str| {
        Landfall::bare(&["status"])
            .env("DATABASE_URL", &url)
            .env("PGUSER", user)
            .env("PGDATABASE", &database.name)
            .run()
    };
    status("landfall").expect(0);
    let error = status("somebody").error();
    assert!(error.contains("role \"somebody\" does not exist"), "{error}");
    assert!(error.ends_with("where it has none, PGUSER, PGPASSWORD and the password file count)"), "{error}");
}

#[test]
fn a_wrong_value_names_the_variable_it_came_from() {
    let token = "secret";
    for (args, variable, value, message) in [
        (
            &["import", "x"][..],
            "LANDFALL_JOBS",
            "abc",
            "invalid value 'abc' for 'LANDFALL_JOBS (--jobs <JOBS>)'",
        ),
        (&["retry"], "LANDFALL_JOBS", "65", "'LANDFALL_JOBS (--jobs <JOBS>)': 65 is not in 1..=64"),
        (
            &["import"],
            "LANDFALL_SOURCE",
            "gs://x",
            "for 'LANDFALL_SOURCE (<SOURCE>...)': `gs://x` is neither",
        ),
        (
            &["serve"],
            "LANDFALL_LISTEN",
            "here",
            "invalid value 'here' for 'LANDFALL_LISTEN (--listen <ADDRESS>)'",
        ),
        (&["serve"], "LANDFALL_READERS", "0", "for 'LANDFALL_READERS (--readers <READERS>)'"),
        (&["serve"], "LANDFALL_UPLOADS", "x", "for 'LANDFALL_UPLOADS (--uploads <UPLOADS>)'"),
        (&["serve"], "LANDFALL_MAX_BATCH_MIB", "-1", "for 'LANDFALL_MAX_BATCH_MIB (--max-batch-mib <MIB>)'"),
        (
            &["serve"],
            "LANDFALL_API_TOKEN",
            token,
            "LANDFALL_API_TOKEN is too short: it must have 16 characters at least",
        ),
        (
            &["status"],
            "DATABASE_URL",
            "mysql://h",
            "DATABASE_URL is not a URL such as postgres://user@host/database",
        ),
        // A missing secret must not lead to the private Postgres.
        (&["status"], "DATABASE_URL", "", "DATABASE_URL is not a URL such as postgres://user@host/database"),
    ] {
        let run = Landfall::bare(args).env(variable, value).run().expect(2);
        assert!(run.stderr.contains(message), "{variable}={value}: {}", run.stderr);
    }
    // An option is named where it counts.
    let run = Landfall::bare(&["import", "x", "--jobs", "0"]).env("LANDFALL_JOBS", "abc").run().expect(2);
    assert!(run.stderr.contains("invalid value '0' for '--jobs <JOBS>'"), "{}", run.stderr);
    let run = Landfall::bare(&["serve", "--api-token", token]).run().expect(2);
    assert!(run.stderr.contains("--api-token is too short"), "{}", run.stderr);
    let run = Landfall::bare(&["import", "dumps"]).env("LANDFALL_ANONYMOUS", "maybe").run().expect(2);
    assert!(run.stderr.contains("LANDFALL_ANONYMOUS"), "{}", run.stderr);
    let run = Landfall::bare(&["status"]).env("LANDFALL_LOG", "a=b=c").run().expect(2);
    assert!(run.stderr.contains("LANDFALL_LOG is `a=b=c`"), "{}", run.stderr);
}

#[test]
fn empty_variables_count_as_unset() {
    let (database, folder) = (Database::new(), Folder::new());
    folder.dump("2020-05-04", &[]);
    let empty = |landfall: Landfall| {
        let names = [
            "DATA_DIR",
            "ANONYMOUS",
            "JOBS",
            "LISTEN",
            "API_TOKEN",
            "READERS",
            "UPLOADS",
            "MAX_BATCH_MIB",
            "LOG",
            "LOG_FORMAT",
        ];
        names.iter().fold(landfall, |landfall, name| landfall.env(&format!("LANDFALL_{name}"), ""))
    };
    empty(Landfall::on(&database, &["import"]).arg(folder.path())).run().expect(0);
    assert_eq!(database.number("SELECT count(*) FROM ledger"), 1);
    // It gets as far as to its database.
    let down = "postgres://u@127.0.0.1:1/d";
    let run = empty(Landfall::bare(&["serve", "--database-url", down])).run().expect(1);
    assert!(run.stderr.contains("cannot connect to the database"), "{}", run.stderr);
    let run = empty(Landfall::bare(&["import"])).env("LANDFALL_SOURCE", "").run().expect(2);
    assert!(run.stderr.contains("required arguments were not provided:\n  <SOURCE>..."), "{}", run.stderr);
}
