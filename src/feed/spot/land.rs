//! Lands batches of spot dumps: hears what they say, lets [`Scene`] judge, writes what follows.

use std::any::Any;
use std::collections::HashSet;
use std::io;

use chrono::{Datelike, Months, NaiveDate};
use diesel::pg::CopyFormat;
use diesel::{ExecuteCopyFromDsl, PgConnection, QueryResult, copy_from};

use crate::db::binary_copy::{self, BinaryCopy};
use crate::db::schema::spot_observations;
use crate::feed::{Counts, Lander, Landing, Refusal};

use super::day::{Day, OutsideCalendar, instant};
use super::pool_book::PoolBook;
use super::scene::Scene;
use super::sorted::{RUN, Sorted};
use super::standing;
use super::{Observation, SpotDump};

/// Claims to make room for at once: as many as a batch holds in memory. Dumps in scratch files have records beyond that.
const MOST_RESERVED: u64 = 2_000_000;

/// Lands spot dumps.
#[derive(Default)]
pub(super) struct SpotLander {
    pools: PoolBook,
    months: HashSet<NaiveDate>,
}

impl Lander for SpotLander {
    fn land(
        &mut self,
        connection: &mut PgConnection,
        batch: Vec<Landing<'_>>,
    ) -> QueryResult<Vec<Result<Counts, Refusal>>> {
        self.pools.bound();
        let mut scene = Scene::default();
        for landing in &batch {
            scene.admit(landing)?;
        }
        let records: u64 = batch.iter().map(|landing| landing.content.records()).sum();
        let mut claims = scene.clear_replaced_days(connection)?;
        let mut wanted = Vec::with_capacity(batch.len());
        for (speaker, landing) in batch.iter().enumerate() {
            wanted.push((scene.market_of(speaker), &content_of(landing)?.pools));
        }
        self.pools.learn(connection, &wanted)?;
        claims.reserve_exact(records.min(MOST_RESERVED) as usize);
        for (speaker, landing) in batch.into_iter().enumerate() {
            let dump = content(landing)?;
            let pools = self.pools.numbers(scene.market_of(speaker), &dump.pools)?;
            scene.count_repeats(speaker, dump.repeats());
            match dump.observations {
                Sorted::Memory(observations) => scene.hear(speaker, &pools, &observations, &mut claims),
                // Too large to be weighed with the others: piece by piece, and then it stands.
                Sorted::Scratch(scratch) => {
                    for window in scratch.windows(RUN).map_err(scratch_failed)? {
                        let mut claims = Vec::new();
                        scene.hear(speaker, &pools, &window.map_err(scratch_failed)?, &mut claims);
                        self.weigh(connection, &mut scene, claims)?;
                    }
                    scene.settle();
                }
            }
        }
        scene.begin_summaries(connection)?;
        self.weigh(connection, &mut scene, claims)?;
        let summaries = scene.summarize(connection)?;
        for (_, day) in summaries.keys() {
            self.ensure_month(connection, day.date()?)?;
        }
        scene.store_summaries(connection, summaries)?;
        // All there is to find wrong with a spot dump, its decoder found.
        Ok(scene.close(connection)?.into_iter().map(Ok).collect())
    }
}

impl SpotLander {
    /// Decides whose word stands for every key that is claimed, and writes what follows from it.
    fn weigh(
        &mut self,
        connection: &mut PgConnection,
        scene: &mut Scene,
        mut claims: Vec<Observation>,
    ) -> QueryResult<()> {
        // Each dump's claims are in order already: this sort merges such runs instead of sorting anew.
        claims.sort();
        claims.dedup();
        let verdict = scene.judge(connection, claims)?;
        self.ensure_months(connection, verdict.new.iter().chain(&verdict.carried))?;
        standing::reassign(connection, &verdict.reassigned)?;
        copy_observations(connection, &verdict.new)?;
        scene.set_aside(connection, verdict.carried)
    }

    fn ensure_months<'a>(
        &mut self,
        connection: &mut PgConnection,
        observations: impl Iterator<Item = &'a Observation>,
    ) -> QueryResult<()> {
        let mut known = 0..0;
        for observation in observations {
            if known.contains(&observation.observed_at) {
                continue;
            }
            let month = self.ensure_month(connection, instant(observation.observed_at)?.date_naive())?;
            let next = month
                .checked_add_months(Months::new(1))
                .ok_or(OutsideCalendar::Instant(observation.observed_at))?;
            known = Day::from(month).start()..Day::from(next).start();
        }
        Ok(())
    }

    /// Sees to it that the month of a date has its partitions; answers its first day.
    fn ensure_month(&mut self, connection: &mut PgConnection, date: NaiveDate) -> QueryResult<NaiveDate> {
        let month = date.with_day(1).unwrap_or(date);
        if self.months.insert(month) {
            standing::ensure_month(connection, month)?;
        }
        Ok(month)
    }
}

fn content(landing: Landing<'_>) -> QueryResult<Box<SpotDump>> {
    let content: Box<dyn Any> = landing.content;
    content.downcast().map_err(|_| other_feed())
}

fn content_of<'l>(landing: &'l Landing<'_>) -> QueryResult<&'l SpotDump> {
    let content: &dyn Any = landing.content.as_ref();
    content.downcast_ref().ok_or_else(other_feed)
}

fn other_feed() -> diesel::result::Error {
    diesel::result::Error::QueryBuilderError("the spot feed was handed another feed's dump".into())
}

fn scratch_failed(error: io::Error) -> diesel::result::Error {
    diesel::result::Error::QueryBuilderError(format!("cannot read the scratch file back: {error}").into())
}

fn copy_observations(connection: &mut PgConnection, rows: &[Observation]) -> QueryResult<()> {
    use spot_observations::{dump_id, observed_at, pool_id, price};
    if rows.is_empty() {
        return Ok(());
    }
    copy_from(spot_observations::table)
        .from_raw_data((observed_at, pool_id, dump_id, price), |sink| {
            write_rows(rows, sink).map_err(binary_copy::failed)
        })
        .with_format(CopyFormat::Binary)
        .execute(connection)
        .map(drop)
}

fn write_rows(rows: &[Observation], sink: &mut dyn io::Write) -> io::Result<()> {
    let mut copy = BinaryCopy::new(sink);
    for row in rows {
        copy.row(4)?;
        copy.timestamptz(row.observed_at);
        copy.integer(row.pool.cast_signed());
        copy.integer(row.origin.cast_signed());
        copy.micros(row.price);
    }
    copy.finish()
}
