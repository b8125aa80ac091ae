//! What the engine asks of a feed.

use std::io::{self, Read};

use chrono::NaiveDate;
use diesel::{PgConnection, QueryResult};
use thiserror::Error;

use super::counts::{Counts, WithdrawnRows};
use super::dump::{Content, DumpName, KeyMatch};
use super::lake::LakeTable;
use super::rejection::{DecodeError, Rejection};
use super::revision::{Revision, Role};
use crate::ledger::Period;

/// A kind of dump, whatever its content is.
pub trait Feed: Sync {
    /// Name of the feed in the ledger and in reports.
    fn name(&self) -> &'static str;

    /// The view of rows for which dumps say different things, if the feed has such rows.
    fn disagreements(&self) -> Option<&'static str> {
        None
    }

    /// Names of the parts of a [`Scope`](crate::ledger::Scope), as reports and options have them.
    fn scope_parts(&self) -> &'static [&'static str] {
        &[]
    }

    /// The period that each scope has a dump of, in feeds where a missing dump can be told by that.
    fn period(&self) -> Option<Period> {
        None
    }

    /// What an object's key is to this feed.
    fn match_key(&self, key: &str) -> KeyMatch;

    /// Makes up for what versions before this one did not do when they imported dumps, such as summaries.
    ///
    /// Called before each run, outside any transaction: it opens its own, under the locks of the scopes. Cheap where
    /// there is nothing to do.
    fn catch_up(&self, _connection: &mut PgConnection) -> Result<(), WriteError> {
        Ok(())
    }

    /// How many rows are stored: as many as the ledger says (`rows_new - rows_removed`), unless somebody dropped some.
    fn count_rows(&self, connection: &mut PgConnection) -> QueryResult<i64>;

    /// The table that the feed's rows are published as, if it has one.
    #[expect(private_interfaces, reason = "only what publishes asks for it")]
    fn lake_table(&self) -> Option<&'static dyn LakeTable> {
        None
    }

    /// Removes the rows of a dump, given the ledger numbers of all its revisions.
    ///
    /// Runs inside the transaction that also changes the ledger, where the dump is withdrawn by now; the lock of its
    /// scope is held.
    fn withdraw(&self, connection: &mut PgConnection, revisions: &[i32])
    -> Result<WithdrawnRows, WriteError>;
}

/// A feed with the types that only it knows.
pub trait TypedFeed: Feed {
    /// What a dump says.
    type Content: Content;
    /// What writes it.
    type Writer: Writer<Self::Content> + Send;

    /// Reads and validates a whole dump in bounded memory, whatever its size.
    ///
    /// Pure: a reader in, content out.
    fn decode(&self, dump: &DumpName, body: &mut dyn Read) -> Result<Self::Content, DecodeError>;

    /// A new writer, which keeps between batches what it would otherwise look up again.
    fn writer(&self) -> Self::Writer;

    /// A writer of a month's dumps, in feeds that land a month of which nothing is stored faster as a whole. Nothing if
    /// something of it is stored. It may use connections beside that of the landing transaction.
    fn month_writer(
        &self,
        _beside: [PgConnection; 2],
        _month: NaiveDate,
    ) -> QueryResult<Option<Self::Writer>> {
        Ok(None)
    }
}

/// Writes batches of one feed's dumps.
pub trait Writer<C> {
    /// Creates what a batch needs and what would keep other writers waiting if it were created with the rows, such as
    /// partitions.
    ///
    /// Called before the transaction of [`write`](Self::write), on the same connection and without locks. Nothing
    /// may depend on the batch being committed.
    fn prepare(&mut self, _connection: &mut PgConnection, _contents: &[&C]) -> QueryResult<()> {
        Ok(())
    }

    /// Takes what a dump says out of its content, if this is a month's writer: it keeps that in scratch files until the batch
    /// is written.
    ///
    /// Called outside the transaction of [`write`](Self::write), on the same connection. As in [`prepare`](Self::prepare),
    /// nothing may depend on the batch being committed.
    fn gather(&mut self, _connection: &mut PgConnection, _content: &mut C) -> Result<Gather, WriteError> {
        Ok(Gather::Full)
    }

    /// Writes the rows of a batch; returns what became of each dump's records, in the batch's order.
    ///
    /// What a decoder cannot see, such as a name that the database does not know, is rejected here: before anything of
    /// the dump is written or anything is removed for it.
    ///
    /// Runs inside the transaction that also writes the ledger. The locks of the batch's scopes are held, so no
    /// other writer changes their rows. After an error the transaction is rolled back and this writer is dropped.
    fn write(
        &mut self,
        connection: &mut PgConnection,
        batch: Vec<PendingDump<'_, C>>,
    ) -> Result<Vec<Result<Counts, Rejection>>, WriteError>;
}

/// Whether a dump lands with those of its month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gather {
    /// It does.
    Taken,
    /// It has to land in a batch.
    Left,
    /// No more can.
    Full,
}

/// Why rows could not be written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The database's reason.
    #[error(transparent)]
    Database(#[from] diesel::result::Error),
    /// What a large dump or a month says is in scratch files, which cannot be written or read.
    #[error("cannot use a scratch file in {dir}: {0}", dir = std::env::temp_dir().display())]
    Scratch(io::Error),
}

/// A dump revision to be written.
pub struct PendingDump<'a, C> {
    /// Number of the revision in the ledger.
    pub dump_id: i32,
    /// Which dump it is.
    pub dump: &'a DumpName,
    /// Orders the revisions of one dump.
    pub revision: Revision,
    /// How it relates to other revisions of the same dump.
    pub role: Role,
    /// What it says.
    pub content: C,
}
