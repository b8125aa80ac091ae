//! Options of the commands that query spot prices.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::{Args, ValueEnum};

use super::Database;
use crate::feed::spot::query::{Decimal, Dollars, PoolFilter, Ratio};

/// The output format of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// A header and a line for each
    Csv,
    /// What `landfall serve` returns
    Json,
}

/// A filter of pools.
#[derive(Args, Clone, Debug)]
pub struct Pools {
    /// Only of this AWS account
    #[arg(long, value_name = "ID", value_parser = |text: &str| field("account", text))]
    pub account: Option<String>,
    /// Only in this region
    #[arg(long, value_name = "REGION", value_parser = |text: &str| field("region", text))]
    pub region: Option<String>,
    /// Only in this availability zone
    #[arg(long, value_name = "ZONE", value_parser = |text: &str| field("zone", text))]
    pub zone: Option<String>,
    /// Only of this type, such as c5.xlarge; * matches any characters, ? any one
    #[arg(long, value_name = "TYPE", value_parser = |text: &str| field("instance_type", text))]
    pub instance_type: Option<String>,
    /// Only of this product, such as Linux/UNIX
    #[arg(long, value_name = "PRODUCT", value_parser = |text: &str| field("product", text))]
    pub product: Option<String>,
}

/// Days.
#[derive(Args, Clone, Copy, Debug)]
pub struct Days {
    /// First UTC day [default: 29 days before the last, or the first that has landed]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub from: Option<NaiveDate>,
    /// Last UTC day, at most 366 in all [default: the last that has landed]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub to: Option<NaiveDate>,
}

const PRICES_EXAMPLE: &str = "\
Example:
  landfall prices --region eu-west-3 --instance-type 'm5dn.*' --from 2026-11-01 --to 2026-11-02 --format csv";

/// `landfall prices`.
#[derive(Args, Debug)]
#[command(after_help = PRICES_EXAMPLE)]
pub struct Prices {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub pools: Pools,
    /// First instant, such as 2026-11-01T06:00:00Z, or a day for its midnight UTC [default: 30 days
    /// before the end, or the first day that has landed]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub from: Option<DateTime<Utc>>,
    /// The end, exclusive [default: the end of the last day that has landed]
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub to: Option<DateTime<Utc>>,
    /// Records at most [default: 100 in a table, else all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// How to print them
    #[arg(long, default_value = "table")]
    pub format: Format,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub database: Database,
}

const CHEAPEST_EXAMPLE: &str = "\
Averages are by time: a price counts for as long as it was valid, 36 hours at most.

Example:
  landfall cheapest --region eu-west-3 --product Linux/UNIX --budget 0.05";

/// `landfall cheapest`.
#[derive(Args, Debug)]
#[command(after_help = CHEAPEST_EXAMPLE)]
pub struct Cheapest {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub pools: Pools,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub days: Days,
    /// A price in dollars an hour: show the ratio of the time for which a pool is not above it
    #[arg(long, value_name = "DOLLARS", value_parser = Dollars::parse)]
    pub budget: Option<Dollars>,
    /// Rank only pools whose price is known for this ratio of the time
    #[arg(long, value_name = "RATIO", default_value = "0.9", value_parser = ratio)]
    pub min_coverage: Ratio,
    /// Pools at most
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub limit: u16,
    /// How to print them
    #[arg(long, default_value = "table")]
    pub format: Format,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub database: Database,
}

const COVERAGE_EXAMPLE: &str = "\
Example:
  landfall coverage --region eu-west-3 --from 2026-11-01 --to 2026-11-30 --format csv";

/// `landfall coverage`.
#[derive(Args, Debug)]
#[command(after_help = COVERAGE_EXAMPLE)]
pub struct Coverage {
    /// Only of this AWS account
    #[arg(long, value_name = "ID", value_parser = |text: &str| field("account", text))]
    pub account: Option<String>,
    /// Only in this region
    #[arg(long, value_name = "REGION", value_parser = |text: &str| field("region", text))]
    pub region: Option<String>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub days: Days,
    /// How to print it
    #[arg(long, default_value = "table")]
    pub format: Format,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub database: Database,
}

fn field(name: &'static str, text: &str) -> Result<String, String> {
    PoolFilter::field_error(name, text).map_or_else(|| Ok(text.to_owned()), Err)
}

fn instant(text: &str) -> Result<DateTime<Utc>, &'static str> {
    let day = text.parse().map(|day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc());
    day.or_else(|_| DateTime::parse_from_rfc3339(text).map(Into::into))
        .map_err(|_| "write YYYY-MM-DDTHH:MM:SSZ, or YYYY-MM-DD")
}

fn ratio(text: &str) -> Result<Ratio, &'static str> {
    Decimal::parse(text)
        .ok()
        .filter(|ratio| *ratio <= Ratio::ALL)
        .ok_or("write a number from 0 to 1 with six digits at most after the point")
}
