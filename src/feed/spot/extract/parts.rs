//! The parts of the tables: months of markets.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Bool, Date, Text};

use super::selection::selects;
use crate::db::partitions;
use crate::db::schema::{spot_observations, spot_pools};
use crate::feed::extract_table::TablePart;
use crate::feed::interval::Interval;
use crate::feed::lake::existing;
use crate::feed::spot::Market;
use crate::feed::spot::part;
use crate::feed::spot::query::PoolFilter;
use crate::month::Month;

/// A part with the state of its rows.
#[derive(QueryableByName)]
struct State {
    #[diesel(sql_type = Text)]
    part: String,
    #[diesel(sql_type = BigInt)]
    state: i64,
    #[diesel(sql_type = BigInt)]
    landed: i64,
}

/// Those of records: their rows are counted in `feed_parts`.
const OF_RECORDS: &str =
    "SELECT part, changes AS state, row_count AS landed FROM feed_parts WHERE feed = 'spot' ORDER BY part";

/// Those of summaries. The days of a month are summarized whose dump has landed, also an empty one, and on the first days prices
/// of the month before may still be valid.
const OF_SUMMARIES: &str = "
    WITH days AS (
        SELECT concat_ws('/', account_id, region, to_char(day, 'YYYY-MM')) AS part,
               concat_ws('/', account_id, region, to_char(min(day) - interval '1 month', 'YYYY-MM')) AS before,
               string_agg(id::text, ' ' ORDER BY id) FILTER (WHERE status = 'landed') AS dumps
        FROM ledger
        WHERE feed = 'spot' AND status IN ('landed', 'superseded', 'withdrawn')
        GROUP BY account_id, region, to_char(day, 'YYYY-MM')
    )
    SELECT days.part,
           hashtextextended(format('%s %s %s', own.changes, earlier.changes, dumps), 0) AS state,
           coalesce(own.row_count, 0) AS landed
    FROM days
    LEFT JOIN feed_parts AS own ON own.feed = 'spot' AND own.part = days.part
    LEFT JOIN feed_parts AS earlier ON earlier.feed = 'spot' AND earlier.part = days.before
    ORDER BY days.part COLLATE \"C\"";

/// The selected parts of records.
pub(super) fn of_records(
    connection: &mut PgConnection,
    filter: &PoolFilter,
    table: &str,
) -> QueryResult<Vec<TablePart>> {
    let condition =
        |month: Month| format!("\"timestamp\" >= '{}' AND \"timestamp\" < '{}'", month.first(), month.end());
    parts(connection, OF_RECORDS, "spot_observations", filter, table, condition)
}

/// The selected parts of summaries, whose day or month has this column.
pub(super) fn of_summaries(
    connection: &mut PgConnection,
    filter: &PoolFilter,
    table: &str,
    column: &str,
) -> QueryResult<Vec<TablePart>> {
    let condition = |month: Month| format!("{column} BETWEEN '{}' AND '{}'", month.first(), month.last());
    parts(connection, OF_SUMMARIES, "spot_summaries", filter, table, condition)
}

fn parts(
    connection: &mut PgConnection,
    states: &str,
    stored_in: &str,
    filter: &PoolFilter,
    table: &str,
    condition: impl Fn(Month) -> String,
) -> QueryResult<Vec<TablePart>> {
    let stored = stored_months(connection, stored_in)?;
    let states: Vec<State> = sql_query(states).load(connection)?;
    let mut parts = Vec::new();
    for State { part: name, state, landed } in states {
        let (market, first) = existing(part::parse(&name))?;
        if stored.contains(&first) && selects(filter, &market) {
            let Market { account_id, region } = market;
            let month = Month::of(first);
            parts.push(TablePart {
                folder: format!("{table}/market={account_id}_{region}/month={month}"),
                condition: format!(
                    "account_id = '{account_id}' AND region = '{region}' AND {}",
                    condition(month)
                ),
                name,
                days: Interval::month(first),
                date: first.format("%Y%m").to_string(),
                state,
                landed,
            });
        }
    }
    Ok(parts)
}

/// How many records of a part are stored.
pub(super) fn stored_records(connection: &mut PgConnection, part: &str) -> QueryResult<i64> {
    let (Market { account_id, region }, first) = existing(part::parse(part))?;
    let month = Interval::month(first);
    let pools: Vec<i32> = spot_pools::table
        .filter(spot_pools::account_id.eq(account_id).and(spot_pools::region.eq(region)))
        .select(spot_pools::id)
        .load(connection)?;
    spot_observations::table
        .filter(spot_observations::pool_id.eq_any(pools))
        .filter(spot_observations::observed_at.ge(month.start()))
        .filter(spot_observations::observed_at.lt(month.end()))
        .count()
        .get_result(connection)
}

/// Whether there are summaries of a part's records.
pub(super) fn has_summaries(connection: &mut PgConnection, part: &str) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Bool)]
        found: bool,
    }
    let (Market { account_id, region }, first) = existing(part::parse(part))?;
    let month = Interval::month(first);
    let Found { found } = sql_query(
        "SELECT EXISTS (
             SELECT 1 FROM spot_summaries
             WHERE account_id = $1 AND region = $2 AND day BETWEEN $3 AND $4 AND 0 < ANY (records)
         ) AS found",
    )
    .bind::<Text, _>(account_id)
    .bind::<Text, _>(region)
    .bind::<Date, _>(month.first)
    .bind::<Date, _>(month.last)
    .get_result(connection)?;
    Ok(found)
}

/// The months that have a partition: where somebody dropped it, files stay as they are.
fn stored_months(connection: &mut PgConnection, table: &str) -> QueryResult<BTreeSet<NaiveDate>> {
    let month = |name: &String| {
        let month = name.strip_prefix(table)?;
        NaiveDate::parse_from_str(&format!("{month}_01"), "_%Y_%m_%d").ok()
    };
    Ok(partitions(connection, table)?.iter().filter_map(month).collect())
}
