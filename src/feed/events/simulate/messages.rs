//! The messages, in the order of delivery.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

use super::event::event;
use super::malformed::malformed;
use super::simulation::Simulation;
use crate::feed::draws::Draws;

/// Messages of which one may come again.
const REMEMBERED: usize = 1_000;
/// Messages that may overtake one.
const MAX_OVERTAKING: u32 = 1_000;

/// What is delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its text, without a line end.
    pub body: String,
    /// When the collector received it.
    pub received_at: DateTime<Utc>,
    /// Whether it is no event.
    pub is_malformed: bool,
}

impl Simulation {
    /// Every message in the order of delivery, made when the iterator reaches it.
    pub fn messages(&self) -> impl Iterator<Item = Message> {
        Messages::of(self)
    }
}

/// Makes messages one by one.
struct Messages<'s> {
    simulation: &'s Simulation,
    draws: Draws,
    /// Messages made.
    made: u64,
    /// By when they are due, and in which order they were made.
    waiting: BTreeMap<(u64, u64), Message>,
    recent: VecDeque<Message>,
    /// The number of the first message of each day, and of the one after the last.
    days: Vec<u64>,
}

impl<'s> Messages<'s> {
    fn of(simulation: &'s Simulation) -> Self {
        let draws = Draws::of(simulation.seed, "messages", "");
        let days = days(simulation);
        Self { simulation, draws, made: 0, waiting: BTreeMap::new(), recent: VecDeque::new(), days }
    }

    fn make(&mut self) -> Message {
        let received_at = self.received_at();
        let draws = &mut self.draws;
        if self.simulation.malformed.includes_next(draws) {
            let good = event(self.simulation, draws, received_at);
            return Message { body: malformed(&good, draws), received_at, is_malformed: true };
        }
        if self.simulation.duplicates.includes_next(draws) && !self.recent.is_empty() {
            return self.recent[draws.below(self.recent.len() as u32) as usize].clone();
        }
        let body = event(self.simulation, draws, received_at);
        let message = Message { body, received_at, is_malformed: false };
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(message.clone());
        message
    }

    /// When the next message is received: messages of a day are spread over it.
    fn received_at(&mut self) -> DateTime<Utc> {
        let day = self.days.partition_point(|first| *first <= self.made).saturating_sub(1);
        let (first, end) = (self.days[day], self.days.get(day + 1).copied().unwrap_or(self.made + 1));
        let slot = TimeDelta::days(1).num_microseconds().unwrap_or_default() as u64 / (end - first).max(1);
        let within =
            slot * (self.made - first) + u64::from(self.draws.below(u32::try_from(slot).unwrap_or(u32::MAX)));
        let midnight = self.simulation.first_day.and_time(NaiveTime::MIN).and_utc();
        midnight + TimeDelta::days(day as i64) + TimeDelta::microseconds(within as i64)
    }
}

/// The number of the first message of each day, and of the one after the last: days are not alike.
fn days(simulation: &Simulation) -> Vec<u64> {
    let mut draws = Draws::of(simulation.seed, "days", "");
    let weights: Vec<u64> = (0..simulation.days.max(1)).map(|_| 70 + u64::from(draws.below(61))).collect();
    let all: u64 = weights.iter().sum();
    let before = weights.iter().scan(0, |sum, weight| {
        *sum += weight;
        Some(*sum)
    });
    let share = |sum: u64| (u128::from(simulation.count) * u128::from(sum) / u128::from(all)) as u64;
    std::iter::once(0).chain(before.map(share)).collect()
}

impl Iterator for Messages<'_> {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        loop {
            let due = self.waiting.first_key_value().map(|((due, _), _)| *due);
            if self.made == self.simulation.count || due.is_some_and(|due| due < self.made) {
                return self.waiting.pop_first().map(|(_, message)| message);
            }
            let message = self.make();
            let overtaken = self.simulation.out_of_order.includes_next(&mut self.draws);
            let later = if overtaken { 1 + u64::from(self.draws.below(MAX_OVERTAKING)) } else { 0 };
            self.waiting.insert((self.made + later, self.made), message);
            self.made += 1;
        }
    }
}
