//! One price of one pool: the unit everything sorts, compares and stores.

use std::io::{self, Read, Write};

/// A price record, with its pool as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Observation {
    /// Pool: its place in the dump's own list, later its number in the database.
    pub pool: u32,
    /// From when the price holds, in microseconds since 1970.
    pub observed_at: i64,
    /// Who says so: the record's index in its dump, later the dump's place in its batch.
    pub origin: u32,
    /// Price in millionths of a dollar an hour.
    pub price: i64,
}

impl Observation {
    /// Bytes of one observation in a scratch file.
    pub(super) const BYTES: usize = 24;

    /// What there can be only one price for.
    pub fn key(&self) -> (u32, i64) {
        (self.pool, self.observed_at)
    }

    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&self.pool.to_le_bytes())?;
        out.write_all(&self.origin.to_le_bytes())?;
        out.write_all(&self.observed_at.to_le_bytes())?;
        out.write_all(&self.price.to_le_bytes())
    }

    /// The next observation, or nothing at the end.
    pub(super) fn read(input: &mut impl Read) -> io::Result<Option<Self>> {
        let mut bytes = [0; Self::BYTES];
        match input.read_exact(&mut bytes) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error),
        }
        let [a, b, c, d, e, f, g, h, rest @ ..] = bytes;
        let (observed_at, price) = rest.split_at(8);
        Ok(Some(Self {
            pool: u32::from_le_bytes([a, b, c, d]),
            origin: u32::from_le_bytes([e, f, g, h]),
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
