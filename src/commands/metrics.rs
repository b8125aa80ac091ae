//! Metrics of the commands that run on and on, for Prometheus.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// How often metrics are aggregated, which until then use memory.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

/// Serves the metrics of this process at `/metrics`, as long as the runtime exists.
pub(super) fn serve(runtime: &Runtime, address: SocketAddr) -> anyhow::Result<()> {
    let metrics = PrometheusBuilder::new().install_recorder()?;
    let listener = runtime.block_on(TcpListener::bind(address));
    let listener = listener.with_context(|| {
        format!("cannot listen on {address}: choose another --metrics or LANDFALL_METRICS")
    })?;
    let address = listener.local_addr()?;
    tracing::info!(%address, "metrics: http://{address}/metrics");
    let upkeep = metrics.clone();
    runtime.spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP_INTERVAL).await;
            upkeep.run_upkeep();
        }
    });
    let text = async move || ([(CONTENT_TYPE, "text/plain; version=0.0.4")], metrics.render());
    let router = Router::new().route("/metrics", get(text));
    runtime.spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::warn!(%error, "metrics are not served any more");
        }
    });
    Ok(())
}
