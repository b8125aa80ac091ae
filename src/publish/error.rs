//! Why publishing ended early. The table is as it was then, and readers go on with it.

use std::io;

use thiserror::Error;

use crate::feed::WriteRowsError;
use crate::sink::SinkError;

/// Why publishing ended early.
#[derive(Debug, Error)]
pub enum PublishError {
    /// A query failed.
    #[error("cannot query the database")]
    Database(#[from] diesel::result::Error),
    /// A file of rows cannot be made.
    #[error(transparent)]
    Rows(#[from] WriteRowsError),
    /// A scratch file cannot be written.
    #[error("cannot write a scratch file in {dir}: {0}", dir = std::env::temp_dir().display())]
    Scratch(#[from] io::Error),
    /// The destination cannot be written.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// What the ledger has of files cannot be read.
    #[error("lake_files has bounds that are not valid: {0}")]
    Bounds(#[from] serde_json::Error),
    /// A part's name is not one of this version.
    #[error("feed_parts has a part of {feed} that this version does not know: {part}; update Landfall")]
    UnknownPart {
        /// The feed.
        feed: &'static str,
        /// Its name.
        part: String,
    },
    /// The table is elsewhere.
    #[error(
        "the table {feed} of the catalog `{catalog}` is in {destination}: publish it there, or choose another catalog with --catalog"
    )]
    OtherDestination {
        /// The catalog.
        catalog: String,
        /// The feed.
        feed: &'static str,
        /// Where it is.
        destination: String,
    },
    /// The folder is that of another table.
    #[error(
        "{folder} has the table of another catalog or database: publish to another place. If that one is gone for good, empty the folder first"
    )]
    OtherTable {
        /// Where it is, as a URL.
        folder: String,
    },
    /// Files that were published are not there.
    #[error(
        "the files of the table are not in {folder} any more: mount or restore what was there, or write everything again with --full"
    )]
    Lost {
        /// Where they were, as a URL.
        folder: String,
    },
    /// Somebody else wrote to the table, or made one of that name.
    #[error(
        "another program has changed the table feeds.{feed} of the catalog `{catalog}`: only Landfall may write it. Nothing was published; \
         to go on from what Landfall published last, set metadata_location in iceberg_tables to {expected}"
    )]
    PointerMoved {
        /// The catalog.
        catalog: String,
        /// The feed.
        feed: &'static str,
        /// Where the pointer should be.
        expected: String,
    },
}
