//! Summaries that a version before them did not make.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Date, Integer, Text};

use crate::db;
use crate::feed::{Feed, Market};

use super::Spot;
use super::day::Day;
use super::standing;
use super::summaries::{self, REACH};

/// Days whose summaries are made together: they are in memory until they are stored.
const DAYS: usize = 31;

/// The index `ledger_unsummarized` has these entries and no others.
const UNSUMMARIZED: &str = "NOT summarized AND feed = 'spot' AND status IN ('landed', 'superseded')";

/// Makes the summaries of all days that dumps landed by an older version have changed.
///
/// A transaction for each market, under the feed's lock; where there is nothing to do, that is found in an index.
pub(super) fn remake(connection: &mut PgConnection) -> QueryResult<()> {
    while let Some(market) = next_market(connection)? {
        let days = connection.transaction(|connection| {
            db::lock_feed(connection, Spot.name())?;
            remake_market(connection, &market)
        })?;
        let Market { account_id, region } = &market;
        tracing::info!(account_id, region, days, "made the summaries of days that an older version landed");
    }
    Ok(())
}

fn next_market(connection: &mut PgConnection) -> QueryResult<Option<Market>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        account_id: String,
        #[diesel(sql_type = Text)]
        region: String,
    }
    let row: Option<Row> =
        sql_query(format!("SELECT account_id, region FROM ledger WHERE {UNSUMMARIZED} LIMIT 1"))
            .get_result(connection)
            .optional()?;
    Ok(row.map(|Row { account_id, region }| Market { account_id, region }))
}

fn remake_market(connection: &mut PgConnection, market: &Market) -> QueryResult<usize> {
    #[derive(QueryableByName)]
    struct Entry {
        #[diesel(sql_type = Integer)]
        id: i32,
        #[diesel(sql_type = Date)]
        day: NaiveDate,
    }
    #[derive(QueryableByName)]
    struct Touched {
        #[diesel(sql_type = Date)]
        day: NaiveDate,
    }
    let entries: Vec<Entry> = sql_query(format!(
        "SELECT id, day FROM ledger WHERE {UNSUMMARIZED} AND account_id = $1 AND region = $2"
    ))
    .bind::<Text, _>(&market.account_id)
    .bind::<Text, _>(&market.region)
    .load(connection)?;
    let ids: Vec<i32> = entries.iter().map(|entry| entry.id).collect();
    // A dump changes its own day, of which it may also take rows away, and the days of its rows.
    let touched: Vec<Touched> = sql_query(
        "SELECT DISTINCT (o.observed_at AT TIME ZONE 'UTC')::date AS day
         FROM spot_pools AS p JOIN spot_observations AS o ON o.pool_id = p.id
         WHERE p.account_id = $1 AND p.region = $2 AND o.dump_id = ANY ($3)",
    )
    .bind::<Text, _>(&market.account_id)
    .bind::<Text, _>(&market.region)
    .bind::<Array<Integer>, _>(&ids)
    .load(connection)?;
    let changed = entries.iter().map(|entry| entry.day).chain(touched.iter().map(|touched| touched.day));
    let affected: BTreeSet<_> =
        changed.flat_map(|day| (0..=REACH).map(move |n| (0, Day(Day::from(day).0 + n)))).collect();
    let affected: Vec<_> = affected.into_iter().collect();
    let markets = std::slice::from_ref(market);
    summaries::remove(connection, markets, &affected)?;
    let landed = summaries::landed(connection, markets, &affected)?;
    let days: Vec<_> = affected.into_iter().filter(|day| landed.contains(day)).collect();
    for days in days.chunks(DAYS) {
        let made = summaries::of_stored(connection, markets, days)?;
        for (_, day) in days {
            standing::ensure_month(connection, Day::month(*day)?)?;
        }
        summaries::store(connection, markets, made)?;
    }
    sql_query("UPDATE ledger SET summarized = true WHERE id = ANY ($1)")
        .bind::<Array<Integer>, _>(&ids)
        .execute(connection)?;
    Ok(days.len())
}
