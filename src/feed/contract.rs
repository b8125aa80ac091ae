//! What the engine asks of a feed.

use std::io::{self, Read};
use std::ops::AddAssign;

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use thiserror::Error;

use super::dump::{Content, DumpName, KeyMatch};
use super::rejection::{DecodeError, Rejection};
use crate::ledger::Period;

/// A kind of dump, whatever its content is.
pub trait Feed: Sync {
    /// Name of the feed in the ledger and in reports.
    fn name(&self) -> &'static str;

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
    type Writer: Writer<Self::Content>;

    /// Reads and validates a whole dump in bounded memory, whatever its size.
    ///
    /// Pure: a reader in, content out.
    fn decode(&self, dump: &DumpName, body: &mut dyn Read) -> Result<Self::Content, DecodeError>;

    /// A new writer, which keeps between batches what it would otherwise look up again.
    fn writer(&self) -> Self::Writer;
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

/// Why rows could not be written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The database's reason.
    #[error(transparent)]
    Database(#[from] diesel::result::Error),
    /// The content of a large dump is in a scratch file, which cannot be read.
    #[error("cannot read a scratch file in {dir}: {0}", dir = std::env::temp_dir().display())]
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

/// How a revision relates to the others of its dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The first of its dump.
    First,
    /// Replaces the revision with this ledger number.
    Replaces(i32),
    /// A newer revision was imported before it.
    Outdated,
    /// A newer revision was withdrawn before it came, and with it the dump: nothing of it counts.
    Withdrawn,
}

impl Role {
    /// Whether the revision is the current one of its dump once it is imported.
    pub fn is_current(self) -> bool {
        matches!(self, Role::First | Role::Replaces(_))
    }
}

/// Orders the revisions of a dump: the later modified one is newer, equal times are settled by the bytes' hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision {
    /// Modification time in microseconds since 1970.
    pub modified_at: i64,
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
}

impl Revision {
    /// The revision that a ledger entry is about; nothing if the entry has no hash, as one whose key was
    /// rejected unread: it is no revision of anything.
    pub fn of_entry(modified_at: DateTime<Utc>, sha256: Option<&[u8]>) -> Option<Self> {
        let sha256 = sha256?.try_into().ok()?;
        Some(Self { modified_at: modified_at.timestamp_micros(), sha256 })
    }
}

/// Rows that a withdrawal removed and restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WithdrawnRows {
    /// Rows of the dump that were removed.
    pub removed: i64,
    /// Rows that are there again, since other dumps have claims on the same keys.
    pub restored: i64,
    /// Deferred claims of the dump, which had lost to other dumps, that were removed.
    pub deferred: i64,
}

/// How many records of a dump had which effect. All but `removed` add up to the records of the dump.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows added.
    pub new: i64,
    /// Records equal to what was stored already.
    pub repeated: i64,
    /// Records that give a row another value than another dump does.
    pub disagreeing: i64,
    /// Records of the dump's own period that a newer revision had already replaced.
    pub outdated: i64,
    /// Records that were rejected alone. The engine counts them.
    pub rejected: i64,
    /// Rows of the replaced revision that were removed, less those that claims of other dumps keep.
    pub removed: i64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.repeated += other.repeated;
        self.disagreeing += other.disagreeing;
        self.outdated += other.outdated;
        self.rejected += other.rejected;
        self.removed += other.removed;
    }
}
