//! What dumps say of days where another dump's word stands.

use std::io;

use chrono::{DateTime, Utc};
use diesel::pg::CopyFormat;
use diesel::prelude::*;

use crate::db::binary_copy::{self, BinaryCopy};
use crate::db::schema::spot_carried;
use crate::feed::Market;

use super::Observation;
use super::day::Day;

/// What one dump says of one day; as rows of their own, these claims would take three times the
/// space and a quarter of the time of a landing.
pub(super) struct Carried<'a> {
    pub(super) market: &'a Market,
    pub(super) day: Day,
    pub(super) dump_id: i32,
    pub(super) claims: &'a [Observation],
}

/// Sets claims aside.
pub(super) fn set_aside(connection: &mut PgConnection, groups: &[Carried<'_>]) -> QueryResult<()> {
    use spot_carried::{account_id, day, dump_id, instants, micros, pool_ids, region};
    if groups.is_empty() {
        return Ok(());
    }
    let write = |sink: &mut dyn io::Write| -> io::Result<()> {
        let mut copy = BinaryCopy::new(sink);
        for carried in groups {
            let claims = carried.claims;
            copy.row(7)?;
            copy.text(&carried.market.account_id);
            copy.text(&carried.market.region);
            copy.date(carried.day.0);
            copy.integer(carried.dump_id);
            copy.integers(claims.iter().map(|claim| claim.pool.cast_signed()));
            copy.timestamptzs(claims.iter().map(|claim| claim.observed_at));
            copy.bigints(claims.iter().map(|claim| claim.price));
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

/// Takes back what was set aside for a day.
pub(super) fn recall(
    connection: &mut PgConnection,
    market: &Market,
    day: Day,
) -> QueryResult<Vec<Observation>> {
    type Carried = (i32, Vec<i32>, Vec<DateTime<Utc>>, Vec<i64>);
    let recalled: Vec<Carried> = diesel::delete(
        spot_carried::table
            .filter(
                spot_carried::account_id.eq(&market.account_id).and(spot_carried::region.eq(&market.region)),
            )
            .filter(spot_carried::day.eq(day.date()?)),
    )
    .returning((spot_carried::dump_id, spot_carried::pool_ids, spot_carried::instants, spot_carried::micros))
    .get_results(connection)?;
    Ok(recalled
        .into_iter()
        .flat_map(|(dump_id, pools, instants, micros)| {
            pools.into_iter().zip(instants).zip(micros).map(move |((pool, observed_at), price)| Observation {
                pool: pool.cast_unsigned(),
                observed_at: observed_at.timestamp_micros(),
                origin: dump_id.cast_unsigned(),
                price,
            })
        })
        .collect())
}
