//! A proxy that spoils requests.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// What happens to requests whose head has some text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spoil {
    /// They are refused, as by a service that is overloaded.
    SlowDown,
    /// They arrive, but not their responses.
    LoseResponse,
}

/// Forwards to a server, and spoils some requests.
pub(super) struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    rule: Mutex<Option<(String, Spoil)>>,
    spoiled: AtomicUsize,
}

impl Proxy {
    pub(super) fn before(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self { address: listener.local_addr().unwrap(), state: Arc::default() };
        let state = proxy.state.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let state = state.clone();
                thread::spawn(move || relay(client, target, &state));
            }
        });
        proxy
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on, spoils requests that have this text in their head.
    pub(super) fn spoil(&self, text: &str, spoil: Spoil) {
        *self.state.rule.lock().unwrap() = Some((text.to_owned(), spoil));
    }

    /// From now on, spoils none.
    pub(super) fn mend(&self) {
        *self.state.rule.lock().unwrap() = None;
    }

    /// How many requests were spoiled.
    pub(super) fn spoiled(&self) -> usize {
        self.state.spoiled.load(Ordering::Relaxed)
    }
}

const SLOW_DOWN: &[u8] =
    b"HTTP/1.1 503 Slow Down\r\ncontent-type: application/xml\r\ncontent-length: 61\r\nconnection: close\r\n\r\n\
      <Error><Code>SlowDown</Code><Message>slower</Message></Error>";

fn relay(mut client: TcpStream, target: SocketAddr, state: &State) -> io::Result<()> {
    let mut server = TcpStream::connect(target)?;
    let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || {
        let copied = io::copy(&mut from, &mut to);
        to.shutdown(Shutdown::Both).and(copied)
    });
    let mut buffer = [0; 64 * 1024];
    loop {
        let length = client.read(&mut buffer)?;
        if length == 0 {
            return server.shutdown(Shutdown::Write);
        }
        // The head comes in one piece, at the beginning of what is read.
        let head = String::from_utf8_lossy(&buffer[..length]).into_owned();
        let rule = state.rule.lock().unwrap().clone();
        let spoil = rule.filter(|(text, _)| head.contains(text)).map(|(_, spoil)| spoil);
        match spoil {
            None => server.write_all(&buffer[..length])?,
            Some(Spoil::SlowDown) => {
                state.spoiled.fetch_add(1, Ordering::Relaxed);
                client.write_all(SLOW_DOWN)?;
                return client.shutdown(Shutdown::Both);
            }
            Some(Spoil::LoseResponse) => {
                // A connection of its own, so that nobody forwards the response.
                let mut own = TcpStream::connect(target)?;
                own.write_all(&buffer[..length])?;
                let mut response = [0; 1024];
                // The bodies of these tests are short, but may come in a second piece.
                client.set_read_timeout(Some(std::time::Duration::from_millis(300)))?;
                while let Ok(length) = client.read(&mut buffer)
                    && length > 0
                {
                    own.write_all(&buffer[..length])?;
                }
                let answered = own.read(&mut response)?;
                assert!(response[..answered].starts_with(b"HTTP/1.1 2"), "the server did not take it");
                state.spoiled.fetch_add(1, Ordering::Relaxed);
                return client.shutdown(Shutdown::Both);
            }
        }
    }
}
