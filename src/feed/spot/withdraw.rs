//! Takes back what a dump brought: the rows become what they would be had it never been delivered.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Date, Integer, Text};

use chrono::NaiveDate;

use crate::feed::{Market, TakenBack};

use super::day::Day;
use super::land::SpotLander;
use super::scene::Scene;
use super::{standing, summaries};

/// Days whose claims and summaries are worked out at once: it bounds the memory, however many days a dump is about.
const MAX_DAYS_AT_ONCE: usize = 16;

/// Takes back the rows and deferred claims of a dump, given all its revisions (`ledger.id`); see
/// [`crate::feed::Feed::withdraw`].
///
/// All revisions are meant: claims of older ones outside their own day would otherwise outlive the dump. Once their
/// rows are deleted, the deferred claims of other dumps on the same keys are resolved by the rule that lands dumps.
pub(super) fn withdraw(connection: &mut PgConnection, revisions: &[i32]) -> QueryResult<TakenBack> {
    let Some(dump) = standing::dumps(connection, revisions)?.into_iter().next() else {
        return Err(diesel::result::Error::NotFound);
    };
    let deferred = remove_claims(connection, &dump.market, revisions)?;
    let days = remove_rows(connection, &dump.market, revisions)?;
    // Days without a dump have no summaries; those of the days around are made anew below.
    summaries::remove(connection, std::slice::from_ref(&dump.market), &[(0, dump.day)])?;
    let mut taken_back = TakenBack { removed: 0, restored: 0, deferred };
    let mut lander = SpotLander::default();
    for days in days.chunks(MAX_DAYS_AT_ONCE) {
        taken_back.removed += days.iter().map(|(_, rows)| rows).sum::<i64>();
        taken_back.restored += resolve_again(connection, &mut lander, &dump.market, days)?;
    }
    Ok(taken_back)
}

/// Lets the claims of other dumps about days take the place of the rows removed there; returns how many did.
fn resolve_again(
    connection: &mut PgConnection,
    lander: &mut SpotLander,
    market: &Market,
    days: &[(Day, i64)],
) -> QueryResult<i64> {
    let mut scene = Scene::default();
    let mut restored = 0;
    for (day, rows) in days {
        let claims = scene.reopen(connection, market, *day, *rows)?;
        restored += lander.weigh(connection, &mut scene, claims)?;
    }
    lander.summarize(connection, &mut scene)?;
    scene.close(connection)?;
    Ok(restored)
}

/// Removes the revisions' deferred claims; returns how many there were.
fn remove_claims(connection: &mut PgConnection, market: &Market, revisions: &[i32]) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Removed {
        #[diesel(sql_type = BigInt)]
        claims: i64,
    }
    let removed: Removed = sql_query(
        "WITH removed AS (
             DELETE FROM spot_carried WHERE account_id = $1 AND region = $2 AND dump_id = ANY($3)
             RETURNING cardinality(pool_ids) AS claims
         )
         SELECT coalesce(sum(claims), 0)::bigint AS claims FROM removed",
    )
    .bind::<Text, _>(&market.account_id)
    .bind::<Text, _>(&market.region)
    .bind::<Array<Integer>, _>(revisions)
    .get_result(connection)?;
    Ok(removed.claims)
}

/// Removes the revisions' rows; returns how many there were of which days, in order.
///
/// There is no index by dump, which every landing would have to pay for: this looks through the market's rows.
fn remove_rows(
    connection: &mut PgConnection,
    market: &Market,
    revisions: &[i32],
) -> QueryResult<Vec<(Day, i64)>> {
    #[derive(QueryableByName)]
    struct Removed {
        #[diesel(sql_type = Date)]
        day: NaiveDate,
        #[diesel(sql_type = BigInt)]
        rows: i64,
    }
    let removed: Vec<Removed> = sql_query(
        "WITH removed AS (
             DELETE FROM spot_observations AS o USING spot_pools AS p
             WHERE p.account_id = $1 AND p.region = $2 AND o.pool_id = p.id AND o.dump_id = ANY($3)
             RETURNING (o.observed_at AT TIME ZONE 'UTC')::date AS day
         )
         SELECT day, count(*) AS rows FROM removed GROUP BY day ORDER BY day",
    )
    .bind::<Text, _>(&market.account_id)
    .bind::<Text, _>(&market.region)
    .bind::<Array<Integer>, _>(revisions)
    .load(connection)?;
    Ok(removed.into_iter().map(|Removed { day, rows }| (day.into(), rows)).collect())
}
