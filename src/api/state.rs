//! What requests share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::db::{DatabaseUrl, Readers};

/// How long a question waits for a connection before it is turned away.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long one does that may take seconds to answer, as those before it may.
const LONG_PATIENCE: Duration = Duration::from_secs(5);

/// How to serve.
#[derive(Debug)]
pub struct Settings {
    /// Connections to the database for questions, and as many for those about spot prices.
    pub readers: usize,
    /// Batches taken in at once; more are answered with 429.
    pub uploads: usize,
    /// The largest batch, in bytes.
    pub largest_batch: usize,
    /// What a client must show to change anything; without it, nobody can.
    pub token: Option<Token>,
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
    /// For looking whether the database is there: a question of its own, however busy the others are.
    pub(super) probe: Readers,
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
        Ok(Self {
            readers: Readers::new(url.clone(), settings.readers, PATIENCE),
            spot_readers: Readers::new(url.clone(), settings.readers, LONG_PATIENCE),
            probe: Readers::new(url.clone(), 1, PATIENCE),
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

    pub(super) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }
}
