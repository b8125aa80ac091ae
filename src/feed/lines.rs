//! Reads a text line by line, with at most one of them in memory.

use std::io::{BufRead, BufReader, Read};

use crate::feed::DecodeError;

/// Longer lines are cut: it bounds the memory that a batch can use.
pub(super) const MAX_LINE_BYTES: usize = 1024 * 1024;

/// A text that is read from a stream.
pub(super) struct Lines<'r> {
    input: BufReader<&'r mut dyn Read>,
    line: Vec<u8>,
    /// Offset in the dump of what comes next, in bytes.
    offset: u64,
}

/// A line without its end.
#[derive(Clone, Copy)]
pub(super) struct Line<'l> {
    pub(super) bytes: &'l [u8],
    /// Offset in the dump where it begins, in bytes.
    pub(super) offset: u64,
    /// Whether it was longer than [`MAX_LINE_BYTES`].
    pub(super) is_cut: bool,
}

impl<'r> Lines<'r> {
    /// Reads from an input that begins at an offset in its dump, in bytes.
    pub(super) fn new(input: &'r mut dyn Read, offset: u64) -> Self {
        Self { input: BufReader::with_capacity(64 * 1024, input), line: Vec::new(), offset }
    }

    /// Offset in the dump of what comes next, in bytes.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// The next line; nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>, DecodeError> {
        let offset = self.offset;
        self.line.clear();
        let mut start = (&mut self.input).take(MAX_LINE_BYTES as u64);
        let read = start.read_until(b'\n', &mut self.line).map_err(DecodeError::Read)?;
        self.offset += read as u64;
        if read == 0 {
            return Ok(None);
        }
        let is_whole = self.line.pop_if(|last| *last == b'\n').is_some();
        let mut is_cut = false;
        if is_whole {
            self.line.pop_if(|last| *last == b'\r');
        } else if read == MAX_LINE_BYTES {
            let skipped = self.input.skip_until(b'\n').map_err(DecodeError::Read)?;
            self.offset += skipped as u64;
            is_cut = skipped > 0;
        }
        Ok(Some(Line { bytes: &self.line, offset, is_cut }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(mut text: &[u8]) -> Vec<(usize, u64, bool)> {
        let mut lines = Lines::new(&mut text, 0);
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push((line.bytes.len(), line.offset, line.is_cut));
        }
        found
    }

    #[test]
    fn lines_end_in_any_way_and_have_their_offset() {
        assert_eq!(lines(b""), []);
        assert_eq!(lines(b"a\n\nbc\r\nd"), [(1, 0, false), (0, 2, false), (2, 3, false), (1, 7, false)]);
    }

    #[test]
    fn long_lines_are_cut() {
        let text =
            [vec![b'x'; MAX_LINE_BYTES], b"\nab\n".to_vec(), vec![b'y'; 3 * MAX_LINE_BYTES], b"\nc".to_vec()];
        let (long, end) = (MAX_LINE_BYTES as u64, 4 * MAX_LINE_BYTES as u64);
        // The first is as long as can be, and only its end was skipped.
        assert_eq!(
            lines(&text.concat()),
            [
                (MAX_LINE_BYTES, 0, true),
                (2, long + 1, false),
                (MAX_LINE_BYTES, long + 4, true),
                (1, end + 5, false)
            ]
        );
    }
}
