//! What the engine asks of the feed of freight rates.

use std::io::Read;

use diesel::{PgConnection, QueryResult};

use super::batch::FreightBatch;
use super::decode::decode;
use super::key::{NAME, match_key};
use super::lake::FreightTable;
use super::store::{locations, prices};
use super::write::FreightWriter;
use crate::feed::{DecodeError, DumpName, Feed, KeyMatch, LakeTable, TypedFeed, WithdrawnRows, WriteError};

/// The feed of freight rates.
#[derive(Debug)]
pub struct Freight;

impl Feed for Freight {
    fn name(&self) -> &'static str {
        NAME
    }

    fn match_key(&self, key: &str) -> KeyMatch {
        match_key(key)
    }

    fn count_rows(&self, connection: &mut PgConnection) -> QueryResult<i64> {
        Ok(prices::count(connection)? + locations::count(connection)?)
    }

    #[expect(private_interfaces, reason = "only what publishes asks for it")]
    fn lake_table(&self) -> Option<&'static dyn LakeTable> {
        Some(&FreightTable)
    }

    fn withdraw(
        &self,
        connection: &mut PgConnection,
        revisions: &[i32],
    ) -> Result<WithdrawnRows, WriteError> {
        let mut removed = 0;
        for batch_id in revisions {
            removed += prices::remove(connection, *batch_id)?;
        }
        Ok(WithdrawnRows { removed, ..WithdrawnRows::default() })
    }
}

impl TypedFeed for Freight {
    type Content = FreightBatch;
    type Writer = FreightWriter;

    fn decode(&self, dump: &DumpName, body: &mut dyn Read) -> Result<FreightBatch, DecodeError> {
        decode(dump, body)
    }

    fn writer(&self) -> FreightWriter {
        FreightWriter
    }
}
