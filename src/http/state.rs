//! What requests share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::page::PageState;
use crate::db::{DatabaseUrl, Readers};

/// How long a query waits for a connection before it is answered with 503.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// The same, for queries that may take seconds, as those before them may.
const LONG_ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// How many connections are kept free beside those of batches: for an import, a migration, `psql`, and the checks of others.
const KEPT_FREE: i64 = 6;

/// How long a connection is kept without a question before others may have it.
const MAX_IDLE: Duration = Duration::from_secs(60);

/// How to serve.
#[derive(Debug)]
pub struct Settings {
    /// Connections to the database for questions, as many for those about spot prices, and half as many for answers
    /// that are sent while they are read.
    pub readers: usize,
    /// Batches taken in at once; more are answered with 429.
    pub uploads: usize,
    /// The largest batch, in bytes.
    pub largest_batch: usize,
    /// How long to answer on before the socket closes at the end.
    pub drain_period: Duration,
    /// What a client must show to change anything; without it, nobody can.
    pub token: Option<Token>,
}

impl Settings {
    /// The most connections that questions take.
    pub fn connections(&self) -> usize {
        // About rates, about spot prices, answers that are sent while they are read, and `/readyz`.
        2 * self.readers + self.readers.div_ceil(2) + 1
    }

    /// How many connections of the database questions leave to others: to batches, and to imports, migrations and people.
    pub fn kept_free(&self) -> i64 {
        i64::try_from(self.uploads).unwrap_or(i64::MAX).saturating_add(KEPT_FREE)
    }
}

/// A secret that clients show. Only its hash is kept.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl Token {
    /// The token with this text.
    pub fn new(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }

    /// Whether a text is this token. Comparing hashes, the time it takes tells nothing of the text.
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
    /// For questions about spot prices, which may take long: they never take the others' connections away.
    pub(super) spot_readers: Readers,
    /// For answers that are sent while they are read: a client that reads slowly keeps its connection that long.
    pub(super) streams: Readers,
    /// For looking whether the database is there: a question of its own, however busy the others are.
    pub(super) probe: Readers,
    pub(super) page: PageState,
    pub(super) url: DatabaseUrl,
    pub(super) uploads: Arc<Semaphore>,
    pub(super) settings: Settings,
    pub(super) metrics: PrometheusHandle,
    draining: AtomicBool,
}

impl Api {
    /// The state of a server that has not answered anything yet.
    ///
    /// # Errors
    ///
    /// There is one in this process already: metrics are kept once a process.
    pub fn new(url: DatabaseUrl, settings: Settings) -> anyhow::Result<Self> {
        let buckets = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
        let metrics = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &buckets)?
            .install_recorder()?;
        let kept_free = settings.kept_free();
        let half = settings.readers.div_ceil(2);
        let readers = |size, timeout| Readers::new(url.clone(), size, timeout, kept_free);
        Ok(Self {
            readers: readers(settings.readers, ACQUIRE_TIMEOUT),
            spot_readers: readers(settings.readers, LONG_ACQUIRE_TIMEOUT),
            streams: readers(half, LONG_ACQUIRE_TIMEOUT),
            probe: readers(1, ACQUIRE_TIMEOUT),
            page: PageState::new(half, LONG_ACQUIRE_TIMEOUT),
            url,
            uploads: Arc::new(Semaphore::new(settings.uploads)),
            settings,
            metrics,
            draining: AtomicBool::new(false),
        })
    }

    /// Whether the server is about to end, and wants no new requests.
    pub(super) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Does what is due every few seconds: merges what was measured, closes connections that nobody needs.
    pub(super) fn run_upkeep(&self) {
        self.metrics.run_upkeep();
        for readers in [&self.readers, &self.spot_readers, &self.streams] {
            readers.close_idle(MAX_IDLE);
        }
    }

    pub(super) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }
}
