//! Spot prices as a chart.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use thiserror::Error;

use super::query::{self, Interval, MarketDays, Pool, Price, PriceSpan, has_landed, spans};
use crate::chart::{self, Chart, MOST_SERIES, Segment, Series};

/// The most prices drawn in one chart: more are not told apart by anybody.
const MAX_PRICES: usize = 200_000;

/// Records taken at once.
const PAGE: usize = 10_000;

/// Why pools cannot be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NoChart {
    /// More than have a colour.
    #[error(
        "more than {MOST_SERIES} pools match, and a chart shows {MOST_SERIES} at most: name a zone, an instance type, a product or an account"
    )]
    TooManyPools,
    /// More than can be seen.
    #[error("there are more than {MAX_PRICES} prices in this time: draw fewer pools or days")]
    TooManyPrices,
}

/// Draws the prices of pools over some days, given the days of their markets.
///
/// A price is valid until the next of its pool, for [`query::MAX_PRICE_AGE`] at most, and on days whose dump has landed. All else is a gap.
pub fn price_chart(
    connection: &mut PgConnection,
    pools: &[Pool],
    markets: &[MarketDays],
    interval: Interval,
) -> QueryResult<Result<Chart, NoChart>> {
    let (from, to) = (interval.start(), interval.end());
    if pools.len() > MOST_SERIES {
        return Ok(Err(NoChart::TooManyPools));
    }
    let Some(mut prices) = prices(connection, pools, from, to)? else {
        return Ok(Err(NoChart::TooManyPrices));
    };
    let parts: Vec<Vec<&str>> = pools.iter().map(name_parts).collect();
    let (subtitle, names) = chart::names(&parts);
    let series = pools.iter().zip(names).map(|(pool, name)| {
        let records = prices.remove(&pool.id).unwrap_or_default();
        let spans = spans(&records, from, to, |day| has_landed(markets, pool, day));
        Series { name, segments: segments(&spans) }
    });
    let series = series.collect();
    Ok(Ok(Chart { title: "Spot price".to_owned(), subtitle, from, to, series }))
}

/// What tells pools apart, the most telling first. The region is in the zone's name.
fn name_parts(pool: &Pool) -> Vec<&str> {
    vec![&pool.instance_type, &pool.availability_zone, &pool.product_description, &pool.account_id]
}

/// All records that say what held, by pool; nothing if they are too many.
fn prices(
    connection: &mut PgConnection,
    pools: &[Pool],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> QueryResult<Option<BTreeMap<i32, Vec<Price>>>> {
    let ids: Vec<i32> = pools.iter().map(|pool| pool.id).collect();
    let mut found: BTreeMap<i32, Vec<Price>> = BTreeMap::new();
    for price in query::opening(connection, &ids, from)? {
        found.entry(price.pool_id).or_default().push(price);
    }
    let (mut after, mut count) = (None, 0);
    loop {
        let page = query::prices(connection, &ids, from, to, after, PAGE)?;
        count += page.len();
        if count > MAX_PRICES {
            return Ok(None);
        }
        after = page.last().map(|last| (last.pool_id, last.at));
        let is_last = page.len() < PAGE;
        for price in page {
            let of_pool = found.entry(price.pool_id).or_default();
            // That of the very first instant is the opening one.
            if of_pool.last().is_none_or(|last| last.at < price.at) {
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
        let records: Vec<Price> =
            [("01T06:00", 5), ("02T06:00", 5), ("02T12:00", 7), ("06T00:00", 8), ("06T12:00", 9)]
                .into_iter()
                .map(|(time, micros)| Price { pool_id: 1, at: at(time), micros, dump_id: 1 })
                .collect();
        let landed = |day| day != at("06T00:00").date_naive();
        let segments = segments(&spans(&records, at("01T12:00"), at("08T00:00"), landed));
        let segments: Vec<_> = segments.into_iter().map(|one| (one.from, one.until, one.micros)).collect();
        let expected =
            [("01T12:00", "02T12:00", 5), ("02T12:00", "04T00:00", 7), ("07T00:00", "08T00:00", 9)];
        assert_eq!(segments, expected.map(|(from, until, micros)| (at(from), at(until), micros)));
    }
}
