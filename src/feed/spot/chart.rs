//! Spot prices as a chart.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use thiserror::Error;

use super::query::{self, Interval, MarketDays, Pool, PriceSpan, StoredPrice, has_landed, spans};
use crate::chart::{self, Chart, MAX_SERIES, Segment, Series, Unit};

/// Prices drawn in one chart: more could not be distinguished.
const MAX_PRICES: usize = 200_000;

/// Records read at once.
const PAGE_ROWS: usize = 10_000;

/// Why the prices of pools cannot be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ChartError {
    /// More than [`MAX_SERIES`].
    #[error(
        "more than {MAX_SERIES} pools match, and a chart shows {MAX_SERIES} at most: name a zone, an instance type, a product or an account"
    )]
    TooManyPools,
    /// More than `MAX_PRICES`.
    #[error("there are more than {MAX_PRICES} prices in this time: draw fewer pools or days")]
    TooManyPrices,
}

/// Draws the prices of pools over some days, given the days of their markets.
///
/// A price is valid until the next of its pool, for [`query::MAX_PRICE_AGE`] at most, and on days whose dump has landed. Everything else is a gap.
pub fn price_chart(
    connection: &mut PgConnection,
    pools: &[Pool],
    markets: &[MarketDays],
    interval: Interval,
) -> QueryResult<Result<Chart, ChartError>> {
    let (from, to) = (interval.start(), interval.end());
    if pools.len() > MAX_SERIES {
        return Ok(Err(ChartError::TooManyPools));
    }
    let Some(mut prices) = prices(connection, pools, from, to)? else {
        return Ok(Err(ChartError::TooManyPrices));
    };
    let parts: Vec<Vec<&str>> = pools.iter().map(name_parts).collect();
    let (subtitle, names) = chart::names(&parts);
    let series = pools.iter().zip(names).map(|(pool, name)| {
        let records = prices.remove(&pool.id).unwrap_or_default();
        let spans = spans(&records, from, to, |day| has_landed(markets, pool, day));
        Series { name, segments: segments(&spans) }
    });
    let series = series.collect();
    Ok(Ok(Chart { title: "Spot price".to_owned(), subtitle, unit: Unit::DollarsAnHour, from, to, series }))
}

/// The parts of a pool's name, the most distinctive first. The zone's name includes the region.
fn name_parts(pool: &Pool) -> Vec<&str> {
    vec![&pool.instance_type, &pool.availability_zone, &pool.product_description, &pool.account_id]
}

/// The prices that were valid in a time, by pool; nothing if they are too many.
fn prices(
    connection: &mut PgConnection,
    pools: &[Pool],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> QueryResult<Option<BTreeMap<i32, Vec<StoredPrice>>>> {
    let ids: Vec<i32> = pools.iter().map(|pool| pool.id).collect();
    let mut found: BTreeMap<i32, Vec<StoredPrice>> = BTreeMap::new();
    for price in query::opening(connection, &ids, from)? {
        found.entry(price.pool_id).or_default().push(price);
    }
    let (mut after, mut count) = (None, 0);
    loop {
        let page = query::prices(connection, &ids, from, to, after, PAGE_ROWS)?;
        count += page.len();
        if count > MAX_PRICES {
            return Ok(None);
        }
        after = page.last().map(|last| (last.pool_id, last.observed_at));
        let is_last = page.len() < PAGE_ROWS;
        for price in page {
            let of_pool = found.entry(price.pool_id).or_default();
            // The opening price may be at the very first instant.
            if of_pool.last().is_none_or(|last| last.observed_at < price.observed_at) {
                of_pool.push(price);
            }
        }
        if is_last {
            return Ok(Some(found));
        }
    }
}

/// Spans as a chart draws them: those that follow each other at the same price are one segment.
fn segments(spans: &[PriceSpan]) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    for PriceSpan { from, until, micros } in spans.iter().copied() {
        match segments.last_mut() {
            Some(last) if last.until == from && last.micros == micros => last.until = until,
            _ => segments.push(Segment { from, until, micros }),
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        format!("2026-11-{text}:00Z").parse().unwrap()
    }

    #[test]
    fn prices_end_after_36_hours_and_on_days_without_a_dump() {
        let records: Vec<StoredPrice> =
            [("01T06:00", 5), ("02T06:00", 5), ("02T12:00", 7), ("06T00:00", 8), ("06T12:00", 9)]
                .into_iter()
                .map(|(time, micros)| StoredPrice { pool_id: 1, observed_at: at(time), micros, dump_id: 1 })
                .collect();
        let landed = |day| day != at("06T00:00").date_naive();
        let segments = segments(&spans(&records, at("01T12:00"), at("08T00:00"), landed));
        let segments: Vec<_> = segments.into_iter().map(|one| (one.from, one.until, one.micros)).collect();
        let expected =
            [("01T12:00", "02T12:00", 5), ("02T12:00", "04T00:00", 7), ("07T00:00", "08T00:00", 9)];
        assert_eq!(segments, expected.map(|(from, until, micros)| (at(from), at(until), micros)));
    }
}
