//! Summaries of pools' days: `spot_summaries`.

use std::collections::HashSet;
use std::io;

use diesel::dsl::sql_query;
use diesel::pg::{CopyFormat, PgRowByRowLoadingMode};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Text, Timestamptz};

use crate::db::binary_copy::{self, BinaryCopy};
use crate::db::schema::{ledger, spot_summaries};
use crate::feed::spot::day::{Day, instant};
use crate::feed::spot::key;
use crate::feed::spot::market::Market;
use crate::feed::spot::observation::PoolId;
use crate::feed::spot::resolve::{Dumps, MarketDay};
use crate::feed::spot::summary::{DaySummary, MAX_PRICE_AGE, PriceRow, Summaries, Summarizer};
use crate::ledger::Status;

use super::{DayColumns, StoredPrice};

/// Pools in a row of the table: as rows of their own, summaries would take three times as long to store. So many still
/// fit in the row itself; Postgres moves longer arrays to TOAST storage, where reading costs more.
pub(super) const POOLS_IN_BLOCK: i32 = 28;

/// For how many days after its own a price may be valid: [`MAX_PRICE_AGE`] in days.
pub(in crate::feed::spot) const PRICE_REACH_DAYS: i32 = 2;

/// A day and those after it in which its prices may still be valid: their summaries change with its rows.
pub(in crate::feed::spot) fn days_reached_by((market, day): MarketDay) -> impl Iterator<Item = MarketDay> {
    (0..=PRICE_REACH_DAYS).map(move |n| (market, Day(day.0 + n)))
}

/// The block of pools, a row a day, that a pool belongs to (`spot_summaries.piece`).
pub(in crate::feed::spot) fn pool_block(pool_id: i32) -> i32 {
    pool_id / POOLS_IN_BLOCK
}

/// A stored price, with the number of the span of days that it was read for.
#[derive(QueryableByName)]
struct SpanPrice {
    #[diesel(sql_type = BigInt)]
    span: i64,
    #[diesel(embed)]
    price: StoredPrice,
}

/// Those of the days whose dump has landed.
pub(in crate::feed::spot) fn landed(
    connection: &mut PgConnection,
    dumps: &Dumps,
    days: &[MarketDay],
) -> QueryResult<HashSet<MarketDay>> {
    // By name, which the ledger has an index of.
    let name = |(market, day): &MarketDay| Ok(key::name(dumps.name(*market), day.date()?));
    let names: Vec<String> = days.iter().map(name).collect::<QueryResult<_>>()?;
    let landed: Vec<Option<String>> = ledger::table
        .filter(ledger::feed.eq(key::NAME).and(ledger::status.eq(Status::Landed.as_str())))
        .filter(ledger::name.eq_any(&names))
        .select(ledger::name)
        .load(connection)?;
    let landed: HashSet<String> = landed.into_iter().flatten().collect();
    Ok(days.iter().zip(&names).filter(|(_, name)| landed.contains(*name)).map(|(day, _)| *day).collect())
}

/// Summaries of days, which come in order, from the rows that are stored.
pub(in crate::feed::spot) fn of_stored(
    connection: &mut PgConnection,
    dumps: &Dumps,
    days: &[MarketDay],
) -> QueryResult<Summaries> {
    // Days in a row are read together: the end of each is the beginning of the next.
    let spans: Vec<&[MarketDay]> = days
        .chunk_by(|(market, day), (next_market, next)| market == next_market && next.0 - day.0 == 1)
        .collect();
    let mut summaries = Summaries::default();
    let mut columns = DayColumns::default();
    let (mut since, mut until) = (Vec::new(), Vec::new());
    for span in &spans {
        let ((market, first), (_, last)) = (span[0], span[span.len() - 1]);
        let market = dumps.name(market);
        columns.account_ids.push(&market.account_id);
        columns.regions.push(&market.region);
        since.push(instant(first.start() - MAX_PRICE_AGE)?);
        until.push(instant(last.end())?);
    }
    let rows = sql_query(
        // OFFSET keeps the planner to one index look-up for each pool, whatever it estimates for tables
        // that were filled a moment ago.
        "SELECT span.ordinal AS span, price.pool_id, price.observed_at,
                (price.price * 1000000)::bigint AS micros, price.dump_id
         FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS span (account_id, region, since, until, ordinal)
         CROSS JOIN LATERAL (
             SELECT id FROM spot_pools AS pool
             WHERE pool.account_id = span.account_id AND pool.region = span.region
             OFFSET 0
         ) AS pool
         CROSS JOIN LATERAL (
             SELECT * FROM spot_observations AS price
             WHERE price.pool_id = pool.id AND price.observed_at > span.since AND price.observed_at < span.until
             OFFSET 0
         ) AS price
         ORDER BY span.ordinal, price.pool_id, price.observed_at",
    )
    .bind::<Array<Text>, _>(columns.account_ids)
    .bind::<Array<Text>, _>(columns.regions)
    .bind::<Array<Timestamptz>, _>(since)
    .bind::<Array<Timestamptz>, _>(until)
    .load_iter::<SpanPrice, PgRowByRowLoadingMode>(connection)?;
    // A summarizer for each span: their rows may overlap.
    let mut current: Option<(i64, Summarizer)> = None;
    for row in rows {
        let SpanPrice { span, price } = row?;
        let days = spans[span as usize - 1];
        if current.as_ref().is_none_or(|(last, _)| *last != span)
            && let Some((_, mut done)) = current.replace((span, Summarizer::of(days.iter().copied())))
        {
            summaries.extend(done.take());
        }
        if let Some((_, summarizer)) = &mut current {
            summarizer.push(PriceRow {
                market: days[0].0,
                pool: PoolId(price.pool_id),
                observed_at: price.observed_at.timestamp_micros(),
                price: price.micros,
            });
        }
    }
    if let Some((_, mut done)) = current {
        summaries.extend(done.take());
    }
    Ok(summaries)
}

