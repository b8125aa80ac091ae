//! Stores a batch's prices in their order, on disk if there are too many for memory.

use std::io::{self, BufReader, BufWriter, Seek};
use std::{fmt, iter};

use tempfile::SpooledTempFile;

use super::price::Price;

/// Bytes of prices that a batch may have in memory: 262,144 prices.
const MAX_MEMORY_BYTES: usize = 262_144 * Price::BYTES;

/// Writes prices.
pub(super) struct SpillFile {
    out: BufWriter<SpooledTempFile>,
    length: u64,
}

/// The prices of a batch, in memory or in an unnamed file that is deleted when this is dropped.
pub(super) struct Prices {
    file: SpooledTempFile,
    length: u64,
}

impl SpillFile {
    pub(super) fn new() -> Self {
        let file = tempfile::spooled_tempfile(MAX_MEMORY_BYTES);
        Self { out: BufWriter::with_capacity(64 * 1024, file), length: 0 }
    }

    pub(super) fn push(&mut self, price: Price) -> io::Result<()> {
        self.length += 1;
        price.write(&mut self.out)
    }

    pub(super) fn finish(self) -> io::Result<Prices> {
        let file = self.out.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Prices { file, length: self.length })
    }
}

impl Prices {
    pub(super) fn len(&self) -> u64 {
        self.length
    }

    /// Bytes in memory or on disk.
    pub(super) fn size_in_memory(&self) -> usize {
        self.length as usize * Price::BYTES
    }

    /// The prices from the first on, in chunks of at most the given length.
    pub(super) fn chunks(&mut self, length: u64) -> io::Result<impl Iterator<Item = io::Result<Vec<Price>>>> {
        self.file.rewind()?;
        let mut remaining = self.length;
        let mut input = BufReader::with_capacity(64 * 1024, &mut self.file);
        Ok(iter::from_fn(move || {
            let chunk = remaining.min(length);
            remaining -= chunk;
            (chunk > 0).then(|| (0..chunk).map(|_| Price::read(&mut input)).collect())
        }))
    }
}

impl fmt::Debug for Prices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} prices", self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::super::code::PortCode;
    use super::*;

    #[test]
    fn prices_come_back_in_their_order_from_memory_and_from_disk() {
        let price = |number: i32| Price {
            orig: PortCode::of_number(number.cast_unsigned()),
            dest: PortCode::of_number(7),
            day: -number,
            price: number,
        };
        for count in [0, 1, 5, 300_000] {
            let mut spill = SpillFile::new();
            (0..count).for_each(|number| spill.push(price(number)).unwrap());
            let mut prices = spill.finish().unwrap();
            assert_eq!(prices.len(), count as u64);
            // Twice, as when a batch is read again.
            for length in [2, 100_000] {
                let read: Vec<_> = prices.chunks(length).unwrap().collect::<io::Result<_>>().unwrap();
                assert_eq!(read.concat(), (0..count).map(price).collect::<Vec<_>>());
            }
        }
    }
}
