//! A batch that is posted instead of fetched: it lands at once, or not at all.

use std::io::{self, Read};

use chrono::{DateTime, Utc};
use diesel::{Connection, PgConnection, QueryResult};
use thiserror::Error;

use crate::db;
use crate::db::ledger::{self, Entry};
use crate::feed::{Content, DumpName, Feed, Refusal};
use crate::source::Object;

use super::body::{self, Body, BodyError};
use super::fetch::Fetched;
use super::refused;
use super::transaction::{Delivery, Outcome, Transaction};

/// The source of uploads in the ledger.
pub const UPLOADS: &str = "api";

/// A batch that was read to its end, and judged as far as that goes without a database.
pub struct Upload {
    label: Label,
    content: Result<Box<dyn Content>, Refusal>,
}

/// What is known of a batch without looking into it.
struct Label {
    feed: &'static dyn Feed,
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
    #[error("cannot set the batch aside: {0}")]
    Scratch(io::Error),
}

/// What came of an upload.
#[derive(Clone, Debug, PartialEq)]
pub enum Uploaded {
    /// Its rows are committed.
    Landed(Entry),
    /// The same key came with the same bytes before; the entry as it is now, which may be withdrawn.
    Known(Entry),
    /// The same key came with other bytes before: this is their entry.
    Conflict(Entry),
    /// Nothing of it is stored, and the ledger does not know it.
    Refused(Refusal),
}

/// Why the transaction of an upload was given up.
enum Abort {
    Refused(Refusal),
    Database(diesel::result::Error),
}

impl From<diesel::result::Error> for Abort {
    fn from(error: diesel::result::Error) -> Self {
        Abort::Database(error)
    }
}

impl Upload {
    /// Reads and decodes a batch. No database is asked, so that a slow sender keeps no connection busy.
    ///
    /// `key` is the sender's name for the batch: the same key means the same batch. `dump` must be
    /// no file's, and no other key's.
    pub fn receive(
        feed: &'static dyn Feed,
        key: &str,
        dump: DumpName,
        body: &mut dyn Read,
    ) -> Result<Self, ReceiveError> {
        let Body { content, sha256, size } = body::read(feed, &dump, body).map_err(|error| match error {
            BodyError::Read(error) => ReceiveError::Read(error),
            BodyError::Scratch(error) => ReceiveError::Scratch(error),
        })?;
        let label = Label { feed, key: key.to_owned(), dump, sha256, size, received_at: Utc::now() };
        Ok(Self { label, content })
    }

    /// Lands the batch, in one transaction under the feed's lock, by the code that lands files.
    ///
    /// Of two uploads of one key, whichever gets the lock first lands; the other finds it.
    ///
    /// # Errors
    ///
    /// The database's, unless it refuses what the batch says: that is a refusal. Nothing was stored then, unless the connection broke during the commit: sending
    /// the same batch again under its key finds out.
    pub fn land(self, connection: &mut PgConnection) -> QueryResult<Uploaded> {
        self.try_land(connection)
            .or_else(|error| refused::refusal(&error).map(Uploaded::Refused).ok_or(error))
    }

    fn try_land(self, connection: &mut PgConnection) -> QueryResult<Uploaded> {
        let Self { label, content } = self;
        // What landed before, and what is wrong in itself, need not wait for whoever is landing now.
        if let Some(known) = label.find(connection)? {
            return Ok(known);
        }
        let content = match content {
            Ok(content) => content,
            Err(refusal) => return Ok(Uploaded::Refused(refusal)),
        };
        let landed = connection.transaction(|connection| {
            db::lock_feed(connection, label.feed.name())?;
            match label.find(connection)? {
                Some(known) => Ok(known),
                None => label.store(connection, content),
            }
        });
        match landed {
            Ok(uploaded) => Ok(uploaded),
            Err(Abort::Refused(refusal)) => Ok(Uploaded::Refused(refusal)),
            Err(Abort::Database(error)) => Err(error),
        }
    }
}

impl Label {
    fn find(&self, connection: &mut PgConnection) -> QueryResult<Option<Uploaded>> {
        let entry = ledger::latest_entry(connection, self.feed.name(), UPLOADS, &self.key)?;
        Ok(entry.map(|entry| match entry.sha256.as_deref() == Some(&self.sha256) {
            true => Uploaded::Known(entry),
            false => Uploaded::Conflict(entry),
        }))
    }

    /// Writes rows and ledger entry; a refusal rolls back whatever was written.
    fn store(&self, connection: &mut PgConnection, content: Box<dyn Content>) -> Result<Uploaded, Abort> {
        let object = Object {
            key: self.key.clone(),
            size: self.size,
            modified_at: self.received_at,
            fingerprint: self.sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        let dump = Some(&self.dump);
        let delivery = Delivery { feed: self.feed, source: UPLOADS, key: &self.key, dump, base: None };
        let batch = vec![(delivery, Fetched::Decoded { object, sha256: self.sha256, content })];
        let transaction = Transaction::open(connection, self.feed, &batch)?;
        for outcome in transaction.land(connection, self.feed.lander().as_mut(), batch)? {
            if let Some(Outcome::Rejected(refusal)) = outcome {
                return Err(Abort::Refused(refusal));
            }
        }
        let entry = ledger::latest_entry(connection, self.feed.name(), UPLOADS, &self.key)?;
        Ok(Uploaded::Landed(entry.ok_or(diesel::result::Error::NotFound)?))
    }
}
