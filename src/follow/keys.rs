//! Some keys of a bucket as a source.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;

use crate::source::{Bucket, Listing, Object, Source, SourceError, StoredBody};

/// After so many keys that cannot be looked up, the bucket is taken for down.
const MAX_FAILURES: usize = 3;

/// Lists those keys of a bucket that are wanted and exist, and nothing else.
pub(super) struct Keys {
    bucket: Arc<Bucket>,
    keys: BTreeSet<String>,
    /// Those of which it is known whether they exist.
    known: Mutex<BTreeSet<String>>,
}

impl Keys {
    pub(super) fn new(bucket: Arc<Bucket>, keys: BTreeSet<String>) -> Self {
        Self { bucket, keys, known: Mutex::default() }
    }

    /// The keys that could not be looked up.
    pub(super) fn unknown(&self) -> BTreeSet<String> {
        &self.keys - &*self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source for Keys {
    fn name(&self) -> &str {
        self.bucket.name()
    }

    fn location(&self) -> String {
        self.bucket.location()
    }

    fn list(&self, _: Option<NaiveDate>, each_page: &mut dyn FnMut(Listing)) -> Result<(), SourceError> {
        let mut objects = Vec::new();
        let mut known = BTreeSet::new();
        let mut failures = 0;
        for key in &self.keys {
            match self.bucket.find(key) {
                Ok(found) => {
                    known.insert(key.clone());
                    objects.extend(found);
                }
                Err(error) => {
                    failures += 1;
                    // Another key may do better, unless no key can.
                    if matches!(error, SourceError::Fatal(_)) || failures == MAX_FAILURES.min(self.keys.len())
                    {
                        return Err(error);
                    }
                    tracing::warn!(key, %error, "cannot look up an object");
                }
            }
        }
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = known;
        each_page(objects.into());
        Ok(())
    }

    fn look_up(&self, key: &str) -> Result<Object, SourceError> {
        self.bucket.look_up(key)
    }

    fn open(&self, object: &Object) -> Result<StoredBody, SourceError> {
        self.bucket.open(object)
    }
}
