//! What a dump says.

use crate::feed::{Content, RejectedRecord};

/// A temperature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Microseconds since 1970.
    pub at: i64,
    /// Thousandths of a degree Celsius.
    pub temperature: i32,
}

/// The content of one dump.
#[derive(Debug)]
pub struct ReadingsDump {
    /// One for each instant, in the order of time.
    pub readings: Vec<Reading>,
    /// Records that are equal to an earlier one.
    pub repeats: u64,
    /// Records that were rejected alone.
    pub rejected: Vec<RejectedRecord>,
}

impl Content for ReadingsDump {
    fn records(&self) -> u64 {
        self.readings.len() as u64 + self.repeats + self.rejected.len() as u64
    }

    fn size_in_memory(&self) -> usize {
        let raw: usize = self.rejected.iter().map(|record| record.raw.len()).sum();
        self.readings.capacity() * size_of::<Reading>()
            + self.rejected.capacity() * size_of::<RejectedRecord>()
            + raw
    }

    fn take_rejected(&mut self) -> Vec<RejectedRecord> {
        std::mem::take(&mut self.rejected)
    }
}
