//! Writes batches of spot dumps: load what the rule needs, resolve, store what changes.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::result::Error;
use diesel::{Connection, PgConnection, QueryResult};

use crate::db;
use crate::feed::{Counts, Gather, PendingDump, Rejection, WriteError, Writer};

use super::SpotDump;
use super::bulk::{Gathered, load};
use super::day::Day;
use super::key::NAME;
use super::latest::Latest;
use super::observation::DumpId;
use super::resolve::{Batch, Dump};
use super::row_writer::{RowWriter, days_without_rows, remove_replaced};
use super::sorted::{MAX_RUN_LENGTH, Sorted};
use super::store::pools::PoolIdCache;
use super::store::{days, loading};
use super::summary::Summarizer;

/// Claims to reserve memory for: as many as a batch has in memory. Dumps in scratch files have more.
const MAX_RESERVED_CLAIMS: u64 = 2_000_000;

/// Writes batches of spot dumps.
#[derive(Default)]
pub struct SpotWriter {
    pool_ids: PoolIdCache,
    rows: RowWriter,
    /// What waits to be loaded, if this writes one month as a whole.
    gathered: Option<Gathered>,
}

impl Writer<SpotDump> for SpotWriter {
    fn prepare(&mut self, connection: &mut PgConnection, contents: &[&SpotDump]) -> QueryResult<()> {
        let days = contents.iter().flat_map(|dump| dump.days.iter().chain([&dump.day]).copied());
        let days: BTreeSet<Day> = match &self.gathered {
            // The load creates the partitions of its month itself.
            Some(gathered) => days.filter(|day| gathered.is_earlier(*day)).collect(),
            None => days.collect(),
        };
        self.rows.months.ensure(connection, days)
    }

    fn gather(
        &mut self,
        connection: &mut PgConnection,
        content: &mut SpotDump,
    ) -> Result<Gather, WriteError> {
        let Some(gathered) = &mut self.gathered else { return Ok(Gather::Full) };
        match gathered.accepts(content) {
            Gather::Taken => {}
            refused => return Ok(refused),
        }
        let SpotDump { market, pools, .. } = content;
        self.pool_ids.retain(&[market]);
        let pools = match self.pool_ids.ids(market, pools) {
            Err(Error::NotFound) => {
                connection.transaction(|connection| {
                    db::lock_scopes(connection, NAME, [market.scope().as_str()])?;
                    self.pool_ids.learn(connection, &[(market, pools)])
                })?;
                self.pool_ids.ids(market, pools)?
            }
            ids => ids?,
        };
        gathered.take(content, &pools).map_err(WriteError::Scratch)?;
        Ok(Gather::Taken)
    }

    fn write(
        &mut self,
        connection: &mut PgConnection,
        pending: Vec<PendingDump<'_, SpotDump>>,
    ) -> Result<Vec<Result<Counts, Rejection>>, WriteError> {
        let mut batch = Batch::default();
        let mut contents = Vec::with_capacity(pending.len());
        for PendingDump { dump_id, revision, role, content, .. } in pending {
            let dump =
                Dump { id: DumpId(dump_id), market: content.market.clone(), day: content.day, revision };
            batch.add(dump, role);
            contents.push(content);
        }
        let counts = match self.gathered.take() {
            Some(gathered) => load(connection, &mut self.rows, gathered, batch)?,
            None => self.write_batch(connection, batch, contents)?,
        };
        // Every error of a spot dump is found by its decoder.
        Ok(counts.into_iter().map(Ok).collect())
    }
}

impl SpotWriter {
    /// A writer of all dumps of a month at once; nothing if the month has partitions.
    pub(super) fn of_month(mut beside: [PgConnection; 2], month: NaiveDate) -> QueryResult<Option<Self>> {
        if loading::has_month(&mut beside[0], month)? {
            return Ok(None);
        }
        Ok(Some(Self { gathered: Some(Gathered::new(beside, month)), ..Self::default() }))
    }

    fn write_batch(
        &mut self,
        connection: &mut PgConnection,
        mut batch: Batch,
        contents: Vec<SpotDump>,
    ) -> Result<Vec<Counts>, WriteError> {
        self.load_pool_ids(connection, &batch, &contents)?;
        let mut claims = remove_replaced(connection, &mut batch)?;
        let records = contents.iter().map(|dump| dump.observations.len()).sum::<u64>();
        claims.reserve_exact(records.min(MAX_RESERVED_CLAIMS) as usize);
        let own: Vec<_> = batch.own().map(|(dump, _)| dump).collect();
        for (dump, content) in own.into_iter().zip(contents) {
            let pools = self.pool_ids.ids(batch.dumps.name(batch.dumps.market(dump)), &content.pools)?;
            batch.count_repeats(dump, content.repeats());
            match content.observations {
                Sorted::Memory(observations) => batch.add_claims(dump, &pools, &observations, &mut claims),
                // Too large to be resolved with the others: chunk by chunk, and then it is stored.
                Sorted::Scratch(scratch) => {
                    for chunk in scratch.chunks(MAX_RUN_LENGTH).map_err(WriteError::Scratch)? {
                        let mut claims = Vec::new();
                        batch.add_claims(dump, &pools, &chunk.map_err(WriteError::Scratch)?, &mut claims);
                        self.rows.resolve(connection, &mut batch, claims)?;
                    }
                    batch.days.mark_stored();
                }
            }
        }
        let (days, first) = days_without_rows(connection, &mut batch)?;
        let latest = Latest::load(connection, &mut batch, first)?;
        let mut summarizer = Summarizer::of(days);
        self.rows.resolve_after(connection, &mut batch, claims, &latest, &mut summarizer)?;
        self.rows.summarize(connection, &batch, summarizer, &BTreeSet::new())?;
        days::add(connection, &batch.dumps, batch.days.changes())?;
        Ok(batch.into_counts())
    }

    fn load_pool_ids(
        &mut self,
        connection: &mut PgConnection,
        batch: &Batch,
        contents: &[SpotDump],
    ) -> QueryResult<()> {
        let market = |dump| batch.dumps.name(batch.dumps.market(dump));
        let dumps: Vec<_> =
            batch.own().zip(contents).map(|((dump, _), content)| (market(dump), &content.pools)).collect();
        self.pool_ids.retain(&dumps.iter().map(|(market, _)| *market).collect::<Vec<_>>());
        self.pool_ids.learn(connection, &dumps)
    }
}
