//! One price of one pool: the unit everything sorts, compares and stores.

use std::io::{self, Read, Write};

use super::external_sort::Spill;

/// Bytes of an observation in a scratch file.
const SCRATCH_BYTES: usize = 24;

/// A price, with its pool and its origin.
///
/// Pool and origin are numbers whose meaning changes on the way into the database, so each has its own type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Observation<Pool, Origin> {
    /// Index in the dump, or database id.
    pub pool: Pool,
    /// From when the price is valid, in microseconds since 1970.
    pub observed_at: i64,
    /// The record or the dump that it comes from.
    pub origin: Origin,
    /// Price in millionths of a dollar an hour.
    pub price: i64,
}

/// A price as recorded in a dump.
pub type Recorded = Observation<PoolIndex, RecordIndex>;

/// A price that a registered dump gives for a key.
pub(super) type Claim = Observation<PoolId, DumpRef>;

/// A price in the database.
pub(super) type Stored = Observation<PoolId, DumpId>;

/// Index of a pool in its dump's own list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PoolIndex(pub u32);

/// Index of a record in its dump, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordIndex(pub u32);

/// Database id of a pool, `spot_pools.id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct PoolId(pub(super) i32);

/// Index of a dump among those registered while a batch is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct DumpRef(pub(super) u32);

/// Database id of a dump revision, `ledger.id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct DumpId(pub(super) i32);

impl<Pool: Copy, Origin> Observation<Pool, Origin> {
    /// The key that has only one price: pool and instant.
    pub fn key(&self) -> (Pool, i64) {
        (self.pool, self.observed_at)
    }

    /// The same price with another origin.
    pub(super) fn with_origin<Other>(&self, origin: Other) -> Observation<Pool, Other> {
        Observation { pool: self.pool, observed_at: self.observed_at, origin, price: self.price }
    }
}

/// A number that scratch files hold in four bytes.
pub(super) trait Word: Copy + Ord {
    fn to_word(self) -> u32;
    fn from_word(word: u32) -> Self;
}

impl Word for PoolIndex {
    fn to_word(self) -> u32 {
        self.0
    }

    fn from_word(word: u32) -> Self {
        Self(word)
    }
}

impl Word for RecordIndex {
    fn to_word(self) -> u32 {
        self.0
    }

    fn from_word(word: u32) -> Self {
        Self(word)
    }
}

impl Word for PoolId {
    fn to_word(self) -> u32 {
        self.0.cast_unsigned()
    }

    fn from_word(word: u32) -> Self {
        Self(word.cast_signed())
    }
}

impl Word for DumpRef {
    fn to_word(self) -> u32 {
        self.0
    }

    fn from_word(word: u32) -> Self {
        Self(word)
    }
}

impl<Pool: Word, Origin: Word> Spill for Observation<Pool, Origin> {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut bytes = [0; SCRATCH_BYTES];
        bytes[..4].copy_from_slice(&self.pool.to_word().to_le_bytes());
        bytes[4..8].copy_from_slice(&self.origin.to_word().to_le_bytes());
        bytes[8..16].copy_from_slice(&self.observed_at.to_le_bytes());
        bytes[16..].copy_from_slice(&self.price.to_le_bytes());
        out.write_all(&bytes)
    }

    fn read(input: &mut impl Read) -> io::Result<Option<Self>> {
        let mut bytes = [0; SCRATCH_BYTES];
        match input.read_exact(&mut bytes) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        let [a, b, c, d, e, f, g, h, rest @ ..] = bytes;
        let (observed_at, price) = rest.split_at(8);
        Ok(Some(Self {
            pool: Pool::from_word(u32::from_le_bytes([a, b, c, d])),
            origin: Origin::from_word(u32::from_le_bytes([e, f, g, h])),
            observed_at: i64::from_le_bytes(eight(observed_at)),
            price: i64::from_le_bytes(eight(price)),
        }))
    }
}

fn eight(bytes: &[u8]) -> [u8; 8] {
    let mut array = [0; 8];
    array.copy_from_slice(bytes);
    array
}
