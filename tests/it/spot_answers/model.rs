//! Queries compared with a simple model: each second has the price of the last record, if it is still valid.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::sql_types::{BigInt, Integer, Timestamptz};
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use landfall::feed::spot::query::{
    Decimal, Interval, PoolFilter, Ranked, Ranking, Ratio, Summary, cheapest_of, coverage, summaries,
};
use proptest::prelude::*;

use super::{day, interval, simulated};
use crate::support::Database;

#[derive(QueryableByName)]
struct Record {
    #[diesel(sql_type = Integer)]
    pool_id: i32,
    #[diesel(sql_type = Timestamptz)]
    observed_at: DateTime<Utc>,
    #[diesel(sql_type = BigInt)]
    micros: i64,
}

/// All records by pool, in the order of time.
fn records(database: &Database) -> HashMap<i32, Vec<Record>> {
    let all: Vec<Record> = sql_query(
        "SELECT pool_id, observed_at, (price * 1000000)::bigint AS micros
         FROM spot_observations ORDER BY pool_id, observed_at",
    )
    .load(&mut database.connect())
    .unwrap();
    let mut records: HashMap<i32, Vec<Record>> = HashMap::new();
    for record in all {
        records.entry(record.pool_id).or_default().push(record);
    }
    records
}

/// The price of each second of the days that have landed; nothing where it is unknown.
fn seconds(records: &[Record], interval: Interval, landed: impl Fn(NaiveDate) -> bool) -> Vec<Option<i64>> {
    let records: Vec<(i64, i64)> =
        records.iter().map(|record| (record.observed_at.timestamp(), record.micros)).collect();
    let (mut next, mut seconds) = (0, Vec::new());
    for day in interval.days() {
        let (midnight, landed) = (Interval::day(day).start().timestamp(), landed(day));
        for at in midnight..midnight + 86_400 {
            while next < records.len() && records[next].0 <= at {
                next += 1;
            }
            let is_valid = landed && next > 0 && at - records[next - 1].0 < 36 * 3_600;
            seconds.push(is_valid.then(|| records[next - 1].1));
        }
    }
    seconds
}

fn rounded(above: i128, below: i128) -> i64 {
    i64::try_from((above * 2 + below) / (below * 2)).unwrap()
}

/// The average is made of those of days, each of which is rounded.
fn nearly(one: Option<i64>, other: i64) -> bool {
    one.is_some_and(|one| (one - other).abs() <= 1)
}

/// Simulated records are on whole seconds, so seconds are exact.
fn check(ranked: &Ranked, seconds: &[Option<i64>], changes: i64, budget: i64) {
    let mut valid: Vec<i64> = seconds.iter().copied().flatten().collect();
    valid.sort_unstable();
    let (all, total) = (seconds.len() as i128, valid.len() as i128);
    assert_eq!(i128::from(ranked.coverage.ratio.0), total * 1_000_000 / all);
    let sum: i128 = valid.iter().map(|micros| i128::from(*micros)).sum();
    assert!(nearly(ranked.average.map(|average| average.0), rounded(sum * 10_000, total)), "{ranked:?}");
    assert_eq!(ranked.low.unwrap().0, valid[0]);
    assert_eq!(ranked.high.unwrap().0, valid[valid.len() - 1]);
    let quantile = |hundredths: usize| valid[(valid.len() * hundredths).div_ceil(100) - 1];
    assert_eq!((ranked.p50.unwrap().0, ranked.p95.unwrap().0), (quantile(50), quantile(95)));
    let within = valid.iter().filter(|micros| **micros <= budget).count() as i128;
    assert_eq!(i128::from(ranked.within_budget.unwrap().0), within * 1_000_000 / total);
    assert_eq!(ranked.changes_per_day.unwrap().0, rounded(i128::from(changes) * 10_000 * 86_400, total));
}

