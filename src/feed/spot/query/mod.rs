//! Queries of spot prices, shared by the command line, the API and the page.
//!
//! A price is known from its record until the pool's next one, and for [`MAX_PRICE_AGE`] at most. It counts on days
//! whose dump has landed: the prices of a missing dump are unknown, and never guessed.
//! Every query is bounded, and every result has its coverage.

mod at;
mod cheapest;
mod coverage;
mod decimal;
mod pools;
mod price_span;
mod prices;
mod records;
mod summaries;
mod value_coverage;
mod weighted_sums;

pub use at::{PriceAt, at};
pub use cheapest::{Cheapest, Ranked, Ranking, cheapest, cheapest_of};
pub use coverage::{
    DayState, MarketDay, MarketDays, coverage, has_landed, landed_days, market_days, markets,
};
pub use decimal::{Average, Decimal, Dollars, Rate, Ratio};
pub use pools::{MAX_MARKET_DAYS, MAX_POOL_DAYS, Pool, PoolFilter, TooMany, matching, pools};
pub use price_span::{MAX_PRICE_AGE, PriceSpan, spans};
pub use prices::{opening, prices};
pub use records::{Record, RecordEncoder};
pub(in crate::feed::spot) use summaries::{PeriodSum, sums};
pub use summaries::{Summary, summaries};
pub use value_coverage::{DumpCoverage, ValueCoverage};

pub use super::store::StoredPrice;
pub use crate::feed::format::Format;
pub use crate::feed::interval::{Interval, InvalidInterval, MAX_DAYS};
