//! The password changes while the server runs: it ends, so that it is started with the new one.

use std::fs;
use std::path::Path;

use diesel::connection::SimpleConnection;
use landfall::db::{self, DatabaseUrl, is_password_refused};
use private_postgres::PrivatePostgres;

use crate::support::{Landfall, Server, wait_until};

/// A Postgres that asks the role `app` for its password, the first one, and whose messages are in any language.
struct Postgres {
    admin: DatabaseUrl,
    app: String,
    _folder: tempfile::TempDir,
    _server: PrivatePostgres,
}

impl Postgres {
    fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("landfall-password-").tempdir_in("/tmp").unwrap();
        let server = PrivatePostgres::start(folder.path(), "landfall").unwrap();
        let url = server.url().to_owned();
        let admin = DatabaseUrl::parse(&url).unwrap();
        let postgres = Self {
            app: url.replacen("//landfall@", "//app:first@", 1),
            admin,
            _folder: folder,
            _server: server,
        };
        postgres.execute("CREATE ROLE app LOGIN PASSWORD 'first'; GRANT CREATE ON SCHEMA public TO app");
        let hba = find(postgres._folder.path(), "pg_hba.conf");
        let rules = fs::read_to_string(&hba).unwrap();
        fs::write(&hba, format!("local all app scram-sha-256\n{rules}")).unwrap();
        postgres.execute("SELECT pg_reload_conf()");
        wait_until("the password is asked for", || {
            let wrong = postgres.app.replacen(":first@", ":wrong@", 1);
            db::connect(&DatabaseUrl::parse(&wrong).unwrap()).is_err()
        });
        postgres
    }

    fn execute(&self, sql: &str) {
        db::connect(&self.admin).unwrap().batch_execute(sql).unwrap();
    }

    /// As a failover does.
    fn close_connections(&self) {
        self.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'");
    }

    fn serve(&self) -> Server {
        Server::start(
            |args| Landfall::bare(args).env("DATABASE_URL", &self.app),
            &["--drain-period", "100ms"],
        )
    }
}

fn find(folder: &Path, name: &str) -> std::path::PathBuf {
    folder.join("postgres").join(name)
}

#[test]
fn a_server_ends_once_its_password_is_refused() {
    let postgres = Postgres::start();
    let server = postgres.serve();
    server.get("/readyz").expect(200);
    server.get("/rates?date_from=2021-01-01&date_to=2021-01-02&orig_code=CNGGZ&dest_code=EETLL");
    postgres.execute("ALTER ROLE app PASSWORD 'second'");
    // The connections that are open remain valid.
    server.get("/readyz").expect(200);
    postgres.close_connections();
    server.get("/readyz").expect(503);
    let (code, log) = server.wait();
    assert_eq!(code, Some(1));
    let last = log.last().unwrap()["message"].as_str().unwrap();
    assert_eq!(last, "the database refuses the password: restart `landfall serve` with the current one");
    // So does one that is started with the old password.
    let error = Landfall::bare(Server::ARGS).env("DATABASE_URL", &postgres.app).run().error();
    assert!(
        error.ends_with(
            "(SQLSTATE 28P01); correct user and password in DATABASE_URL; if the password was changed, restart with the new one"
        ),
        "{error}"
    );
}

#[test]
fn a_server_stays_where_the_password_is_right_again_or_was_not_checked() {
    let postgres = Postgres::start();
    let server = postgres.serve();
    server.get("/readyz").expect(200);
    // No more connections are accepted: that is no matter of the password.
    postgres.execute("ALTER ROLE app CONNECTION LIMIT 0");
    postgres.close_connections();
    server.get("/readyz").expect(503);
    std::thread::sleep(std::time::Duration::from_secs(6));
    server.get("/readyz").expect(503);
    // Refused once, while the password is being changed.
    postgres.execute("ALTER ROLE app PASSWORD 'second' CONNECTION LIMIT -1");
    server.get("/readyz").expect(503);
    postgres.execute("ALTER ROLE app PASSWORD 'first'");
    std::thread::sleep(std::time::Duration::from_secs(6));
    server.get("/readyz").expect(200);
    server.terminate();
    assert_eq!(server.wait().0, Some(0));
}

#[test]
fn a_refused_password_is_told_from_other_failures() {
    let postgres = Postgres::start();
    let refused = |change: &dyn Fn(&str) -> String| {
        let error = db::connect(&DatabaseUrl::parse(&change(&postgres.app)).unwrap()).err().unwrap();
        (is_password_refused(&error), error.to_string())
    };
    assert!(refused(&|url| url.replacen(":first@", ":wrong@", 1)).0);
    postgres.execute("ALTER ROLE app NOLOGIN");
    assert!(refused(&str::to_owned).0);
    postgres.execute("ALTER ROLE app LOGIN CONNECTION LIMIT 0");
    let (is_refused, message) = refused(&str::to_owned);
    assert!(!is_refused && message.ends_with("(SQLSTATE 53300)"), "{message}");
    postgres.execute("ALTER ROLE app CONNECTION LIMIT -1");
    let missing = refused(&|url| url.replacen("/landfall?", "/missing?", 1));
    assert!(!missing.0 && missing.1.ends_with("(SQLSTATE 3D000)"), "{}", missing.1);
    // Without a password, none was refused.
    assert!(!refused(&|url| url.replacen("app:first@", "app@", 1)).0);
    // And the second attempt, which asks for the code, leaves a connection as it should be.
    db::connect(&DatabaseUrl::parse(&postgres.app).unwrap()).unwrap();
}
