//! What a dump means: which keys are dumps, how bytes become rows, which rule lands them.
//!
//! To add a feed, write a folder beside `spot` and name it in [`FEEDS`].

mod frame;
pub mod freight;
mod refusal;
#[cfg(test)]
mod samples;
mod signature;
pub mod spot;
mod text;

use std::any::Any;
use std::io::{self, Read};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{PgConnection, QueryResult};
use thiserror::Error;

pub use refusal::{Refusal, Rejection};

/// Every feed Landfall knows.
pub const FEEDS: &[&dyn Feed] = &[&spot::Spot, &freight::Freight];

/// A kind of dump.
pub trait Feed: Sync {
    /// Name of the feed in the ledger and in reports.
    fn name(&self) -> &'static str;

    /// What an object's key is to this feed.
    fn claim(&self, key: &str) -> Claim;

    /// Reads and validates a whole dump in bounded memory, whatever its size.
    ///
    /// Pure: a reader in, content out.
    fn decode(&self, dump: &DumpName, body: &mut dyn Read) -> Result<Box<dyn Content>, DecodeError>;

    /// A new lander, which keeps between batches what it would otherwise look up again.
    fn lander(&self) -> Box<dyn Lander>;

    /// Makes up for what versions before this one did not do when they landed dumps, such as summaries.
    ///
    /// Called before each run, outside any transaction: it opens its own, under the feed's lock. Cheap where
    /// there is nothing to do.
    fn catch_up(&self, _connection: &mut PgConnection) -> QueryResult<()> {
        Ok(())
    }

    /// Takes back all that a dump brought, given the ledger numbers of all its revisions.
    ///
    /// Runs inside the transaction that also changes the ledger, where the dump counts as withdrawn by
    /// now; the feed's lock is held.
    fn withdraw(&self, connection: &mut PgConnection, revisions: &[i32]) -> QueryResult<TakenBack>;
}

/// What a key is to a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// No dump of this feed.
    Foreign,
    /// Meant as a dump of this feed, but its key breaks the grammar; the text says how.
    Malformed(String),
    /// A dump of this feed.
    Dump(DumpName),
}

/// What identifies a dump, wherever it lies.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DumpName {
    /// Market the dump is about, in feeds whose dumps have one. Dumps land in the order of these fields.
    pub market: Option<Market>,
    /// UTC day the dump belongs to, in feeds whose dumps have one.
    pub day: Option<NaiveDate>,
    /// Name of the dump, unique in its feed.
    pub name: String,
}

/// An AWS account and region.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Market {
    /// AWS account the dump was made for, 12 digits.
    pub account_id: String,
    /// AWS region.
    pub region: String,
}

/// The validated content of one dump.
pub trait Content: Any + Send {
    /// Records in the dump, exact repeats included.
    fn records(&self) -> u64;

    /// Room it takes in memory or in scratch files, in bytes.
    fn weight(&self) -> usize;
}

/// Why a dump has no content.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// The dump itself is wrong: it will be refused again however often it is read.
    #[error("{0}")]
    Rejected(Refusal),
    /// Its bytes could not be read to the end.
    #[error("cannot read the dump: {0}")]
    Read(io::Error),
    /// This machine could not hold it, for want of disk for instance.
    #[error(
        "cannot set the dump aside for sorting, which a large dump needs, in {dir}: {0}; free some space, or name another directory in TMPDIR",
        dir = std::env::temp_dir().display()
    )]
    Scratch(io::Error),
}

impl From<Rejection> for DecodeError {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection.into())
    }
}

/// Lands batches of one feed's dumps.
pub trait Lander {
    /// Writes the rows of a batch; answers what came of each dump, in the batch's order.
    ///
    /// What a decoder cannot see, such as a name the database does not know, is refused here: a
    /// lander refuses a dump before it has written anything of it or taken anything away for it.
    ///
    /// Runs inside the transaction that also writes the ledger. The feed's lock is held, so no
    /// other lander of the feed is at work. After an error the transaction is rolled back and
    /// this lander is thrown away.
    fn land(
        &mut self,
        connection: &mut PgConnection,
        batch: Vec<Landing<'_>>,
    ) -> QueryResult<Vec<Result<Counts, Refusal>>>;
}

/// A dump revision on its way into the database.
pub struct Landing<'a> {
    /// Number of the revision in the ledger.
    pub dump_id: i32,
    /// Which dump it is.
    pub dump: &'a DumpName,
    /// Orders the revisions of one dump.
    pub revision: Revision,
    /// How it stands to other revisions of the same dump.
    pub role: Role,
    /// What it says.
    pub content: Box<dyn Content>,
}

/// How a revision stands to the others of its dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The first of its dump.
    First,
    /// Takes the place of the revision with this ledger number.
    Replaces(i32),
    /// A newer revision has landed before it.
    Outdated,
    /// A newer revision was withdrawn before it came, and with it the dump: nothing of it counts.
    Withdrawn,
}

impl Role {
    /// Whether the revision is the current one of its dump once it has landed.
    pub fn is_current(self) -> bool {
        matches!(self, Role::First | Role::Replaces(_))
    }
}

/// What a withdrawal took back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakenBack {
    /// Rows of the dump that were removed.
    pub removed: i64,
    /// Rows that are there again, since other dumps have claims on the same keys.
    pub restored: i64,
    /// Deferred claims of the dump, which had lost to other dumps, that were removed.
    pub deferred: i64,
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
    /// The revision that a ledger entry stands for; nothing if the entry has no hash, as one whose key was
    /// rejected unread: it is no revision of anything.
    pub fn of_entry(modified_at: DateTime<Utc>, sha256: Option<&[u8]>) -> Option<Self> {
        let sha256 = sha256?.try_into().ok()?;
        Some(Self { modified_at: modified_at.timestamp_micros(), sha256 })
    }
}

/// What came of a dump's records. All but `removed` add up to the records of the dump.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows added.
    pub new: i64,
    /// Records that said what was said already.
    pub repeated: i64,
    /// Records that give a row another price than another dump does.
    pub disagreeing: i64,
    /// Records of the dump's own day that a newer revision had already replaced.
    pub outdated: i64,
    /// Rows of the replaced revision taken away, less those that another dump's word still keeps.
    pub removed: i64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.repeated += other.repeated;
        self.disagreeing += other.disagreeing;
        self.outdated += other.outdated;
        self.removed += other.removed;
    }
}
