//! Why a body cannot be decompressed.

use std::io;

use thiserror::Error;

use super::format::Format;

/// Why a body cannot be decompressed: the reason for which its dump is rejected.
#[derive(Debug, Error)]
pub(super) enum CompressionError {
    #[error("the name ends in {suffix}, but the content is not compressed with {0}: correct the one or the other", suffix = .0.suffix())]
    NotAsNamed(Format),
    #[error(
        "the Content-Encoding is {0}, but the content is not compressed with {0}: correct the one or the other"
    )]
    NotAsEncoded(Format),
    #[error("the dump is cut off: what {0} compressed does not end")]
    CutOff(Format),
    #[error("bytes follow the end of what {0} compressed: deliver what {0} writes, and nothing else")]
    Trailing(Format),
    #[error("the dump is damaged: {format} cannot be undone ({cause})")]
    Damaged { format: Format, cause: String },
    #[error(
        "zstd needs a window of {window} bytes, more than {max}: compress it with a level up to 19, without --long"
    )]
    Window { window: u64, max: u64 },
    #[error("the content is more than {ratio} times as large as it is compressed: deliver it uncompressed")]
    Expansion { ratio: u64 },
}

impl From<CompressionError> for io::Error {
    fn from(error: CompressionError) -> Self {
        Self::other(error)
    }
}
