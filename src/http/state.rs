//! State shared by all requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::page::PageState;
use crate::db::{Connector, DatabaseUrl, Readers, is_password_refused};
use crate::sha256::Sha256;

/// How long a query waits for a connection before it gets 503.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// The same, for queries that may take seconds.
const LONG_ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Connections kept free besides those of batches: for an import, a migration, `psql`, and monitoring.
const KEPT_FREE: i64 = 6;

/// How long an unused connection stays open.
const MAX_IDLE: Duration = Duration::from_secs(60);

/// How long a refused password is looked at before the server stops for it: a database that fails over, or whose
/// password is being changed, may refuse one connection and accept the next.
const CONFIRMATION_PAUSE: Duration = Duration::from_secs(2);

/// Settings of the server.
#[derive(Debug)]
pub struct Settings {
    /// Connections to the database for queries, as many for those of spot prices and events, and half as many for
    /// responses that are streamed.
    pub readers: usize,
    /// Batches stored at once; more get 429.
    pub uploads: usize,
    /// Size limit of a batch, in bytes.
    pub max_batch_bytes: usize,
    /// How long to go on serving after a stop signal, before the socket closes.
    pub drain_period: Duration,
    /// What a client must send to change anything; without it, no client can.
    pub token: Option<Token>,
}

impl Settings {
    /// The connections that queries use at most.
    pub fn connections(&self) -> usize {
        // Rates, spot prices and events, streamed responses, and `/readyz`.
        2 * self.readers + self.readers.div_ceil(2) + 1
    }

    /// Connections of the database that queries do not use: for batches, imports, migrations and people.
    pub fn kept_free(&self) -> i64 {
        i64::try_from(self.uploads).unwrap_or(i64::MAX).saturating_add(KEPT_FREE)
    }
}

/// A secret that clients send. Only its hash is kept.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl Token {
    /// The token with this text.
    pub fn new(text: &str) -> Self {
        Self(Sha256::digest(text))
    }

    /// Whether a text is this token. Hashes are compared, so that the time does not leak the text.
    pub(super) fn is(&self, text: &str) -> bool {
        Self::new(text).0 == self.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A server's state.
pub struct Api {
    pub(super) readers: Readers,
    /// For queries of spot prices and events, which may take long: they never use up the connections of others.
    pub(super) long_readers: Readers,
    /// For streamed responses: a client that reads slowly keeps its connection that long.
    pub(super) streams: Readers,
    /// For readiness checks, however busy the others are.
    pub(super) probe: Readers,
    pub(super) page: PageState,
    pub(super) connector: Arc<Connector>,
    pub(super) uploads: Arc<Semaphore>,
    pub(super) settings: Settings,
    pub(super) metrics: PrometheusHandle,
    draining: AtomicBool,
}

impl Api {
    /// The state of a new server.
    ///
    /// # Errors
    ///
    /// There is one in this process already: metrics are global.
    pub fn new(url: DatabaseUrl, settings: Settings) -> anyhow::Result<Self> {
        let buckets = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
        let metrics = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &buckets)?
            .install_recorder()?;
        let kept_free = settings.kept_free();
        let half = settings.readers.div_ceil(2);
        let connector = Arc::new(Connector::new(url));
        let readers = |size, timeout| Readers::new(connector.clone(), size, timeout, kept_free);
        Ok(Self {
            readers: readers(settings.readers, ACQUIRE_TIMEOUT),
            long_readers: readers(settings.readers, LONG_ACQUIRE_TIMEOUT),
            streams: readers(half, LONG_ACQUIRE_TIMEOUT),
            probe: readers(1, ACQUIRE_TIMEOUT),
            page: PageState::new(half, LONG_ACQUIRE_TIMEOUT),
            connector,
            uploads: Arc::new(Semaphore::new(settings.uploads)),
            settings,
            metrics,
            draining: AtomicBool::new(false),
        })
    }

    /// Whether the server is shutting down.
    pub(super) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Aggregates metrics and closes idle connections; to be called every few seconds.
    pub(super) fn run_upkeep(&self) {
        self.metrics.run_upkeep();
        for readers in [&self.readers, &self.long_readers, &self.streams] {
            readers.close_idle(MAX_IDLE);
        }
    }

    /// Returns once the database refuses the password, and still does so after a pause.
    pub async fn password_refused(&self) {
        loop {
            sleep(CONFIRMATION_PAUSE).await;
            if !self.connector.is_refused() {
                continue;
            }
            // Others need connections only now and then: this one is to confirm it.
            sleep(CONFIRMATION_PAUSE).await;
            let connector = self.connector.clone();
            let confirmed = spawn_blocking(move || connector.connect().map(drop));
            if let Ok(Err(error)) = confirmed.await
                && is_password_refused(&error)
            {
                tracing::error!(%error, "stopping: the database refuses the password; requests in flight are finished");
                return;
            }
        }
    }

    pub(super) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }
}
