//! The encoded rows of an object, in pieces that neither grow nor move.

/// Bytes of a piece. One buffer that doubles as it grows holds up to twice its rows, three times while it is copied, and what
/// it leaves behind is of no use to the next one.
const PIECE_BYTES: usize = 64 * 1024;

/// Encoded rows.
#[derive(Debug, Default)]
pub(super) struct EncodedRows {
    pieces: Vec<Vec<u8>>,
    /// Space of the pieces, in bytes.
    capacity: usize,
    /// The row that is being encoded.
    row: Vec<u8>,
}

/// Where a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    piece: u32,
    begin: u32,
    /// In bytes.
    length: u32,
}

impl EncodedRows {
    /// Begins a row of about so many bytes; one that was begun before and not added is gone.
    pub(super) fn begin(&mut self, bytes: usize) -> &mut Vec<u8> {
        self.row.clear();
        self.row.reserve(bytes);
        &mut self.row
    }

    /// Adds the row that was begun. No row is longer than a few lines.
    pub(super) fn add(&mut self) -> Place {
        let length = self.row.len();
        let has_room = |piece: &Vec<u8>| piece.capacity() - piece.len() >= length;
        if !self.pieces.last().is_some_and(has_room) {
            // An object of one event is nothing unusual, and a single one is checked without any object.
            let least = if self.pieces.is_empty() { 0 } else { PIECE_BYTES };
            let piece = Vec::with_capacity(length.max(least));
            self.capacity += piece.capacity();
            self.pieces.push(piece);
        }
        let number = self.pieces.len() - 1;
        let piece = &mut self.pieces[number];
        let begin = piece.len();
        piece.extend_from_slice(&self.row);
        Place { piece: number as u32, begin: begin as u32, length: length as u32 }
    }

    /// A row that was added.
    pub(super) fn row(&self, place: &Place) -> &[u8] {
        let begin = place.begin as usize;
        &self.pieces[place.piece as usize][begin..begin + place.length as usize]
    }

    /// Space in memory, in bytes.
    pub(super) fn capacity(&self) -> usize {
        self.capacity + self.row.capacity() + self.pieces.capacity() * size_of::<Vec<u8>>()
    }

    /// Gives back the room for more rows.
    pub(super) fn shrink(&mut self) {
        self.row = Vec::new();
        if let Some(last) = self.pieces.last_mut() {
            self.capacity -= last.capacity();
            last.shrink_to_fit();
            self.capacity += last.capacity();
        }
        self.pieces.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(rows: &mut EncodedRows, row: &[u8]) -> Place {
        rows.begin(row.len()).extend_from_slice(row);
        rows.add()
    }

    #[test]
    fn rows_are_found_whatever_their_length() {
        let lengths = [0, 1, 300, PIECE_BYTES, PIECE_BYTES - 1, 1, 1, 3 * PIECE_BYTES, 0, 300, PIECE_BYTES];
        let row = |number: usize| vec![number as u8; lengths[number]];
        let mut rows = EncodedRows::default();
        let places: Vec<Place> = (0..lengths.len()).map(|number| add(&mut rows, &row(number))).collect();
        // What was begun and not added leaves nothing.
        rows.begin(9).extend_from_slice(b"not valid");
        let last = add(&mut rows, b"valid");
        rows.shrink();
        for (number, place) in places.iter().enumerate() {
            assert_eq!(rows.row(place), row(number), "{number}");
        }
        assert_eq!(rows.row(&last), b"valid");
    }

    #[test]
    fn memory_is_that_of_the_rows() {
        let mut rows = EncodedRows::default();
        let (count, row) = (100_000, [7; 220]);
        for number in 1..=count {
            add(&mut rows, &row);
            let stored = number * row.len();
            // The end of each piece, the last one, and the list of pieces.
            assert!(rows.capacity() <= stored + stored / 100 + PIECE_BYTES + 4096, "{number}");
        }
        let mut few = EncodedRows::default();
        add(&mut few, &row);
        few.shrink();
        assert!(few.capacity() < 2 * row.len(), "{}", few.capacity());
    }
}
