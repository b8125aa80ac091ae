//! Logins with tokens of IAM: what a server receives, by TLS, from the binary.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use aws_credential_types::Credentials;
use chrono::{DateTime, NaiveDateTime, Utc};
use landfall::db::{Login, rds_token};

use crate::support::{Folder, Landfall, Plain, Run, Tls, serve_task_role};

/// A server that asks for a password in clear text, as RDS does for its PAM module, and refuses each.
struct Rds {
    tls: Tls,
    folder: Folder,
    passwords: Receiver<String>,
}

impl Rds {
    fn start() -> Self {
        let folder = Folder::new();
        let socket = folder.path().join("server");
        let listener = UnixListener::bind(&socket).unwrap();
        let (send, passwords) = channel();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let _ = send.send(refuse(client));
            }
        });
        Self { tls: Tls::before(Plain::Postgres(socket)), folder, passwords }
    }

    fn landfall(&self, args: &[&str]) -> Landfall {
        self.with_password(args).env("LANDFALL_RDS_IAM", "true")
    }

    fn with_password(&self, args: &[&str]) -> Landfall {
        let certificate = self.folder.write("ca.pem", &self.tls.certificate);
        let url = format!(
            "postgres://landfall_app@localhost:{}/prices?sslmode=verify-full&sslrootcert={}",
            self.tls.port,
            certificate.display()
        );
        Landfall::bare(args).env("DATABASE_URL", url).env("AWS_REGION", "eu-west-3")
    }

    /// The token that the server got last, which has to be valid now for this login; each login made two attempts
    /// with the same token, the second for the SQLSTATE.
    fn expect_token(&self, credentials: &Credentials) -> String {
        let passwords: Vec<String> = self.passwords.try_iter().collect();
        assert_eq!((passwords.len(), &passwords[0]), (2, &passwords[1]));
        let token = passwords.into_iter().next().unwrap();
        let at = token.split("&X-Amz-Date=").nth(1).unwrap().split('&').next().unwrap();
        let at: DateTime<Utc> = NaiveDateTime::parse_from_str(at, "%Y%m%dT%H%M%SZ").unwrap().and_utc();
        let age = Utc::now() - at;
        assert!(age.num_seconds().abs() < 120, "{age}");
        let login =
            Login { user: "landfall_app".to_owned(), host: "localhost".to_owned(), port: self.tls.port };
        // The unit tests compare this with the AWS CLI.
        assert_eq!(token, rds_token(&login, "eu-west-3", credentials, at.into()).unwrap());
        token
    }
}

/// Reads the startup and the password; returns the latter.
fn refuse(mut client: UnixStream) -> String {
    let mut length = [0; 4];
    client.read_exact(&mut length).unwrap();
    let mut startup = vec![0; u32::from_be_bytes(length) as usize - 4];
    client.read_exact(&mut startup).unwrap();
    // AuthenticationCleartextPassword.
    client.write_all(b"R\0\0\0\x08\0\0\0\x03").unwrap();
    let mut head = [0; 5];
    client.read_exact(&mut head).unwrap();
    assert_eq!(head[0], b'p');
    let mut password = vec![0; u32::from_be_bytes(head[1..].try_into().unwrap()) as usize - 4];
    client.read_exact(&mut password).unwrap();
    let mut fields = Vec::new();
    for field in ["SFATAL", "VFATAL", "C28000", "MPAM authentication failed for user \"landfall_app\""] {
        fields.extend_from_slice(field.as_bytes());
        fields.push(0);
    }
    fields.push(0);
    client.write_all(b"E").unwrap();
    client.write_all(&u32::try_from(fields.len() + 4).unwrap().to_be_bytes()).unwrap();
    client.write_all(&fields).unwrap();
    password.pop();
    String::from_utf8(password).unwrap()
}

