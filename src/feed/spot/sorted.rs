//! Puts a dump's observations in order, on disk where there are too many for memory.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek};
use std::iter;

use thiserror::Error;

use super::Recorded;
use super::external_sort::{ExternalSort, Spill};

/// Observations that are sorted in memory: 3 MiB of them. The largest real dumps have half as many.
pub(super) const MAX_RUN_LENGTH: usize = 128 * 1024;

/// Sorts observations that come in any order.
pub(super) struct Sorter(ExternalSort<Recorded>);

/// Observations in the order of their keys, each key once.
pub(super) enum Sorted {
    Memory(Vec<Recorded>),
    Scratch(Scratch),
}

/// Why observations could not be put in order.
#[derive(Debug, Error)]
pub(super) enum SortError {
    #[error("two prices for one pool and instant")]
    Conflict(Recorded, Recorded),
    #[error(transparent)]
    Scratch(#[from] io::Error),
}

impl Sorter {
    pub(super) fn new(run_length: usize) -> Self {
        Self(ExternalSort::new(run_length))
    }

    pub(super) fn push(&mut self, observation: Recorded) -> Result<(), SortError> {
        Ok(self.0.push(observation)?)
    }

    /// All observations, unless some were spilled to disk.
    ///
    /// With pools numbered in the order of their names, as the database numbers them too, the order here is the order
    /// there.
    pub(super) fn in_memory(&mut self) -> Option<&mut Vec<Recorded>> {
        self.0.in_memory()
    }

    /// The observations in order, exact repeats collapsed.
    pub(super) fn finish(mut self) -> Result<Sorted, SortError> {
        if let Some(run) = self.0.in_memory() {
            let mut run = std::mem::take(run);
            collapse(&mut run)?;
            // It may wait in memory with many others.
            run.shrink_to_fit();
            return Ok(Sorted::Memory(run));
        }
        let mut out = BufWriter::with_capacity(64 * 1024, tempfile::tempfile()?);
        let mut length = 0;
        let mut last: Option<Recorded> = None;
        for observation in self.0.finish()? {
            let observation = observation?;
            if is_repeat(last, observation)? {
                continue;
            }
            observation.write(&mut out)?;
            length += 1;
            last = Some(observation);
        }
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Sorted::Scratch(Scratch { file, length }))
    }
}

/// Sorts observations and collapses exact repeats.
fn collapse(run: &mut Vec<Recorded>) -> Result<(), SortError> {
    run.sort_unstable();
    let mut last = None;
    let mut conflict = None;
    run.retain(|observation| match is_repeat(last, *observation) {
        Ok(true) => false,
        Ok(false) => {
            last = Some(*observation);
            true
        }
        Err(error) => {
            conflict.get_or_insert(error);
            true
        }
    });
    conflict.map_or(Ok(()), Err)
}

fn is_repeat(last: Option<Recorded>, next: Recorded) -> Result<bool, SortError> {
    match last {
        Some(last) if last.key() == next.key() => {
            if last.price == next.price {
                Ok(true)
            } else {
                Err(SortError::Conflict(last, next))
            }
        }
        _ => Ok(false),
    }
}

impl Sorted {
    pub(super) fn len(&self) -> u64 {
        match self {
            Sorted::Memory(observations) => observations.len() as u64,
            Sorted::Scratch(scratch) => scratch.length,
        }
    }
}

/// A sorted dump on disk, in an unnamed file that is deleted when this is dropped.
pub(super) struct Scratch {
    file: File,
    length: u64,
}

impl Scratch {
    /// The observations from the first on, in chunks of at most the given length.
    pub(super) fn chunks(
        &self,
        length: usize,
    ) -> io::Result<impl Iterator<Item = io::Result<Vec<Recorded>>>> {
        (&self.file).rewind()?;
        let mut input = BufReader::with_capacity(64 * 1024, &self.file);
        Ok(iter::from_fn(move || {
            let chunk: io::Result<Vec<_>> =
                (0..length).map_while(|_| Recorded::read(&mut input).transpose()).collect();
            Some(chunk).filter(|chunk| !matches!(chunk, Ok(chunk) if chunk.is_empty()))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    use super::super::{PoolIndex, RecordIndex};

    fn sort(observations: &[Recorded], run_length: usize) -> Result<Vec<Recorded>, SortError> {
        let mut sorter = Sorter::new(run_length);
        for observation in observations {
            sorter.push(*observation)?;
        }
        let sorted = sorter.finish()?;
        let all = match &sorted {
            Sorted::Memory(observations) => observations.clone(),
            Sorted::Scratch(scratch) => scratch.chunks(3)?.collect::<io::Result<Vec<_>>>()?.concat(),
        };
        assert_eq!(all.len() as u64, sorted.len());
        Ok(all)
    }

    proptest! {
        #[test]
        fn scratch_files_give_what_memory_gives(
            keys in prop::collection::vec((0_u32..4, 0_i64..6, 0_i64..50), 0..60),
            run_length in 1_usize..20,
            conflicting: bool,
        ) {
            let observations: Vec<_> = keys
                .iter()
                .zip(0..)
                .map(|(&(pool, observed_at, price), origin)| Recorded {
                    pool: PoolIndex(pool),
                    observed_at,
                    origin: RecordIndex(origin),
                    // Without conflicts, the price follows from the key.
                    price: if conflicting { price } else { observed_at * 7 },
                })
                .collect();
            match (sort(&observations, usize::MAX), sort(&observations, run_length)) {
                (Ok(memory), Ok(scratch)) => {
                    let values = |sorted: &[Recorded]| -> Vec<_> {
                        sorted.iter().map(|o| (o.key(), o.price)).collect()
                    };
                    prop_assert_eq!(values(&memory), values(&scratch));
                    prop_assert!(memory.windows(2).all(|pair| pair[0].key() < pair[1].key()));
                    let keys: std::collections::BTreeSet<_> = observations.iter().map(Recorded::key).collect();
                    prop_assert_eq!(memory.len(), keys.len());
                }
                (Err(SortError::Conflict(a, b)), Err(SortError::Conflict(c, d))) => {
                    prop_assert!(a.key() == b.key() && a.price != b.price);
                    prop_assert!(c.key() == d.key() && c.price != d.price);
                }
                other => prop_assert!(false, "one saw a conflict, the other did not: {:?}", other.0.is_ok()),
            }
        }
    }
}
