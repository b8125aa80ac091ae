//! `landfall healthcheck`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, ensure};

use super::Exit;
use crate::cli::Healthcheck;

/// More than a busy server takes; health checks have time limits of their own.
const TIMEOUT: Duration = Duration::from_secs(10);
/// A status line is much shorter.
const MAX_STATUS_LINE: u64 = 1024;

pub(super) fn run(args: &Healthcheck) -> anyhow::Result<Exit> {
    let server = reachable(args.listen);
    let status = readiness(server).with_context(|| format!("the server at {server} does not respond"))?;
    ensure!(status.split(' ').nth(1) == Some("200"), "the server at {server} is not ready: {status}");
    Ok(Exit::Success)
}

/// The status line of `/readyz`. One line of HTTP/1.0 takes no client.
fn readiness(server: SocketAddr) -> std::io::Result<String> {
    let mut connection = TcpStream::connect_timeout(&server, TIMEOUT)?;
    connection.set_read_timeout(Some(TIMEOUT))?;
    connection.set_write_timeout(Some(TIMEOUT))?;
    write!(connection, "GET /readyz HTTP/1.0\r\nHost: {server}\r\n\r\n")?;
    let mut status = String::new();
    BufReader::new(connection.take(MAX_STATUS_LINE)).read_line(&mut status)?;
    Ok(status.trim_end().to_owned())
}

/// Where a server is reached that listens on `address`: one that listens everywhere, on loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    (ip, address.port()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_listens_everywhere_is_asked_on_loopback() {
        for (listen, asked) in [
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("[::]:80", "[::1]:80"),
            ("10.0.0.7:8080", "10.0.0.7:8080"),
            ("[fe80::1]:8080", "[fe80::1]:8080"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()).to_string(), asked);
        }
    }
}
