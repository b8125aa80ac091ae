//! Answers about spot prices: what each means is here, however it is asked for.
//!
//! A price is known from its record until the pool's next one, and for [`MAX_PRICE_AGE`] at most. It counts on days
//! whose dump has landed: what a missing dump would have said is unknown, and never guessed.
//! Every question is bounded, and every answer says how much of it is known.

mod at;
mod cheapest;
mod coverage;
mod decimal;
mod interval;
mod pools;
mod price_span;
mod prices;
mod records;
mod summaries;
mod value_coverage;
mod weights;

pub use at::{PriceAt, at};
pub use cheapest::{Cheapest, Ranked, Ranking, cheapest, cheapest_of};
pub use coverage::{
    DayState, MarketDay, MarketDays, coverage, has_landed, landed_days, market_days, markets,
};
pub use decimal::{Average, Decimal, Dollars, Rate, Ratio};
pub use interval::{Interval, MOST_DAYS, NoInterval};
pub use pools::{MAX_MARKET_DAYS, MOST_POOL_DAYS, Pool, PoolFilter, TooMany, matching, pools};
pub use price_span::{MAX_PRICE_AGE, PriceSpan, spans};
pub use prices::{Price, opening, prices};
pub use records::{Format, Record, RecordEncoder};
pub use summaries::{Summary, summaries};
pub use value_coverage::{DumpCoverage, ValueCoverage};
