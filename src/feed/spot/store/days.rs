//! How many rows each day has: `spot_days`.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Date, Text};

use crate::feed::spot::resolve::{Dumps, MarketDay};
use crate::feed::spot::{key, part};
use crate::ledger::{self, PartChanges};

use super::DayColumns;

/// Whether each of the days has rows.
pub(in crate::feed::spot) fn have_rows(
    connection: &mut PgConnection,
    dumps: &Dumps,
    days: &[MarketDay],
) -> QueryResult<Vec<bool>> {
    #[derive(QueryableByName)]
    struct Ordinal {
        #[diesel(sql_type = BigInt)]
        ordinal: i64,
    }
    let mut have_rows = vec![false; days.len()];
    let columns = DayColumns::of(dumps, days)?;
    // OFFSET keeps the planner to one index look-up for each day.
    let found: Vec<Ordinal> = sql_query(
        "SELECT wanted.ordinal
         FROM unnest($1, $2, $3) WITH ORDINALITY AS wanted (account_id, region, day, ordinal)
         CROSS JOIN LATERAL (
             SELECT FROM spot_days AS stored
             WHERE stored.account_id = wanted.account_id AND stored.region = wanted.region
               AND stored.day = wanted.day AND stored.row_count > 0
             OFFSET 0
         ) AS stored",
    )
    .bind::<Array<Text>, _>(columns.account_ids)
    .bind::<Array<Text>, _>(columns.regions)
    .bind::<Array<Date>, _>(columns.days)
    .load(connection)?;
    for Ordinal { ordinal } in found {
        have_rows[ordinal as usize - 1] = true;
    }
    Ok(have_rows)
}

/// Adds to the counts of days and of the months they are in; a negative number subtracts.
pub(in crate::feed::spot) fn add(
    connection: &mut PgConnection,
    dumps: &Dumps,
    changes: impl Iterator<Item = (MarketDay, i64)> + Clone,
) -> QueryResult<()> {
    let mut months = PartChanges::new();
    for ((market, day), rows) in changes.clone() {
        *months.entry(part::name(dumps.name(market), day.month()?)).or_default() += rows;
    }
    ledger::count_changes(connection, key::NAME, &months)?;
    let (days, rows): (Vec<MarketDay>, Vec<i64>) = changes.filter(|(_, rows)| *rows != 0).unzip();
    if days.is_empty() {
        return Ok(());
    }
    let columns = DayColumns::of(dumps, &days)?;
    // Not an upsert: a check rejects a negative count even where it would only be added to another.
    sql_query(
        "WITH change AS (
             SELECT * FROM unnest($1, $2, $3, $4) AS change (account_id, region, day, rows)
         ), updated AS (
             UPDATE spot_days AS stored SET row_count = row_count + rows FROM change
             WHERE stored.account_id = change.account_id AND stored.region = change.region AND stored.day = change.day
             RETURNING stored.account_id, stored.region, stored.day
         )
         INSERT INTO spot_days (account_id, region, day, row_count)
         SELECT account_id, region, day, rows FROM change
         WHERE (account_id, region, day) NOT IN (SELECT account_id, region, day FROM updated)",
    )
    .bind::<Array<Text>, _>(columns.account_ids)
    .bind::<Array<Text>, _>(columns.regions)
    .bind::<Array<Date>, _>(columns.days)
    .bind::<Array<BigInt>, _>(rows)
    .execute(connection)
    .map(drop)
}
