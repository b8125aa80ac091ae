//! Where a table is published.

use diesel::PgConnection;

use super::error::PublishError;
use crate::db::lock_until_closed;
use crate::feed::{Feed, LakeTable};
use crate::ledger::lake::TableName;
use crate::parquet_file::Column;
use crate::sink::Sink;

/// A table that is published: where, and what of.
pub struct Target<'t> {
    pub(super) sink: &'t dyn Sink,
    pub(super) catalog: &'t str,
    pub(super) feed: &'static str,
    pub(super) table: &'static dyn LakeTable,
}

impl<'t> Target<'t> {
    /// The table of a feed in a catalog; none if the feed has no table.
    pub fn new(sink: &'t dyn Sink, catalog: &'t str, feed: &'static dyn Feed) -> Option<Self> {
        Some(Self { sink, catalog, feed: feed.name(), table: feed.lake_table()? })
    }

    /// Name of the feed, and of the table.
    pub fn feed(&self) -> &'static str {
        self.feed
    }

    /// Where the table is, as a URL.
    pub fn location(&self) -> String {
        self.sink.url(self.feed)
    }

    pub(crate) fn columns(&self) -> &'static [Column] {
        self.table.columns()
    }

    pub(super) fn name(&self) -> TableName<'_> {
        TableName { catalog: self.catalog, feed: self.feed }
    }

    pub(super) fn unknown_part(&self, part: &str) -> PublishError {
        PublishError::UnknownPart { feed: self.feed, part: part.to_owned() }
    }

    /// One writes a table at a time; others wait.
    pub(super) fn lock(&self, recorder: &mut PgConnection) -> Result<(), PublishError> {
        Ok(lock_until_closed(recorder, &format!("publish {} {}", self.catalog, self.feed))?)
    }
}