#[test]
fn the_cheapest_are_those_of_a_simple_model() {
    let database = simulated();
    let mut connection = database.connect();
    let records = records(&database);
    let five = interval("2026-11-01", "2026-11-05");
    let markets = coverage(&mut connection, None, None, five).unwrap().unwrap();
    let budget = 50_000;
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(4));
    let days = (0..5_u64, 0..5_u64, prop_oneof![Just(0), Just(900_000)]);
    runner
        .run(&days, |(one, other, min_coverage)| {
            let days = |n| day("2026-11-01") + chrono::Days::new(n);
            let interval = Interval::new(days(one.min(other)), days(one.max(other))).unwrap();
            let ranking =
                Ranking { budget: Some(Decimal(budget)), limit: 100, min_coverage: Decimal(min_coverage) };
            let connection = &mut database.connect();
            let filter = PoolFilter { region: Some("eu-west-3".to_owned()), ..PoolFilter::default() };
            let result = cheapest_of(connection, &filter, interval, &ranking).unwrap().unwrap();
            assert_eq!(result.pools.len(), 24);
            let mut order = Vec::new();
            for ranked in &result.pools {
                let pool = &ranked.pool;
                let market =
                    markets.iter().find(|one| one.account_id == pool.account_id && one.region == pool.region);
                let seconds = seconds(&records[&pool.id], interval, |day| market.unwrap().has_landed(day));
                let coverage = Ratio::of(seconds.iter().flatten().count() as i64, seconds.len() as i64);
                if coverage.0 == 0 || coverage.0 < min_coverage {
                    assert_eq!((ranked.rank, ranked.average, ranked.p50), (None, None, None));
                    continue;
                }
                check(
                    ranked,
                    &seconds,
                    changes(&records[&pool.id], interval, |day| market.unwrap().has_landed(day)),
                    budget,
                );
                order.push((ranked.average.unwrap(), pool.id));
                assert_eq!(ranked.rank, Some(order.len()));
            }
            assert!(order.is_sorted());
            Ok(())
        })
        .unwrap();
}

/// Records of landed days with another price than the one valid before.
fn changes(records: &[Record], interval: Interval, landed: impl Fn(NaiveDate) -> bool) -> i64 {
    let changed = |pair: &&[Record]| {
        let [before, after] = pair else { unreachable!() };
        let day = after.observed_at.date_naive();
        let was_valid = after.observed_at - before.observed_at < TimeDelta::hours(36);
        interval.contains(day) && landed(day) && was_valid && before.micros != after.micros
    };
    records.windows(2).filter(changed).count() as i64
}

#[test]
fn summaries_of_days_are_those_of_the_view() {
    let database = simulated();
    let five = interval("2026-11-01", "2026-11-05");
    let days: Vec<Interval> = five.days().map(Interval::day).collect();
    let all =
        summaries(&mut database.connect(), &PoolFilter::default(), &days, None, 1_000, Decimal(0)).unwrap();
    let valid: String = all
        .iter()
        .filter_map(|one: &Summary| {
            let (pool, day) = (&one.pool, one.from);
            Some(format!(
                "{} | {} | {} | {} | {day} | {} | {} | {} | {} | {} | {} | {}\n",
                pool.account_id,
                pool.availability_zone,
                pool.instance_type,
                pool.product_description,
                one.average?,
                one.open?,
                one.close?,
                one.low?,
                one.high?,
                one.records,
                one.changes
            ))
        })
        .collect();
    let view = database.table(
        "SELECT account_id, availability_zone, instance_type, product_description, day, average::text, open::text,
                close::text, low::text, high::text, records, changes
         FROM spot_daily JOIN spot_pools USING (account_id, region, availability_zone, instance_type, product_description)
         ORDER BY spot_pools.id, day",
    );
    assert_same_lines(&valid, &view);
    let missing = all.iter().filter(|one| one.average.is_none()).count();
    assert_eq!(missing, 12, "the pools of the market whose third day is missing");
}

fn assert_same_lines(one: &str, other: &str) {
    assert_eq!(one.lines().count(), other.lines().count());
    for (one, other) in one.lines().zip(other.lines()) {
        assert_eq!(one, other);
    }
}