/// Removes the summaries of days.
pub(in crate::feed::spot) fn remove(
    connection: &mut PgConnection,
    dumps: &Dumps,
    days: &[MarketDay],
) -> QueryResult<()> {
    let columns = DayColumns::of(dumps, days)?;
    sql_query(
        "DELETE FROM spot_summaries AS stored USING unnest($1, $2, $3) AS removed (account_id, region, day)
         WHERE stored.account_id = removed.account_id AND stored.region = removed.region AND stored.day = removed.day
           AND stored.day BETWEEN $4 AND $5",
    )
    .bind::<Array<Text>, _>(columns.account_ids)
    .bind::<Array<Text>, _>(columns.regions)
    .bind::<Array<Date>, _>(&columns.days)
    // Lets the planner leave out the months that cannot matter.
    .bind::<diesel::sql_types::Nullable<Date>, _>(columns.days.iter().min())
    .bind::<diesel::sql_types::Nullable<Date>, _>(columns.days.iter().max())
    .execute(connection)
    .map(drop)
}

/// Stores summaries of days that have none.
pub(in crate::feed::spot) fn store(
    connection: &mut PgConnection,
    dumps: &Dumps,
    mut summaries: Summaries,
) -> QueryResult<()> {
    use spot_summaries as table;
    if summaries.is_empty() {
        return Ok(());
    }
    sort(&mut summaries);
    let send = |mut sink: &mut dyn io::Write| -> io::Result<()> {
        let mut writer = SummaryWriter::new(&mut sink);
        writer.write(dumps, &summaries)?;
        writer.finish()
    };
    diesel::copy_from(table::table)
        .from_raw_data(
            (
                table::account_id,
                table::region,
                table::day,
                table::piece,
                table::pool_ids,
                table::records,
                table::changes,
                table::covered,
                table::opens,
                table::closes,
                table::lows,
                table::highs,
                table::averages,
            ),
            |sink| send(sink).map_err(binary_copy::failed),
        )
        .with_format(CopyFormat::Binary)
        .execute(connection)
        .map(drop)
}

/// Puts summaries in the order of their days and pools.
pub(in crate::feed::spot) fn sort(summaries: &mut Summaries) {
    summaries.sort_unstable_by_key(|(day, summary)| (*day, summary.pool));
}

/// Writes summaries in the binary format of COPY, with the columns in the order of the table.
pub(in crate::feed::spot) struct SummaryWriter<'s>(BinaryCopy<'s>);

impl<'s> SummaryWriter<'s> {
    pub(in crate::feed::spot) fn new(sink: &'s mut dyn io::Write) -> Self {
        Self(BinaryCopy::new(sink))
    }

    /// Writes all summaries of some blocks of pools, as [`sort`] orders them: a row for each block and day.
    pub(in crate::feed::spot) fn write(
        &mut self,
        dumps: &Dumps,
        summaries: &[(MarketDay, DaySummary)],
    ) -> io::Result<()> {
        let row = |(day, summary): &(MarketDay, DaySummary)| (*day, pool_block(summary.pool.0));
        for block in summaries.chunk_by(|a, b| row(a) == row(b)) {
            let ((market, day), block_number) = row(&block[0]);
            self.write_row(dumps.name(market), day, block_number, block)?;
        }
        Ok(())
    }

    pub(in crate::feed::spot) fn finish(self) -> io::Result<()> {
        self.0.finish()
    }

    fn write_row(
        &mut self,
        market: &Market,
        day: Day,
        block_number: i32,
        block: &[(MarketDay, DaySummary)],
    ) -> io::Result<()> {
        let summaries = || block.iter().map(|(_, summary)| summary);
        let copy = &mut self.0;
        copy.row(13)?;
        copy.text(&market.account_id);
        copy.text(&market.region);
        copy.date(day.0);
        copy.integer(block_number);
        copy.integers(summaries().map(|summary| summary.pool.0));
        copy.integers(summaries().map(|summary| summary.records));
        copy.integers(summaries().map(|summary| summary.changes));
        for value in [
            |summary: &DaySummary| summary.covered,
            |summary: &DaySummary| summary.open,
            |summary: &DaySummary| summary.close,
            |summary: &DaySummary| summary.low,
            |summary: &DaySummary| summary.high,
            |summary: &DaySummary| summary.average,
        ] {
            copy.bigints(summaries().map(value));
        }
        Ok(())
    }
}
