//! What the database already says: stored rows and the dumps behind them.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Integer, Text, Timestamptz};

use crate::db::schema::ledger;
use crate::feed::{Market, Revision};

use super::Observation;
use super::day::{Day, OutsideCalendar, instant};

impl From<OutsideCalendar> for diesel::result::Error {
    fn from(error: OutsideCalendar) -> Self {
        Self::SerializationError(Box::new(error))
    }
}

#[derive(QueryableByName)]
struct StoredRow {
    #[diesel(sql_type = Integer)]
    pool_id: i32,
    #[diesel(sql_type = Timestamptz)]
    observed_at: DateTime<Utc>,
    #[diesel(sql_type = BigInt)]
    micros: i64,
    #[diesel(sql_type = Integer)]
    dump_id: i32,
}

impl From<StoredRow> for Observation {
    /// The origin of a stored row is its dump's number in the ledger.
    fn from(row: StoredRow) -> Self {
        Observation {
            pool: row.pool_id.cast_unsigned(),
            observed_at: row.observed_at.timestamp_micros(),
            origin: row.dump_id.cast_unsigned(),
            price: row.micros,
        }
    }
}

/// The rows stored under the given keys, in the order of their keys.
pub(super) fn rows(connection: &mut PgConnection, keys: &[(u32, i64)]) -> QueryResult<Vec<Observation>> {
    let mut rows = Vec::new();
    // Pieces bound the memory of the parameters.
    for keys in keys.chunks(20_000) {
        let pools: Vec<i32> = keys.iter().map(|(pool, _)| pool.cast_signed()).collect();
        let instants =
            keys.iter().map(|(_, observed_at)| instant(*observed_at)).collect::<Result<Vec<_>, _>>()?;
        let Some((first, last)) = ends(&instants) else { continue };
        let found: Vec<StoredRow> = sql_query(
            // OFFSET keeps the planner to one look into the key for each row asked for, whose cost does
            // not grow with the table; the bounds let it leave out the months that cannot matter.
            "SELECT o.pool_id, o.observed_at, (o.price * 1000000)::bigint AS micros, o.dump_id
             FROM unnest($1, $2) AS k (pool_id, observed_at)
             CROSS JOIN LATERAL (
                 SELECT * FROM spot_observations AS o
                 WHERE o.pool_id = k.pool_id AND o.observed_at = k.observed_at
                   AND o.observed_at BETWEEN $3 AND $4
                 OFFSET 0
             ) AS o",
        )
        .bind::<Array<Integer>, _>(&pools)
        .bind::<Array<Timestamptz>, _>(&instants)
        .bind::<Timestamptz, _>(first)
        .bind::<Timestamptz, _>(last)
        .load(connection)?;
        rows.extend(found.into_iter().map(Observation::from));
    }
    rows.sort_unstable();
    Ok(rows)
}

/// Takes away what a revision said of its own day; answers how many rows that were.
pub(super) fn withdraw(
    connection: &mut PgConnection,
    market: &Market,
    day: Day,
    dump_id: i32,
) -> QueryResult<i64> {
    let withdrawn = sql_query(
        "DELETE FROM spot_observations AS o USING spot_pools AS p
         WHERE p.account_id = $1 AND p.region = $2 AND o.pool_id = p.id
           AND o.observed_at >= $3 AND o.observed_at < $4 AND o.dump_id = $5",
    )
    .bind::<Text, _>(&market.account_id)
    .bind::<Text, _>(&market.region)
    .bind::<Timestamptz, _>(instant(day.start())?)
    .bind::<Timestamptz, _>(instant(day.end())?)
    .bind::<Integer, _>(dump_id)
    .execute(connection)?;
    Ok(withdrawn as i64)
}

/// A dump that landed before.
pub(super) struct Dump {
    pub(super) id: i32,
    pub(super) market: Market,
    pub(super) day: Day,
    pub(super) revision: Revision,
}

/// The columns of the ledger that a [`Dump`] is made of.
type DumpRow = (i32, Option<String>, Option<String>, Option<NaiveDate>, DateTime<Utc>, Option<Vec<u8>>);

/// Dumps by their numbers in the ledger.
pub(super) fn dumps(connection: &mut PgConnection, ids: &[i32]) -> QueryResult<Vec<Dump>> {
    let found: Vec<DumpRow> = ledger::table
        .filter(ledger::id.eq_any(ids))
        .select((
            ledger::id,
            ledger::account_id,
            ledger::region,
            ledger::day,
            ledger::modified_at,
            ledger::sha256,
        ))
        .load(connection)?;
    found
        .into_iter()
        .map(|(id, account_id, region, day, modified_at, sha256)| {
            let missing = |column| move || incomplete(id, column);
            let account_id = account_id.ok_or_else(missing("account_id"))?;
            let region = region.ok_or_else(missing("region"))?;
            Ok(Dump {
                id,
                market: Market { account_id, region },
                day: day.ok_or_else(missing("day"))?.into(),
                revision: Revision::of_entry(modified_at, sha256.as_deref()).ok_or_else(missing("sha256"))?,
            })
        })
        .collect()
}

/// Rows name a ledger entry that no landing can have written.
fn incomplete(id: i32, column: &str) -> diesel::result::Error {
    diesel::result::Error::DeserializationError(
        format!("the ledger entry {id} has rows, but no {column}: restore it from a backup").into(),
    )
}

/// The first and the last of some instants.
fn ends(instants: &[DateTime<Utc>]) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    Some((*instants.iter().min()?, *instants.iter().max()?))
}

/// Gives rows to the dumps that now stand behind them; origins are ledger numbers.
pub(super) fn reassign(connection: &mut PgConnection, rows: &[Observation]) -> QueryResult<()> {
    for rows in rows.chunks(20_000) {
        let instants = rows.iter().map(|row| instant(row.observed_at)).collect::<Result<Vec<_>, _>>()?;
        let Some((first, last)) = ends(&instants) else { continue };
        sql_query(
            "UPDATE spot_observations AS o SET price = k.micros::numeric / 1000000, dump_id = k.dump_id
             FROM unnest($1, $2, $3, $4) AS k (pool_id, observed_at, micros, dump_id)
             WHERE o.pool_id = k.pool_id AND o.observed_at = k.observed_at
               AND o.observed_at BETWEEN $5 AND $6",
        )
        .bind::<Array<Integer>, _>(rows.iter().map(|row| row.pool.cast_signed()).collect::<Vec<_>>())
        .bind::<Array<Timestamptz>, _>(&instants)
        .bind::<Array<BigInt>, _>(rows.iter().map(|row| row.price).collect::<Vec<_>>())
        .bind::<Array<Integer>, _>(rows.iter().map(|row| row.origin.cast_signed()).collect::<Vec<_>>())
        .bind::<Timestamptz, _>(first)
        .bind::<Timestamptz, _>(last)
        .execute(connection)?;
    }
    Ok(())
}

/// Makes the partitions of a month.
pub(super) fn ensure_month(connection: &mut PgConnection, month: NaiveDate) -> QueryResult<()> {
    sql_query("SELECT spot_ensure_month($1)")
        .bind::<diesel::sql_types::Date, _>(month)
        .execute(connection)
        .map(drop)
}
