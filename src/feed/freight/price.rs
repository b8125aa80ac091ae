//! One price between two ports on one day.

use std::io::{self, Read, Write};

use super::code::PortCode;

/// A price in 16 bytes, since a batch may have millions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Price {
    pub(super) orig: PortCode,
    pub(super) dest: PortCode,
    /// Days since 1970-01-01.
    pub(super) day: i32,
    /// Never negative.
    pub(super) price: i32,
}

impl Price {
    /// Bytes of one price in a scratch file.
    pub(super) const BYTES: usize = 16;

    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&self.orig.number().to_le_bytes())?;
        out.write_all(&self.dest.number().to_le_bytes())?;
        out.write_all(&self.day.to_le_bytes())?;
        out.write_all(&self.price.to_le_bytes())
    }

    /// The next price; an error at the end of the input.
    pub(super) fn read(input: &mut impl Read) -> io::Result<Self> {
        let mut four = || {
            let mut bytes = [0; 4];
            input.read_exact(&mut bytes).map(|()| bytes)
        };
        Ok(Self {
            orig: PortCode::of_number(u32::from_le_bytes(four()?)),
            dest: PortCode::of_number(u32::from_le_bytes(four()?)),
            day: i32::from_le_bytes(four()?),
            price: i32::from_le_bytes(four()?),
        })
    }
}
