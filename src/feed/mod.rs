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

    /// Takes back the rows of a dump whose word stands; answers how many, or nothing if the dumps
    /// of this feed cannot be withdrawn.
    ///
    /// Runs inside the transaction that also changes the ledger, under the feed's lock.
    fn withdraw(&self, _connection: &mut PgConnection, _dump_id: i32) -> QueryResult<Option<i64>> {
        Ok(None)
    }
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
        "cannot set the dump aside for sorting, which a large dump needs: {0}; free some space, or name another directory in TMPDIR"
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
    /// The revision that a ledger entry stands for.
    pub fn of_entry(modified_at: DateTime<Utc>, sha256: Option<&[u8]>) -> Self {
        Self {
            modified_at: modified_at.timestamp_micros(),
            // Only a key that was rejected unread has no hash, and it is no revision of anything.
            sha256: sha256.and_then(|sha256| sha256.try_into().ok()).unwrap_or_default(),
        }
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