fn refused(run: Run) {
    let error = run.error();
    assert!(
        error.contains("PAM authentication failed for user \"landfall_app\" (SQLSTATE 28000); grant rds_iam to the role, "),
        "{error}"
    );
    assert!(!error.contains("X-Amz-Signature"), "{error}");
}

#[test]
fn each_login_has_a_token_of_its_own() {
    let rds = Rds::start();
    let status = || {
        let keys = rds.landfall(&["status"]).env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
        refused(keys.env("AWS_SECRET_ACCESS_KEY", "secret").run());
        rds.expect_token(&Credentials::new("AKIDEXAMPLE", "secret", None, None, "Test"))
    };
    let first = status();
    thread::sleep(Duration::from_millis(1_100));
    assert_ne!(first, status());
}

#[test]
fn the_role_of_a_task_is_enough_and_its_long_session_token_is_sent() {
    let rds = Rds::start();
    refused(rds.landfall(&["status"]).env("AWS_CONTAINER_CREDENTIALS_FULL_URI", serve_task_role()).run());
    rds.expect_token(&Credentials::new("test", "test", Some("session".to_owned()), None, "Test"));
    // Session tokens have no limit that AWS documents.
    let long = "t+/=".repeat(2_000);
    let keys = rds.landfall(&["status"]).env("AWS_ACCESS_KEY_ID", "a").env("AWS_SECRET_ACCESS_KEY", "s");
    refused(keys.env("AWS_SESSION_TOKEN", &long).run());
    let token = rds.expect_token(&Credentials::new("a", "s", Some(long), None, "Test"));
    assert!(token.len() > 12_000, "{}", token.len());
}

/// As from the second time on that an administrator has set up roles on Postgres 16 or newer.
#[test]
fn an_administrator_whose_password_is_refused_logs_in_with_a_token() {
    let rds = Rds::start();
    let roles = |options: &[&str]| {
        let args = ["roles", "--owner", "a", "--reader", "b"];
        let landfall = rds.with_password(&[&args, options].concat()).env("PGPASSWORD", "the password");
        landfall
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .run()
            .expect(1)
            .stderr
    };
    let received = || rds.passwords.try_iter().collect::<Vec<_>>();
    assert!(roles(&[]).contains("PAM authentication failed"));
    assert!(received().iter().all(|password| password == "the password"));
    assert!(roles(&["--rds-iam"]).contains("PAM authentication failed"));
    let received = received();
    let (first, last) = (received.first().unwrap(), received.last().unwrap());
    assert_eq!(first, "the password");
    assert!(last.starts_with("localhost:") && last.contains("DBUser=landfall_app"), "{last}");
}

#[test]
fn settings_that_would_leak_a_token_or_make_none_are_refused() {
    let error = |url: &str, region: &str| {
        let landfall = Landfall::bare(&["status", "--rds-iam"]).env("DATABASE_URL", url);
        landfall.env("AWS_REGION", region).env("AWS_EC2_METADATA_DISABLED", "true").run().error()
    };
    assert_eq!(
        error("postgres://u@h/d", "eu-west-3"),
        "--rds-iam needs another DATABASE_URL: add sslmode=verify-full, so that the token is sent encrypted, and to the database only"
    );
    assert_eq!(
        error("postgres://u:p@h/d?sslmode=verify-full", "eu-west-3"),
        "--rds-iam needs another DATABASE_URL: leave out the password: the token takes its place"
    );
    assert_eq!(
        error("postgres://u@db.example.com/d?sslmode=verify-full", ""),
        "the host db.example.com does not name its region: set AWS_REGION"
    );
    let error = error("postgres://u@p.x.eu-west-3.rds.amazonaws.com/d?sslmode=verify-full", "");
    assert!(error.starts_with("cannot connect to the database: no token of IAM could be made: "), "{error}");
    let error = Landfall::bare(&["status", "--rds-iam"]).run().error();
    assert_eq!(error, "--rds-iam (LANDFALL_RDS_IAM) is for a database at RDS: set DATABASE_URL");
}
