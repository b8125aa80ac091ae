//! Summaries in the database.

use std::collections::HashSet;
use std::io;

use chrono::{DateTime, Utc};
use diesel::dsl::sql_query;
use diesel::pg::{CopyFormat, PgRowByRowLoadingMode};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Integer, Text, Timestamptz};

use crate::db::binary_copy::{self, BinaryCopy};
use crate::db::schema::spot_summaries;
use crate::feed::{Feed, Market};

use super::Spot;
use super::day::{Day, instant};
use super::days::{CHUNK, DayKeys};
use super::key;
use super::summary::{Row, SILENCE, Summaries, Summarizer, Summary};

/// Pools in a row of the table: as rows of their own, summaries would take three times as long to store. So many still
/// lie in the row itself; Postgres moves arrays of longer ones elsewhere, where looking costs more.
const PIECE: i32 = 28;

/// A price may hold on into so many days after its own.
pub(super) const REACH: i32 = 2;

/// The row of a day that a pool is in, if it has a price then.
pub(super) fn piece(pool: i32) -> i32 {
    pool / PIECE
}

#[derive(QueryableByName)]
struct StoredRow {
    #[diesel(sql_type = Integer)]
    span: i32,
    #[diesel(sql_type = Integer)]
    pool_id: i32,
    #[diesel(sql_type = Timestamptz)]
    observed_at: DateTime<Utc>,
    #[diesel(sql_type = BigInt)]
    micros: i64,
}

/// Days of markets, in order; a market is its place in a list.
type MarketDays = [(usize, Day)];

/// Those of the days whose dump has landed.
pub(super) fn landed(
    connection: &mut PgConnection,
    markets: &[Market],
    days: &MarketDays,
) -> QueryResult<HashSet<(usize, Day)>> {
    #[derive(QueryableByName)]
    struct Landed {
        #[diesel(sql_type = Integer)]
        place: i32,
    }
    let mut found = HashSet::new();
    for days in days.chunks(CHUNK) {
        let name = |&(market, day): &(usize, Day)| {
            let Market { account_id, region } = &markets[market];
            Ok(key::name(day.date()?, account_id, region))
        };
        let names: Vec<String> = days.iter().map(name).collect::<QueryResult<_>>()?;
        let landed: Vec<Landed> = sql_query(
            // A dump's name says its market and day, and there is an index for it.
            "SELECT k.place::integer - 1 AS place
             FROM unnest($1) WITH ORDINALITY AS k (name, place)
             CROSS JOIN LATERAL (
                 SELECT FROM ledger AS l
                 WHERE l.feed = $2 AND l.name = k.name AND l.status = 'landed'
                 OFFSET 0
             ) AS l",
        )
        .bind::<Array<Text>, _>(&names)
        .bind::<Text, _>(Spot.name())
        .load(connection)?;
        found.extend(landed.iter().filter_map(|landed| days.get(landed.place as usize)));
    }
    Ok(found)
}

/// Summaries of days, which come in order, from the rows that are stored.
pub(super) fn of_stored(
    connection: &mut PgConnection,
    markets: &[Market],
    days: &MarketDays,
) -> QueryResult<Summaries> {
    let mut summaries = Summaries::default();
    // Days in a row are read together: the end of each is the beginning of the next.
    let spans: Vec<_> = days.chunk_by(|day, next| day.0 == next.0 && next.1.0 - day.1.0 == 1).collect();
    for spans in spans.chunks(CHUNK) {
        let market = |span: &&MarketDays| &markets[span[0].0];
        let begin = |span: &&MarketDays| instant(span[0].1.start() - SILENCE);
        let end = |span: &&MarketDays| instant(span[span.len() - 1].1.end());
        let rows = sql_query(
            // OFFSET keeps the planner to one look into the key for each pool, whatever it thinks of tables
            // that were filled a moment ago.
            "SELECT (k.place - 1)::integer AS span, o.pool_id, o.observed_at,
                    (o.price * 1000000)::bigint AS micros
             FROM unnest($1, $2, $3, $4)
                 WITH ORDINALITY AS k (account_id, region, since, until, place)
             CROSS JOIN LATERAL (
                 SELECT id FROM spot_pools AS p
                 WHERE p.account_id = k.account_id AND p.region = k.region
                 OFFSET 0
             ) AS p
             CROSS JOIN LATERAL (
                 SELECT * FROM spot_observations AS o
                 WHERE o.pool_id = p.id AND o.observed_at > k.since AND o.observed_at < k.until
                   AND o.observed_at > $5 AND o.observed_at < $6
                 OFFSET 0
             ) AS o
             ORDER BY k.place, o.pool_id, o.observed_at",
        );
        let begins: Vec<_> = spans.iter().map(begin).collect::<Result<_, _>>()?;
        let ends: Vec<_> = spans.iter().map(end).collect::<Result<_, _>>()?;
        // The earliest and the latest let the planner leave out the months that cannot matter.
        let (Some(first), Some(last)) = (begins.iter().min().copied(), ends.iter().max().copied()) else {
            continue;
        };
        let rows = rows
            .bind::<Array<Text>, _>(
                spans.iter().map(|span| market(span).account_id.as_str()).collect::<Vec<_>>(),
            )
            .bind::<Array<Text>, _>(spans.iter().map(|span| market(span).region.as_str()).collect::<Vec<_>>())
            .bind::<Array<Timestamptz>, _>(begins)
            .bind::<Array<Timestamptz>, _>(ends)
            .bind::<Timestamptz, _>(first)
            .bind::<Timestamptz, _>(last)
            .load_iter::<StoredRow, PgRowByRowLoadingMode>(connection)?;
        let mut of_span: Option<(i32, Summarizer)> = None;
        for row in rows {
            let StoredRow { span, pool_id, observed_at, micros } = row?;
            let days = spans[span as usize];
            if of_span.as_ref().is_none_or(|(last, _)| *last != span) {
                let summarizer = Summarizer::of(days.iter().copied());
                if let Some((_, done)) = of_span.replace((span, summarizer)) {
                    summaries.extend(done.finish());
                }
            }
            if let Some((_, summarizer)) = &mut of_span {
                summarizer.push(Row {
                    market: days[0].0,
                    pool: pool_id.cast_unsigned(),
                    observed_at: observed_at.timestamp_micros(),
                    price: micros,
                });
            }
        }
        if let Some((_, done)) = of_span {
            summaries.extend(done.finish());
        }
    }
    Ok(summaries)
}

/// Takes the summaries of days away.
pub(super) fn remove(
    connection: &mut PgConnection,
    markets: &[Market],
    days: &MarketDays,
) -> QueryResult<()> {
    for days in days.chunks(CHUNK) {
        let keys = DayKeys::of(markets, days)?;
        let (Some(first), Some(last)) = (keys.days.iter().min().copied(), keys.days.iter().max().copied())
        else {
            continue;
        };
        sql_query(
            "DELETE FROM spot_summaries AS s USING unnest($1, $2, $3) AS k (account_id, region, day)
             WHERE s.account_id = k.account_id AND s.region = k.region AND s.day = k.day
               AND s.day BETWEEN $4 AND $5",
        )
        .bind::<Array<Text>, _>(keys.account_ids)
        .bind::<Array<Text>, _>(keys.regions)
        .bind::<Array<Date>, _>(keys.days)
        .bind::<Date, _>(first)
        .bind::<Date, _>(last)
        .execute(connection)?;
    }
    Ok(())
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
