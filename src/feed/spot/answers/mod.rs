//! Answers about spot prices: what each means is here, however it is asked for.
//!
//! A price is known from its record until the pool's next one, and for [`HOLD`] at most. It counts on days
//! whose dump has landed: what a missing dump would have said is unknown, and never guessed.
//! Every question is bounded, and every answer says how much of it is known.

mod at;
mod cheapest;
mod coverage;
mod decimal;
mod held;
mod interval;
mod pools;
mod prices;
mod records;
mod stamp;
mod summaries;
mod weights;

pub use at::{PriceAt, at};
pub use cheapest::{Cheapest, Ranked, Ranking, cheapest, cheapest_of};
pub use coverage::{
    DayState, MarketDay, MarketDays, coverage, has_landed, landed_days, market_days, markets,
};
pub use decimal::{Average, Decimal, Dollars, Rate, Share};
pub use held::{HOLD, Span, spans};
pub use interval::{Interval, MOST_DAYS, NoInterval};
pub use pools::{MAX_MARKET_DAYS, MOST_POOL_DAYS, Pool, PoolFilter, TooMany, matching, pools};
pub use prices::{Price, opening, prices};
pub use records::{Format, Record, Sheet};
pub use stamp::{Extent, Stamp};
pub use summaries::{Summary, summaries};
