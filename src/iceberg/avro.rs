//! As much of Avro's binary encoding as manifests take.
//!
//! <https://avro.apache.org/docs/1.12.0/specification/>

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde_json::Value;

/// Separates blocks: any 16 bytes will do. These do not depend on anything, so that the same records give the same file.
const SYNC_MARKER: &[u8; 16] = b"landfall-iceberg";

/// Values, one after another.
#[derive(Debug, Default)]
pub(super) struct Encoder(Vec<u8>);

impl Encoder {
    pub(super) fn long(&mut self, value: i64) -> &mut Self {
        let mut zigzag = ((value << 1) ^ (value >> 63)).cast_unsigned();
        while zigzag >= 0x80 {
            self.0.push((zigzag & 0x7f) as u8 | 0x80);
            zigzag >>= 7;
        }
        self.0.push(zigzag as u8);
        self
    }

    pub(super) fn int(&mut self, value: i32) -> &mut Self {
        self.long(value.into())
    }

    pub(super) fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.long(value.len() as i64);
        self.0.extend_from_slice(value);
        self
    }

    pub(super) fn text(&mut self, value: &str) -> &mut Self {
        self.bytes(value.as_bytes())
    }

    /// The value that follows is one of a union with null.
    pub(super) fn some(&mut self) -> &mut Self {
        self.long(1)
    }

    /// Ends an array or a map.
    pub(super) fn end(&mut self) -> &mut Self {
        self.long(0)
    }
}

/// A file of records that are encoded by its schema, with some metadata.
pub(super) fn file(schema: &Value, metadata: &[(&str, String)], records: &[Encoder]) -> io::Result<Vec<u8>> {
    let mut file = Encoder(b"Obj\x01".to_vec());
    file.long(metadata.len() as i64 + 2);
    file.text("avro.schema").text(&schema.to_string()).text("avro.codec").text("deflate");
    for (key, value) in metadata {
        file.text(key).text(value);
    }
    file.end();
    file.0.extend_from_slice(SYNC_MARKER);
    if !records.is_empty() {
        let mut block = DeflateEncoder::new(Vec::new(), Compression::default());
        records.iter().try_for_each(|record| block.write_all(&record.0))?;
        file.long(records.len() as i64).bytes(&block.finish()?);
        file.0.extend_from_slice(SYNC_MARKER);
    }
    Ok(file.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the specification.
    #[test]
    fn integers_are_zigzag_encoded() {
        for (value, bytes) in [
            (0, &[0x00][..]),
            (-1, &[0x01]),
            (1, &[0x02]),
            (-2, &[0x03]),
            (-64, &[0x7f]),
            (64, &[0x80, 0x01]),
            (i64::MIN, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
        ] {
            assert_eq!(Encoder::default().long(value).0, bytes, "{value}");
        }
        assert_eq!(Encoder::default().text("foo").0, b"\x06foo");
    }
}
