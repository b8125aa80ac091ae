//! Creates the summaries of dumps that a version without summaries landed.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Date, Integer, Text};

use crate::db;
use crate::feed::spot::market::Market;

use super::day::Day;
use super::key;
use super::resolve::Dumps;
use super::store::MarketRow;
use super::store::months::Months;
use super::store::summaries::days_reached_by;
use super::store::{observations, summaries};

/// Days whose summaries are created together: they are in memory until they are stored.
const MAX_DAYS_AT_ONCE: usize = 31;

/// The index `ledger_unsummarized` has these entries and no others.
const UNSUMMARIZED: &str = "NOT summarized AND feed = 'spot' AND status IN ('landed', 'superseded')";

/// Creates the summaries of all days that dumps landed by an older version changed.
///
/// One transaction for each market, under its lock. An index shows that there is nothing to do.
pub(super) fn backfill(connection: &mut PgConnection) -> QueryResult<()> {
    while let Some(market) = next_market(connection)? {
        let days = connection.transaction(|connection| {
            db::lock_scopes(connection, key::NAME, [market.scope().as_str()])?;
            backfill_market(connection, &market)
        })?;
        let Market { account_id, region } = &market;
        tracing::info!(
            account_id,
            region,
            days,
            "created the summaries of days that an older version landed"
        );
    }
    Ok(())
}

fn next_market(connection: &mut PgConnection) -> QueryResult<Option<Market>> {
    let row: Option<MarketRow> =
        sql_query(format!("SELECT account_id, region FROM ledger WHERE {UNSUMMARIZED} LIMIT 1"))
            .get_result(connection)
            .optional()?;
    Ok(row.map(Market::from))
}

fn backfill_market(connection: &mut PgConnection, market: &Market) -> QueryResult<usize> {
    #[derive(QueryableByName)]
    struct UnsummarizedDump {
        #[diesel(sql_type = Integer)]
        id: i32,
        #[diesel(sql_type = Date)]
        day: NaiveDate,
    }
    let entries: Vec<UnsummarizedDump> = sql_query(format!(
        "SELECT id, day FROM ledger WHERE {UNSUMMARIZED} AND account_id = $1 AND region = $2"
    ))
    .bind::<Text, _>(&market.account_id)
    .bind::<Text, _>(&market.region)
    .load(connection)?;
    let ids: Vec<i32> = entries.iter().map(|entry| entry.id).collect();
    // A dump changes its own day, whose rows it may also remove, and the days of its rows.
    let changed = observations::days_of(connection, market, &ids)?;
    let changed = entries.iter().map(|entry| Day::from(entry.day)).chain(changed);
    let mut dumps = Dumps::default();
    let market = dumps.market_ref(market.clone());
    let affected: BTreeSet<_> = changed.flat_map(|day| days_reached_by((market, day))).collect();
    let affected: Vec<_> = affected.into_iter().collect();
    summaries::remove(connection, &dumps, &affected)?;
    let landed = summaries::landed(connection, &dumps, &affected)?;
    let days: Vec<_> = affected.into_iter().filter(|day| landed.contains(day)).collect();
    let mut months = Months::default();
    for days in days.chunks(MAX_DAYS_AT_ONCE) {
        let made = summaries::of_stored(connection, &dumps, days)?;
        months.ensure(connection, days.iter().map(|(_, day)| *day))?;
        summaries::store(connection, &dumps, made)?;
    }
    sql_query("UPDATE ledger SET summarized = true WHERE id = ANY ($1)")
        .bind::<Array<Integer>, _>(&ids)
        .execute(connection)?;
    Ok(days.len())
}
