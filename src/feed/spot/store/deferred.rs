//! Losing claims about days that their dumps do not own: `spot_carried`.

use std::cell::RefCell;
use std::io;

use chrono::{DateTime, Utc};
use diesel::pg::CopyFormat;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Integer, Text};

use crate::db::binary_copy::{self, BinaryCopy};
use crate::db::schema::spot_carried;
use crate::feed::spot::day::Day;
use crate::feed::spot::market::Market;
use crate::feed::spot::observation::{Claim, DumpId, PoolId, Stored};
use crate::feed::spot::resolve::Dumps;

/// Stores deferred claims, which come in the order of their dumps and days: those of one dump about one day in one row,
/// since rows of their own would take three times the space and a quarter of the time of a write.
pub(in crate::feed::spot) fn defer(
    connection: &mut PgConnection,
    dumps: &Dumps,
    claims: impl Iterator<Item = io::Result<Claim>>,
) -> QueryResult<()> {
    use spot_carried::{account_id, day, dump_id, instants, micros, pool_ids, region};
    let mut claims = claims.peekable();
    if claims.peek().is_none() {
        return Ok(());
    }
    let claims = RefCell::new(claims);
    let write = |sink: &mut dyn io::Write| -> io::Result<()> {
        let mut copy = BinaryCopy::new(sink);
        let mut claims = claims.borrow_mut();
        while let Some(first) = claims.next().transpose()? {
            let same_row = |claim: &io::Result<Claim>| {
                claim.as_ref().map_or(true, |claim| {
                    claim.origin == first.origin && Day::of(claim.observed_at) == Day::of(first.observed_at)
                })
            };
            let mut row = vec![first];
            while let Some(claim) = claims.next_if(same_row) {
                row.push(claim?);
            }
            let market = dumps.name(dumps.market(first.origin));
            copy.row(7)?;
            copy.text(&market.account_id);
            copy.text(&market.region);
            copy.date(Day::of(first.observed_at).0);
            copy.integer(dumps.id(first.origin).0);
            copy.integers(row.iter().map(|claim| claim.pool.0));
            copy.timestamptzs(row.iter().map(|claim| claim.observed_at));
            copy.bigints(row.iter().map(|claim| claim.price));
        }
        copy.finish()
    };
    diesel::copy_from(spot_carried::table)
        .from_raw_data((account_id, region, day, dump_id, pool_ids, instants, micros), |sink| {
            write(sink).map_err(binary_copy::failed)
        })
        .with_format(CopyFormat::Binary)
        .execute(connection)
        .map(drop)
}

/// Removes the deferred claims about a day and returns them, to be resolved again.
pub(in crate::feed::spot) fn take(
    connection: &mut PgConnection,
    market: &Market,
    day: Day,
) -> QueryResult<Vec<Stored>> {
    type DeferredRow = (i32, Vec<i32>, Vec<DateTime<Utc>>, Vec<i64>);
    let rows: Vec<DeferredRow> = diesel::delete(
        spot_carried::table
            .filter(
                spot_carried::account_id.eq(&market.account_id).and(spot_carried::region.eq(&market.region)),
            )
            .filter(spot_carried::day.eq(day.date()?)),
    )
    .returning((spot_carried::dump_id, spot_carried::pool_ids, spot_carried::instants, spot_carried::micros))
    .get_results(connection)?;
    let claims = |(dump_id, pools, instants, micros): DeferredRow| {
        pools.into_iter().zip(instants).zip(micros).map(move |((pool, observed_at), price)| Stored {
            pool: PoolId(pool),
            observed_at: observed_at.timestamp_micros(),
            origin: DumpId(dump_id),
            price,
        })
    };
    Ok(rows.into_iter().flat_map(claims).collect())
}

/// Removes the deferred claims of a dump's revisions; returns how many there were.
pub(in crate::feed::spot) fn remove(
    connection: &mut PgConnection,
    market: &Market,
    revisions: &[i32],
) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct RemovedClaims {
        #[diesel(sql_type = BigInt)]
        claims: i64,
    }
    let removed: RemovedClaims = sql_query(
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
