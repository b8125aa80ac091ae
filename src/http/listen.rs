//! The socket: takes connections until the server is to end, then lets requests in flight finish.

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
/// balancers do, so that it is they who close it, and no request meets a connection that is just closed.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);

/// How often what was measured is put in its buckets, until which it takes memory, and idle connections are closed.
const UPKEEP: Duration = Duration::from_secs(5);

/// How long requests in flight may take to finish.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(90);

/// How many connections the system lets in ahead of us.
const BACKLOG: usize = 1024;

/// Serves until `stop`, then answers what has been asked and ends.
///
/// No request that was read goes unanswered: during the drain period every response says that its connection
/// closes, then no connection is accepted any more, then those that are left finish.
pub async fn serve(listener: TcpListener, api: Arc<Api>, stop: impl Future<Output = ()>) {
    let service = TowerToHyperService::new(router(api.clone()));
    let mut protocol = http1::Builder::new();
    protocol.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    let connections = GracefulShutdown::new();
    let take = |stream: TcpStream| {
        // An answer is written at once: there is nothing to wait for.
        let _ = stream.set_nodelay(true);
        let connection = protocol.serve_connection(TokioIo::new(stream), service.clone());
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended");
            }
        });
    };
    let kept_up = api.clone();
    let upkeep = tokio::spawn(async move {
        loop {
            sleep(UPKEEP).await;
            kept_up.run_upkeep();
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
            Ok((stream, _)) => take(stream),
            Err(error) => {
                // Out of file descriptors, for instance: some are freed soon.
                tracing::warn!(%error, "cannot take a connection");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
    // Closing the socket would cut off those whom the system has let in already.
    for _ in 0..BACKLOG {
        match timeout(Duration::ZERO, listener.accept()).await {
            Ok(Ok((stream, _))) => take(stream),
            _ => break,
        }
    }
    drop(listener);
    if timeout(SHUTDOWN_TIMEOUT, connections.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
    upkeep.abort();
}
