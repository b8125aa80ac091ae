//! The credentials of a task's role, handed out over HTTP as ECS does.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

/// Returns the key of the test S3 to every request. Returns the URL for
/// `AWS_CONTAINER_CREDENTIALS_FULL_URI`; the thread ends with the test process.
pub(crate) fn serve_task_role() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/role", listener.local_addr().unwrap());
    let body = r#"{"AccessKeyId":"test","SecretAccessKey":"test","Token":"session","Expiration":"2099-01-01T00:00:00Z"}"#;
    thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            let mut lines = BufReader::new(&connection).lines().map_while(Result::ok);
            if lines.any(|line| line.is_empty()) {
                let _ = write!(
                    &connection,
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
            }
        }
    });
    url
}
