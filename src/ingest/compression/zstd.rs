//! Undoes zstd.

use std::io::{self, BufRead, Read};

use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::error::CompressionError;
use super::format::{Format, SIGNATURE_BYTES, is_skippable_frame};
use super::input::Input;

/// The largest window, in bytes, which a decoder holds in memory: as much as RFC 8878 wants every decoder to support,
/// and RFC 9659 allows in `Content-Encoding`.
const MAX_WINDOW: u64 = 8 * 1024 * 1024;

/// Decompresses a file of zstd: frames, one after the other, and nothing else.
pub(super) struct Zstd<'r> {
    input: Input<'r>,
    decoder: FrameDecoder,
    /// Bytes of the current frame that were decompressed; nothing between frames.
    in_frame: Option<u64>,
}

impl<'r> Zstd<'r> {
    pub(super) fn new(input: Input<'r>) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MAX_WINDOW);
        Self { input, decoder, in_frame: None }
    }

    /// Begins the next frame; false at the end.
    fn next_frame(&mut self) -> io::Result<bool> {
        loop {
            let next = match self.input.peek(SIGNATURE_BYTES) {
                Ok(next) => next,
                Err(error) => return Err(self.input.explain(&error)),
            };
            match next {
                [] => return Ok(false),
                next if is_skippable_frame(next) => self.skip_frame()?,
                next if Format::Zstd.may_begin(next) => {
                    self.decoder.reset(&mut self.input).map_err(|error| self.explain(&error))?;
                    self.in_frame = Some(0);
                    return Ok(true);
                }
                _ => return Err(CompressionError::Trailing(Format::Zstd).into()),
            }
        }
    }

    /// Passes over a skippable frame, which has a length and bytes for other programs.
    fn skip_frame(&mut self) -> io::Result<()> {
        let mut header = [0; 8];
        self.input.read_exact(&mut header).map_err(|error| self.input.explain(&error))?;
        let [_, _, _, _, length @ ..] = header;
        let mut left = u32::from_le_bytes(length) as usize;
        while left > 0 {
            let waiting = match self.input.fill_buf() {
                Ok(waiting) => waiting.len(),
                Err(error) => return Err(self.input.explain(&error)),
            };
            if waiting == 0 {
                return Err(CompressionError::CutOff(Format::Zstd).into());
            }
            let skipped = waiting.min(left);
            self.input.consume(skipped);
            left -= skipped;
        }
        Ok(())
    }

    /// Checks a frame that was decompressed: the library does not.
    fn check_frame(&self, size: u64) -> io::Result<()> {
        let checksum = self.decoder.get_checksum_from_data();
        let cause = if checksum.is_some() && checksum != self.decoder.get_calculated_checksum() {
            "its checksum is wrong"
        } else if self.decoder.content_size() != 0 && self.decoder.content_size() != size {
            "it has another size than its header says"
        } else {
            return Ok(());
        };
        Err(CompressionError::Damaged { format: Format::Zstd, cause: cause.to_owned() }.into())
    }

    fn explain(&mut self, error: &FrameDecoderError) -> io::Error {
        match *error {
            FrameDecoderError::WindowSizeTooBig { requested, max } => {
                CompressionError::Window { window: requested, max }.into()
            }
            ref other => self.input.explain(other),
        }
    }
}

impl Read for Zstd<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let Some(size) = self.in_frame else {
                if self.next_frame()? {
                    continue;
                }
                return Ok(0);
            };
            let read = self.decoder.read(buffer)?;
            if read > 0 {
                self.in_frame = Some(size + read as u64);
                return Ok(read);
            }
            if self.decoder.is_finished() {
                self.check_frame(size)?;
                self.in_frame = None;
            } else if let Err(error) =
                self.decoder.decode_blocks(&mut self.input, BlockDecodingStrategy::UptoBlocks(1))
            {
                return Err(self.explain(&error));
            }
        }
    }
}
