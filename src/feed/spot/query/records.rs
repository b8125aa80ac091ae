//! Encodes records as JSON, NDJSON or CSV, part by part, so that they need not fit in memory.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::decimal::{Decimal, Dollars};
use super::pools::Pool;
use super::value_coverage::DumpCoverage;
use crate::feed::format::{Format, csv};
use crate::feed::spot::store::StoredPrice;

/// A price of a pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Record<'a> {
    /// The pool.
    #[serde(flatten)]
    pub pool: &'a Pool,
    /// From when it is valid.
    pub timestamp: DateTime<Utc>,
    /// US dollars an hour.
    #[schema(value_type = f64, example = 0.0673)]
    pub price: Dollars,
    /// The dump revision that it comes from.
    #[schema(example = 1)]
    pub dump_id: i32,
}

impl<'a> Record<'a> {
    /// The columns, as CSV names them.
    pub const COLUMNS: [&'static str; 9] = [
        "pool_id",
        "account_id",
        "region",
        "availability_zone",
        "instance_type",
        "product_description",
        "timestamp",
        "price",
        "dump_id",
    ];

    /// Records with their pools, which are in the order of their numbers.
    pub fn of(prices: &[StoredPrice], pools: &'a [Pool]) -> Vec<Self> {
        let record = |price: &StoredPrice| {
            let pool = pools.binary_search_by_key(&price.pool_id, |pool| pool.id).ok()?;
            let (timestamp, dump_id) = (price.observed_at, price.dump_id);
            Some(Self { pool: &pools[pool], timestamp, price: Decimal(price.micros), dump_id })
        };
        prices.iter().filter_map(record).collect()
    }

    /// The text of each column.
    pub fn cells(&self) -> [String; 9] {
        let pool = self.pool;
        [
            pool.id.to_string(),
            pool.account_id.clone(),
            pool.region.clone(),
            pool.availability_zone.clone(),
            pool.instance_type.clone(),
            pool.product_description.clone(),
            self.timestamp.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            self.price.to_string(),
            self.dump_id.to_string(),
        ]
    }
}

/// Writes records, part by part.
#[derive(Debug)]
pub struct RecordEncoder {
    format: Format,
    rows: u64,
}

impl RecordEncoder {
    /// An encoder at its start.
    pub fn new(format: Format) -> Self {
        Self { format, rows: 0 }
    }

    /// The text before the rows.
    pub fn head(&self, coverage: &DumpCoverage) -> serde_json::Result<Vec<u8>> {
        Ok(match self.format {
            Format::Json => {
                format!("{{\"coverage\":{},\"prices\":[", serde_json::to_string(coverage)?).into_bytes()
            }
            Format::Ndjson => Vec::new(),
            Format::Csv => csv(&[Record::COLUMNS]),
        })
    }

    /// The text of more rows.
    pub fn rows(&mut self, records: &[Record<'_>]) -> serde_json::Result<Vec<u8>> {
        if self.format == Format::Csv {
            let cells: Vec<_> = records.iter().map(Record::cells).collect();
            return Ok(csv(&cells));
        }
        let mut text = Vec::with_capacity(records.len() * 256);
        for record in records {
            if self.format == Format::Json && self.rows > 0 {
                text.extend(b",\n");
            }
            serde_json::to_writer(&mut text, record)?;
            if self.format == Format::Ndjson {
                text.push(b'\n');
            }
            self.rows += 1;
        }
        Ok(text)
    }

    /// The text after the rows, with the cursor of those that follow on another page.
    pub fn tail(&self, next: Option<&str>) -> serde_json::Result<Vec<u8>> {
        Ok(match self.format {
            Format::Json => format!("],\"next\":{}}}\n", serde_json::to_string(&next)?).into_bytes(),
            Format::Ndjson | Format::Csv => Vec::new(),
        })
    }
}
