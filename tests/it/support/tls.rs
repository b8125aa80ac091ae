//! TLS in front of a server that has none.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::runtime::{self, Runtime};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// The server behind.
#[derive(Clone)]
pub(crate) enum Plain {
    /// HTTP, where TLS begins at once.
    Http(SocketAddr),
    /// Postgres at a Unix socket, where a client first requests TLS.
    Postgres(PathBuf),
}

/// Listens on a loopback port as `localhost`, with a certificate that signed itself.
pub(crate) struct Tls {
    pub(crate) port: u16,
    /// What a client has to trust, as PEM.
    pub(crate) certificate: String,
    _runtime: Runtime,
}

impl Tls {
    pub(crate) fn before(plain: Plain) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder().with_no_client_auth();
        let acceptor =
            TlsAcceptor::from(Arc::new(config.with_single_cert(vec![cert.der().clone()], key).unwrap()));

        let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        runtime.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // A client that does not trust the certificate breaks off.
                tokio::spawn(relay(acceptor.clone(), client, plain.clone()));
            }
        });
        Self { port, certificate: cert.pem(), _runtime: runtime }
    }
}

async fn relay(acceptor: TlsAcceptor, mut client: TcpStream, plain: Plain) -> io::Result<()> {
    match plain {
        Plain::Http(address) => {
            let mut client = acceptor.accept(client).await?;
            copy_bidirectional(&mut client, &mut TcpStream::connect(address).await?).await?;
        }
        Plain::Postgres(socket) => {
            // SSLRequest: its length and a number, four bytes each. `S` says yes.
            client.read_exact(&mut [0; 8]).await?;
            client.write_all(b"S").await?;
            let mut client = acceptor.accept(client).await?;
            copy_bidirectional(&mut client, &mut UnixStream::connect(socket).await?).await?;
        }
    }
    Ok(())
}
