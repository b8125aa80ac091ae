//! Summaries in the database.

use std::io;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::sql_query;
use diesel::pg::{CopyFormat, PgRowByRowLoadingMode};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text, Timestamptz};

use crate::db::binary_copy::{self, BinaryCopy};
use crate::db::ledger::Status;
use crate::db::schema::{ledger, spot_summaries};
use crate::feed::{Feed, Market};

use super::Spot;
use super::day::{Day, instant};
use super::summary::{Row, SILENCE, Summaries, Summarizer, Summary};

/// Pools in a row of the table: as rows of their own, summaries would take three times as long to store. So many still
/// lie in the row itself; Postgres moves arrays of longer ones elsewhere, where looking costs more.
const PIECE: i32 = 28;

/// The row of a day that a pool is in, if it has a price then.
pub(super) fn piece(pool: i32) -> i32 {
    pool / PIECE
}

#[derive(QueryableByName)]
struct StoredRow {
    #[diesel(sql_type = Integer)]
    pool_id: i32,
    #[diesel(sql_type = Timestamptz)]
    observed_at: DateTime<Utc>,
    #[diesel(sql_type = BigInt)]
    micros: i64,
}

/// Those of the days whose dump has landed.
pub(super) fn landed(connection: &mut PgConnection, market: &Market, days: &[Day]) -> QueryResult<Vec<Day>> {
    let landed: Vec<Option<NaiveDate>> = ledger::table
        .filter(ledger::feed.eq(Spot.name()).and(ledger::status.eq(Status::Landed.as_str())))
        .filter(ledger::account_id.eq(&market.account_id).and(ledger::region.eq(&market.region)))
        .filter(ledger::day.eq_any(dates(days)))
        .select(ledger::day)
        .load(connection)?;
    Ok(landed.into_iter().flatten().map(Day::from).collect())
}

/// Summaries of a market's days, which come in order, from the rows that are stored.
pub(super) fn of_stored(
    connection: &mut PgConnection,
    (number, market): (usize, &Market),
    days: &[Day],
) -> QueryResult<Summaries> {
    let mut summaries = Summaries::default();
    // Days in a row are read together: the end of each is the beginning of the next.
    for days in days.chunk_by(|day, next| next.0 - day.0 == 1) {
        let mut summarizer = Summarizer::of(days.iter().map(|day| (number, *day)));
        let (first, last) = (days[0], days[days.len() - 1]);
        let rows = sql_query(
            // OFFSET keeps the planner to one look into the key for each pool, whatever it thinks of tables
            // that were filled a moment ago.
            "SELECT o.pool_id, o.observed_at, (o.price * 1000000)::bigint AS micros
             FROM spot_pools AS p
             CROSS JOIN LATERAL (
                 SELECT * FROM spot_observations AS o
                 WHERE o.pool_id = p.id AND o.observed_at > $3 AND o.observed_at < $4
                 OFFSET 0
             ) AS o
             WHERE p.account_id = $1 AND p.region = $2
             ORDER BY o.pool_id, o.observed_at",
        )
        .bind::<Text, _>(&market.account_id)
        .bind::<Text, _>(&market.region)
        .bind::<Timestamptz, _>(instant(first.start() - SILENCE))
        .bind::<Timestamptz, _>(instant(last.end()))
        .load_iter::<StoredRow, PgRowByRowLoadingMode>(connection)?;
        for row in rows {
            let StoredRow { pool_id, observed_at, micros } = row?;
            summarizer.push(Row {
                market: number,
                pool: pool_id.cast_unsigned(),
                observed_at: observed_at.timestamp_micros(),
                price: micros,
            });
        }
        summaries.extend(summarizer.finish());
    }
    Ok(summaries)
}

/// Takes the summaries of a market's days away.
pub(super) fn remove(connection: &mut PgConnection, market: &Market, days: &[Day]) -> QueryResult<()> {
    diesel::delete(
        spot_summaries::table
            .filter(spot_summaries::account_id.eq(&market.account_id))
            .filter(spot_summaries::region.eq(&market.region))
            .filter(spot_summaries::day.eq_any(dates(days))),
    )
    .execute(connection)
    .map(drop)
}

/// Stores summaries of days that have none.
pub(super) fn store(
    connection: &mut PgConnection,
    markets: &[Market],
    summaries: Summaries,
) -> QueryResult<()> {
    use spot_summaries as table;
    let mut days: Vec<_> = summaries.into_iter().filter(|(_, of)| !of.is_empty()).collect();
    if days.is_empty() {
        return Ok(());
    }
    days.sort_unstable_by_key(|(day, _)| *day);
    let send = |sink: &mut dyn io::Write| -> io::Result<()> {
        let mut copy = BinaryCopy::new(sink);
        for ((market, day), summaries) in &days {
            for together in summaries.chunk_by(|a, b| piece_of(a) == piece_of(b)) {
                write(&mut copy, &markets[*market], *day, together)?;
            }
        }
        copy.finish()
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

fn dates(days: &[Day]) -> Vec<NaiveDate> {
    days.iter().map(|day| day.date()).collect()
}

fn piece_of(summary: &Summary) -> i32 {
    piece(summary.pool.cast_signed())
}

/// Writes summaries of one piece.
fn write(copy: &mut BinaryCopy<'_>, market: &Market, day: Day, together: &[Summary]) -> io::Result<()> {
    copy.row(13)?;
    copy.text(&market.account_id);
    copy.text(&market.region);
    copy.date(day.0);
    copy.integer(together.first().map_or(0, piece_of));
    copy.integers(together.iter().map(|summary| summary.pool.cast_signed()));
    copy.integers(together.iter().map(|summary| summary.records));
    copy.integers(together.iter().map(|summary| summary.changes));
    for value in [
        |summary: &Summary| summary.covered,
        |summary: &Summary| summary.open,
        |summary: &Summary| summary.close,
        |summary: &Summary| summary.low,
        |summary: &Summary| summary.high,
        |summary: &Summary| summary.average,
    ] {
        copy.bigints(together.iter().map(value));
    }
    Ok(())
}
