//! An HTTP server with responses of a test, and a proxy: both record their requests.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

type Heads = Arc<Mutex<Vec<String>>>;

/// A server whose threads end with the test process.
pub(crate) struct Canned {
    address: SocketAddr,
    heads: Heads,
}

impl Canned {
    /// Sends a whole HTTP response, made from the head of the request, and closes the connection.
    pub(crate) fn serve(respond: impl Fn(&str) -> String + Send + 'static) -> Self {
        Self::listen(move |mut client, head| client.write_all(respond(&head).as_bytes()))
    }

    /// The response with this body to every request.
    pub(crate) fn body(content_type: &str, body: &str) -> Self {
        let response = response(content_type, body);
        Self::serve(move |_| response.clone())
    }

    /// A proxy in front of a server, for any requested host: requests and tunnels (`CONNECT`).
    pub(crate) fn proxy(target: SocketAddr) -> Self {
        Self::listen(move |mut client, head| {
            let mut server = TcpStream::connect(target)?;
            if head.starts_with("CONNECT ") {
                client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
            } else {
                server.write_all(head.as_bytes())?;
            }
            let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
            thread::spawn(move || {
                let copied = io::copy(&mut from, &mut to);
                to.shutdown(Shutdown::Write).and(copied)
            });
            thread::spawn(move || io::copy(&mut client, &mut server));
            Ok(())
        })
    }

    fn listen(talk: impl Fn(TcpStream, String) -> io::Result<()> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Heads::default();
        let recorded = heads.clone();
        thread::spawn(move || {
            for mut client in listener.incoming().map_while(Result::ok) {
                let Ok(head) = read_head(&mut client) else { continue };
                recorded.lock().unwrap().push(head.clone());
                // A client that goes away is part of some tests.
                let _ = talk(client, head);
            }
        });
        Self { address, heads }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The first line of the first request on each connection.
    pub(crate) fn requests(&self) -> Vec<String> {
        let heads = self.heads.lock().unwrap();
        heads.iter().map(|head| head.lines().next().unwrap_or_default().to_owned()).collect()
    }
}

/// A response with status 200.
pub(crate) fn response(content_type: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// Up to the empty line; requests that matter here have no body.
fn read_head(client: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.extend(byte);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}
