//! What the engine asks of the feed of spot prices.

use std::io::Read;

use chrono::NaiveDate;
use diesel::{PgConnection, QueryResult};

use super::backfill::backfill;
use super::decode::{SpotDump, decode};
use super::key::{NAME, match_key};
use super::lake::SpotTable;
use super::market::Market;
use super::store::observations;
use super::withdraw::withdraw;
use super::write::SpotWriter;
use crate::feed::{DecodeError, DumpName, Feed, KeyMatch, LakeTable, TypedFeed, WithdrawnRows, WriteError};
use crate::ledger::Period;

/// The feed of EC2 spot prices.
#[derive(Debug)]
pub struct Spot;

impl Feed for Spot {
    fn name(&self) -> &'static str {
        NAME
    }

    fn disagreements(&self) -> Option<&'static str> {
        Some("spot_disagreements")
    }

    fn scope_parts(&self) -> &'static [&'static str] {
        Market::SCOPE_PARTS
    }

    fn period(&self) -> Option<Period> {
        Some(Period::Day)
    }

    fn match_key(&self, key: &str) -> KeyMatch {
        match_key(key)
    }

    fn catch_up(&self, connection: &mut PgConnection) -> Result<(), WriteError> {
        Ok(backfill(connection)?)
    }

    fn count_rows(&self, connection: &mut PgConnection) -> QueryResult<i64> {
        observations::count(connection)
    }

    #[expect(private_interfaces, reason = "only what publishes asks for it")]
    fn lake_table(&self) -> Option<&'static dyn LakeTable> {
        Some(&SpotTable)
    }

    fn withdraw(
        &self,
        connection: &mut PgConnection,
        revisions: &[i32],
    ) -> Result<WithdrawnRows, WriteError> {
        withdraw(connection, revisions)
    }
}

impl TypedFeed for Spot {
    type Content = SpotDump;
    type Writer = SpotWriter;

    fn decode(&self, dump: &DumpName, body: &mut dyn Read) -> Result<SpotDump, DecodeError> {
        decode(dump, body)
    }

    fn writer(&self) -> SpotWriter {
        SpotWriter::default()
    }

    fn month_writer(&self, beside: [PgConnection; 2], month: NaiveDate) -> QueryResult<Option<SpotWriter>> {
        SpotWriter::of_month(beside, month)
    }
}
