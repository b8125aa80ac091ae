//! Sorts values that may be too many for memory.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::vec;

/// Of each run, while they are merged.
const BUFFER_BYTES: usize = 32 * 1024;

/// A value that scratch files can hold.
pub(super) trait Spill: Copy + Ord {
    /// Writes it in a form of fixed length.
    fn write(&self, out: &mut impl Write) -> io::Result<()>;

    /// The next value, or nothing at the end.
    fn read(input: &mut impl Read) -> io::Result<Option<Self>>;
}

/// Takes values in any order. Each run of so many is sorted in memory, and written to a scratch file once another begins.
pub(super) struct ExternalSort<T> {
    run_length: usize,
    run: Vec<T>,
    spilled: Vec<File>,
}

impl<T: Spill> ExternalSort<T> {
    pub(super) fn new(run_length: usize) -> Self {
        Self { run_length, run: Vec::new(), spilled: Vec::new() }
    }

    pub(super) fn push(&mut self, value: T) -> io::Result<()> {
        if self.run.len() == self.run_length {
            self.spill()?;
        }
        self.run.push(value);
        Ok(())
    }

    /// All values so far, unsorted, unless some are in scratch files.
    pub(super) fn in_memory(&mut self) -> Option<&mut Vec<T>> {
        self.spilled.is_empty().then_some(&mut self.run)
    }

    /// The values in order.
    pub(super) fn finish(mut self) -> io::Result<Merged<T>> {
        let mut merged =
            Merged { runs: Vec::with_capacity(self.spilled.len() + 1), heads: BinaryHeap::new() };
        for file in self.spilled {
            merged.add(Run::Scratch(BufReader::with_capacity(BUFFER_BYTES, file)))?;
        }
        // Those that came in order already are merged instead of sorted from scratch.
        self.run.sort();
        merged.add(Run::Memory(self.run.into_iter()))?;
        Ok(merged)
    }

    fn spill(&mut self) -> io::Result<()> {
        self.run.sort();
        let mut out = BufWriter::with_capacity(BUFFER_BYTES, tempfile::tempfile()?);
        self.run.iter().try_for_each(|value| value.write(&mut out))?;
        let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.spilled.push(file);
        self.run.clear();
        Ok(())
    }
}

/// Values in order, from sorted runs.
pub(super) struct Merged<T> {
    runs: Vec<Run<T>>,
    /// The next value of each run, with the index of the run.
    heads: BinaryHeap<Reverse<(T, usize)>>,
}

enum Run<T> {
    Memory(vec::IntoIter<T>),
    Scratch(BufReader<File>),
}

impl<T: Spill> Run<T> {
    fn next(&mut self) -> io::Result<Option<T>> {
        match self {
            Run::Memory(values) => Ok(values.next()),
            Run::Scratch(file) => T::read(file),
        }
    }
}

impl<T: Spill> Merged<T> {
    fn add(&mut self, mut run: Run<T>) -> io::Result<()> {
        if let Some(head) = run.next()? {
            self.heads.push(Reverse((head, self.runs.len())));
            self.runs.push(run);
        }
        Ok(())
    }
}

impl<T: Spill> Iterator for Merged<T> {
    type Item = io::Result<T>;

    fn next(&mut self) -> Option<io::Result<T>> {
        let mut head = self.heads.peek_mut()?;
        let Reverse((value, run)) = *head;
        match self.runs[run].next() {
            Ok(Some(next)) => *head = Reverse((next, run)),
            Ok(None) => drop(PeekMut::pop(head)),
            Err(error) => return Some(Err(error)),
        }
        Some(Ok(value))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{PoolIndex, RecordIndex, Recorded};
    use super::*;

    proptest! {
        #[test]
        fn runs_in_scratch_files_are_merged(
            keys in prop::collection::vec((0_u32..4, -6_i64..6, any::<i64>()), 0..60),
            run_length in 1_usize..20,
        ) {
            let mut values: Vec<Recorded> = keys
                .iter()
                .zip(0..)
                .map(|(&(pool, observed_at, price), origin)| Recorded {
                    pool: PoolIndex(pool),
                    observed_at,
                    origin: RecordIndex(origin),
                    price,
                })
                .collect();
            let mut sort = ExternalSort::new(run_length);
            values.iter().try_for_each(|value| sort.push(*value))?;
            prop_assert_eq!(sort.in_memory().is_some(), values.len() <= run_length);
            let sorted: Vec<_> = sort.finish()?.collect::<io::Result<_>>()?;
            values.sort();
            prop_assert_eq!(sorted, values);
        }
    }
}
