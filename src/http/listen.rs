//! The socket: accepts connections until shutdown, then lets requests in flight finish.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use super::router::router;
use super::state::Api;

/// How long a client may take to send the head of a request, or to leave a connection idle: longer than
/// load balancers wait, so that they close it first and never send a request on a closing connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);

/// How often metrics are aggregated, which until then use memory, and idle connections are closed.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// How long requests in flight may take to finish.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(90);

/// Connections that the system accepts before the server does.
const BACKLOG: usize = 1024;

/// Serves until `stop`, then responds to the requests in flight and returns.
///
/// Every request that was read gets its response: during the drain period every response says that its connection
/// closes, then no connection is accepted any more, then the remaining ones finish.
pub async fn serve(listener: TcpListener, api: Arc<Api>, stop: impl Future<Output = ()>) {
    let service = TowerToHyperService::new(router(api.clone()));
    let mut protocol = http1::Builder::new();
    protocol.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    let connections = GracefulShutdown::new();
    let serve_one = |stream: TcpStream| {
        // A response is written at once: there is nothing to wait for.
        let _ = stream.set_nodelay(true);
        let connection = protocol.serve_connection(TokioIo::new(stream), service.clone());
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended");
            }
        });
    };
    let upkeep_api = api.clone();
    let upkeep = tokio::spawn(async move {
        loop {
            sleep(UPKEEP_INTERVAL).await;
            upkeep_api.run_upkeep();
        }
    });
    let drain = async {
        stop.await;
        api.drain();
        sleep(api.settings.drain_period).await;
    };
    tokio::pin!(drain);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut drain => break,
        };
        match accepted {
            Ok((stream, _)) => serve_one(stream),
            Err(error) => {
                // Out of file descriptors, for instance: some are freed soon.
                tracing::warn!(%error, "cannot accept a connection");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
    // Closing the socket would reset connections that the system has accepted already.
    for _ in 0..BACKLOG {
        match timeout(Duration::ZERO, listener.accept()).await {
            Ok(Ok((stream, _))) => serve_one(stream),
            _ => break,
        }
    }
    drop(listener);
    if timeout(SHUTDOWN_TIMEOUT, connections.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
    upkeep.abort();
}
