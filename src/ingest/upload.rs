//! A batch that is posted instead of fetched: it is stored at once, or not at all.

use std::io::{self, Read};

use chrono::{DateTime, Utc};
use diesel::{Connection, PgConnection, QueryResult};
use thiserror::Error;

use crate::db;
use crate::feed::{DumpName, Rejection, TypedFeed, WriteError};
use crate::hex::hex;
use crate::ledger::{self, Entry};
use crate::source::Object;

use super::body::{self, BodyError, DecodedBody};
use super::compression::Layers;
use super::fetch_outcome::FetchOutcome;
use super::outcome::Outcome;
use super::task::Delivery;
use super::transaction::write_batch;
use super::unstorable;

/// The source of uploads in the ledger.
pub const UPLOADS: &str = "api";

/// A batch that was read to its end, and validated as far as that goes without a database.
pub struct Upload<F: TypedFeed> {
    meta: UploadMeta<F>,
    content: Result<F::Content, Rejection>,
}

/// What is known of a batch without looking into it.
struct UploadMeta<F: TypedFeed> {
    feed: F,
    key: String,
    dump: DumpName,
    sha256: [u8; 32],
    size: u64,
    received_at: DateTime<Utc>,
}

/// Why a batch could not be read.
#[derive(Debug, Error)]
pub enum ReceiveError {
    /// The body broke off, or its reader gave it up: the inner error is the reader's own.
    #[error("cannot read the batch: {0}")]
    Read(io::Error),
    /// This machine could not hold it, for want of disk for instance.
    #[error("cannot write a scratch file in {dir}: {0}", dir = std::env::temp_dir().display())]
    Scratch(io::Error),
}

/// The result of an upload.
#[derive(Clone, Debug, PartialEq)]
pub enum Uploaded {
    /// Its rows are committed.
    Stored(Entry),
    /// The same key came with the same bytes before; the entry as it is now, which may be withdrawn.
    AlreadyStored(Entry),
    /// The same key came with other bytes before: this is their entry.
    Conflict(Entry),
    /// Nothing of it is stored, and the ledger does not know it.
    Rejected(Rejection),
}

/// Why the transaction of an upload was given up.
enum Abort {
    Rejected(Rejection),
    Failed(WriteError),
}

impl From<diesel::result::Error> for Abort {
    fn from(error: diesel::result::Error) -> Self {
        Abort::Failed(error.into())
    }
}

impl From<WriteError> for Abort {
    fn from(error: WriteError) -> Self {
        Abort::Failed(error)
    }
}

impl<F: TypedFeed> Upload<F> {
    /// Reads and decodes a batch. No database is asked, so that a slow sender keeps no connection busy.
    ///
    /// `key` is the sender's name for the batch: the same key means the same batch. `dump` must be
    /// no file's, and no other key's.
    pub fn receive(feed: F, key: &str, dump: DumpName, body: &mut dyn Read) -> Result<Self, ReceiveError> {
        let DecodedBody { content, sha256, size } = body::read(&feed, &dump, Ok(Layers::default()), body)
            .map_err(|error| match error {
                BodyError::Read(error) => ReceiveError::Read(error),
                BodyError::Scratch(error) => ReceiveError::Scratch(error),
            })?;
        let meta = UploadMeta { feed, key: key.to_owned(), dump, sha256, size, received_at: Utc::now() };
        Ok(Self { meta, content })
    }

    /// Stores the batch, in one transaction under the lock of its scope, by the code that stores files.
    ///
    /// Of two uploads of one key, whichever gets the lock first is stored; the other finds it.
    ///
    /// # Errors
    ///
    /// The database's, unless it refuses what the batch says: that is a rejection. Nothing was stored then, unless the
    /// connection broke during the commit: sending the same batch again under its key finds out.
    pub fn store(self, connection: &mut PgConnection) -> Result<Uploaded, WriteError> {
        self.try_store(connection).or_else(|error| match &error {
            WriteError::Database(cause) => unstorable::rejection(cause).map(Uploaded::Rejected).ok_or(error),
            WriteError::Scratch(_) => Err(error),
        })
    }

    fn try_store(self, connection: &mut PgConnection) -> Result<Uploaded, WriteError> {
        let Self { meta, content } = self;
        // What was stored before, and what is wrong in itself, need not wait for other writers.
        if let Some(known) = meta.find(connection)? {
            return Ok(known);
        }
        let content = match content {
            Ok(content) => content,
            Err(rejection) => return Ok(Uploaded::Rejected(rejection)),
        };
        let stored = connection.transaction(|connection| {
            db::lock_scopes(connection, meta.feed.name(), [meta.dump.scope.as_str()])?;
            match meta.find(connection)? {
                Some(known) => Ok(known),
                None => meta.store(connection, content),
            }
        });
        match stored {
            Ok(uploaded) => Ok(uploaded),
            Err(Abort::Rejected(rejection)) => Ok(Uploaded::Rejected(rejection)),
            Err(Abort::Failed(error)) => Err(error),
        }
    }
}

impl<F: TypedFeed> UploadMeta<F> {
    fn find(&self, connection: &mut PgConnection) -> QueryResult<Option<Uploaded>> {
        let entry = ledger::latest_entry(connection, self.feed.name(), UPLOADS, &self.key)?;
        Ok(entry.map(|entry| match entry.sha256.as_deref() == Some(&self.sha256) {
            true => Uploaded::AlreadyStored(entry),
            false => Uploaded::Conflict(entry),
        }))
    }

    /// Writes rows and ledger entry; a rejection rolls back whatever was written.
    fn store(&self, connection: &mut PgConnection, content: F::Content) -> Result<Uploaded, Abort> {
        let object = Object {
            key: self.key.clone(),
            size: self.size,
            modified_at: self.received_at,
            fingerprint: hex(&self.sha256),
            archived: false,
        };
        let dump = Some(&self.dump);
        let delivery = Delivery {
            feed: self.feed.name(),
            source: UPLOADS,
            key: &self.key,
            dump,
            seen_entry_id: None,
            replay: false,
        };
        let batch = vec![(delivery, FetchOutcome::Decoded { object, sha256: self.sha256, content })];
        for outcome in write_batch(connection, &self.feed, &mut self.feed.writer(), batch)? {
            if let Some(Outcome::Rejected(rejection)) = outcome {
                return Err(Abort::Rejected(rejection));
            }
        }
        let entry = ledger::latest_entry(connection, self.feed.name(), UPLOADS, &self.key)?;
        Ok(Uploaded::Stored(entry.ok_or(diesel::result::Error::NotFound)?))
    }
}
