//! What the engine asks of the feed of events.

use std::io::Read;

use diesel::{PgConnection, QueryResult};

use super::content::EventsObject;
use super::decode::decode;
use super::key::{self, match_key};
use super::lake::EventsTable;
use super::store::{claims, rows};
use super::write::EventsWriter;
use crate::feed::{DecodeError, DumpName, Feed, KeyMatch, LakeTable, TypedFeed, WithdrawnRows, WriteError};

/// The feed of application events.
#[derive(Debug)]
pub struct Events;

impl Feed for Events {
    fn name(&self) -> &'static str {
        key::NAME
    }

    fn disagreements(&self) -> Option<&'static str> {
        Some("event_disagreements")
    }

    fn match_key(&self, key: &str) -> KeyMatch {
        match_key(key)
    }

    fn count_rows(&self, connection: &mut PgConnection) -> QueryResult<i64> {
        rows::count(connection)
    }

    #[expect(private_interfaces, reason = "only what publishes asks for it")]
    fn lake_table(&self) -> Option<&'static dyn LakeTable> {
        Some(&EventsTable)
    }

    fn withdraw(
        &self,
        connection: &mut PgConnection,
        revisions: &[i32],
    ) -> Result<WithdrawnRows, WriteError> {
        let claims::Withdrawn { removed, restored, claims, days } = claims::withdraw(connection, revisions)?;
        days.count(connection)?;
        Ok(WithdrawnRows { removed, restored, deferred: claims })
    }
}

impl TypedFeed for Events {
    type Content = EventsObject;
    type Writer = EventsWriter;

    fn decode(&self, dump: &DumpName, body: &mut dyn Read) -> Result<EventsObject, DecodeError> {
        decode(dump, body)
    }

    fn writer(&self) -> EventsWriter {
        EventsWriter::default()
    }
}
