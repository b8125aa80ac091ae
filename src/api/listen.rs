//! The socket: takes connections until it is told to end, then lets what is in hand finish.

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

/// How long answers ask clients to come back on another connection before this one stops listening.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long what is in hand may take to finish.
const FINISH: Duration = Duration::from_secs(90);

/// How many connections the system lets in ahead of us.
const BACKLOG: usize = 1024;

/// Serves until `stop`, then answers what has been asked and ends.
///
/// No request that was read goes without its answer: first every answer says that its connection
/// closes, then no connection is taken any more, then those that are left finish.
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
    let farewell = async {
        stop.await;
        api.drain();
        sleep(FAREWELL).await;
    };
    tokio::pin!(farewell);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut farewell => break,
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
    if timeout(FINISH, connections.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time");
    }
    upkeep.abort();
}
