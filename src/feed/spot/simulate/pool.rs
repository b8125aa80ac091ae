//! How the price of one pool moves, and when it is stated.

use std::ops::RangeInclusive;

use super::dump::Record;
use crate::feed::draws::Draws;

pub(super) const SECONDS_PER_DAY: i64 = 86_400;

/// An unchanged price is stated again after so many seconds: from 23.5 to 25.5 hours, counted from
/// the last such time.
const RESTATED_AFTER: RangeInclusive<u32> = 84_600..=91_800;

/// Of 8 times that a price is looked at out of turn, so many find it where it was. Restating once a
/// day does not account for all repeats in real dumps: with it alone, either fewer records would
/// repeat a price or more prices would be from before the day.
const UNMOVED_OF_8: u32 = 3;

/// A pool at its latest record. Times are in seconds since 1970, prices in ten-thousandths of a US
/// dollar an hour.
pub(super) struct Pool {
    at: i64,
    restate_at: i64,
    /// When the price is next looked at out of turn.
    look_at: i64,
    /// The price without the fee, which moves between `low` and `high`.
    market_price: u32,
    low: u32,
    high: u32,
    fee: u32,
}

/// Mean seconds between two looks out of turn, for so many changes a day; infinite if nothing ever
/// changes.
pub(super) fn look_after(changes_per_day: f64) -> f64 {
    let looks_per_day = changes_per_day * 8.0 / f64::from(8 - UNMOVED_OF_8);
    if looks_per_day > 0.0 { SECONDS_PER_DAY as f64 / looks_per_day } else { f64::INFINITY }
}

impl Pool {
    /// A pool whose latest record is up to a day before `begin`.
    pub(super) fn open(market: u32, fee: u32, begin: i64, look_after: f64, draws: &mut Draws) -> Self {
        // No two pools of a type cost quite the same: from 80 to 120 % of the usual.
        let market_price = (market * 4 / 5 + draws.below(market * 2 / 5)).max(1);
        let at = begin - 1 - i64::from(draws.below(SECONDS_PER_DAY as u32));
        let mut pool = Self {
            at,
            restate_at: at,
            look_at: at,
            market_price,
            low: market_price.div_ceil(2),
            high: market_price * 2 + 2,
            fee,
        };
        pool.plan_restatement(draws);
        pool.plan_look(look_after, draws);
        pool
    }

    /// The latest record, of a pool with this number.
    pub(super) fn record(&self, pool: u32) -> Record {
        Record { at: self.at, price: self.market_price + self.fee, pool }
    }

    /// Goes on to the pool's next record, if that is before `end`.
    pub(super) fn advance(&mut self, end: i64, look_after: f64, draws: &mut Draws) -> bool {
        // A second later, if need be: two prices of one pool in the same second would have no
        // order.
        let at = self.restate_at.min(self.look_at).max(self.at + 1);
        if at >= end {
            return false;
        }
        self.at = at;
        if self.look_at < self.restate_at {
            if draws.below(8) >= UNMOVED_OF_8 {
                self.change(draws);
            }
            self.plan_look(look_after, draws);
        } else {
            self.plan_restatement(draws);
        }
        true
    }

    /// Up or down by at most 6 %, by one step at least, and back where it would leave its bounds.
    fn change(&mut self, draws: &mut Draws) {
        let by = 1 + draws.below(self.market_price * 6 / 100);
        let up_first = draws.below(2) == 0;
        let may_rise = self.market_price + by <= self.high;
        let may_fall = self.market_price >= self.low + by;
        if may_rise && (up_first || !may_fall) {
            self.market_price += by;
        } else {
            self.market_price -= by;
        }
    }

    fn plan_restatement(&mut self, draws: &mut Draws) {
        let spread = RESTATED_AFTER.end() - RESTATED_AFTER.start() + 1;
        self.restate_at = self.at + i64::from(RESTATED_AFTER.start() + draws.below(spread));
    }

    fn plan_look(&mut self, look_after: f64, draws: &mut Draws) {
        // An infinite wait becomes the largest whole number, and so stays out of reach.
        self.look_at = self.at.saturating_add((draws.exponential() * look_after) as i64).saturating_add(1);
    }
}
