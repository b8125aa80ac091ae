//! The landing rules.
//!
//! For each pool and instant one dump's word stands: that of the dump whose day is nearest to the
//! instant. A dump is at distance zero from its own day, so there its word always stands. What a
//! dump says of other days is never lost: where another's word stands it is set aside in
//! `spot_carried`, and weighed again should that dump be replaced.

mod daily;

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use diesel::{PgConnection, QueryResult};

use crate::feed::{Counts, DumpName, Landing, Market, Revision, Role};

use super::Observation;
use super::carried::{self, Carried};
use super::day::Day;
use super::days::Days;
use super::standing;
use super::summary::{Row, Summarizer};

/// A dump revision that says something about the keys at hand.
struct Speaker {
    dump_id: i32,
    market: usize,
    day: Day,
    revision: Revision,
    role: Role,
    counts: Counts,
}

impl Speaker {
    /// Of those who speak about an instant, the word of the one that ranks lowest stands.
    fn rank(&self, day: Day) -> (u32, Reverse<Day>, Reverse<Revision>) {
        (self.distance(day), Reverse(self.day), Reverse(self.revision))
    }

    fn distance(&self, day: Day) -> u32 {
        self.day.0.abs_diff(day.0)
    }
}

/// Everybody who speaks in one batch: first its own dumps, in their order, then those that spoke before.
#[derive(Default)]
pub(super) struct Scene {
    speakers: Vec<Speaker>,
    /// How many of them are the batch's own.
    batch: usize,
    /// Days whose rows were taken back, with the place of the dump that replaces them.
    cleared: HashMap<(usize, Day), usize>,
    by_dump_id: HashMap<i32, usize>,
    markets: Vec<Market>,
    market_places: HashMap<Market, usize>,
    days: Days,
    summarizer: Summarizer,
}

/// What a batch comes to.
pub(super) struct Verdict {
    /// Rows to add, in the order of their keys; origins are ledger numbers.
    pub(super) new: Vec<Observation>,
    /// Stored rows that another word now stands for; origins are ledger numbers.
    pub(super) reassigned: Vec<Observation>,
    /// What is set aside; origins are places among the speakers.
    pub(super) carried: Vec<Observation>,
}

impl Scene {
    /// Lets a dump of the batch speak.
    pub(super) fn admit(&mut self, landing: &Landing<'_>) -> QueryResult<()> {
        let DumpName { market: Some(market), day: Some(day), name: _ } = landing.dump else {
            return Err(diesel::result::Error::QueryBuilderError(
                "the spot feed was handed a dump without a market or a day".into(),
            ));
        };
        let market = self.market(market.clone());
        let day = (*day).into();
        self.batch += 1;
        self.speak(Speaker {
            dump_id: landing.dump_id,
            market,
            day,
            revision: landing.revision,
            role: landing.role,
            counts: Counts::default(),
        });
        Ok(())
    }

    fn speak(&mut self, speaker: Speaker) {
        self.by_dump_id.insert(speaker.dump_id, self.speakers.len());
        self.speakers.push(speaker);
    }

    fn market(&mut self, market: Market) -> usize {
        *self.market_places.entry(market).or_insert_with_key(|market| {
            self.markets.push(market.clone());
            self.markets.len() - 1
        })
    }

    /// Takes back what replaced revisions said of their days; answers what others say of those days.
    pub(super) fn clear_replaced_days(
        &mut self,
        connection: &mut PgConnection,
    ) -> QueryResult<Vec<Observation>> {
        let mut recalled = Vec::new();
        for speaker in 0..self.batch {
            if let Role::Replaces(old) = self.speakers[speaker].role {
                recalled.extend(self.clear_day(connection, speaker, old)?);
            }
        }
        Ok(recalled)
    }

    fn clear_day(
        &mut self,
        connection: &mut PgConnection,
        speaker: usize,
        old: i32,
    ) -> QueryResult<Vec<Observation>> {
        let Speaker { market, day, .. } = self.speakers[speaker];
        let removed = standing::withdraw(connection, &self.markets[market], day, old)?;
        self.speakers[speaker].counts.removed += removed;
        self.days.remove(market, day, removed);
        self.cleared.insert((market, day), speaker);
        let mut recalled = carried::recall(connection, &self.markets[market], day)?;
        self.introduce(connection, &mut recalled)?;
        Ok(recalled)
    }

    /// Lets the dumps behind stored observations speak: origins become places among the speakers.
    fn introduce(&mut self, connection: &mut PgConnection, stored: &mut [Observation]) -> QueryResult<()> {
        let strangers: HashSet<i32> = stored
            .iter()
            .map(|observation| observation.origin.cast_signed())
            .filter(|dump_id| !self.by_dump_id.contains_key(dump_id))
            .collect();
        if !strangers.is_empty() {
            for dump in standing::dumps(connection, &strangers.into_iter().collect::<Vec<_>>())? {
                let market = self.market(dump.market);
                self.speak(Speaker {
                    dump_id: dump.id,
                    market,
                    day: dump.day,
                    revision: dump.revision,
                    role: Role::First,
                    counts: Counts::default(),
                });
            }
        }
        for observation in stored {
            let speaker = self.by_dump_id.get(&observation.origin.cast_signed());
            observation.origin = *speaker.ok_or(diesel::result::Error::NotFound)? as u32;
        }
        Ok(())
    }

    /// The market of a dump of the batch, by its place.
    pub(super) fn market_of(&self, speaker: usize) -> &Market {
        &self.markets[self.speakers[speaker].market]
    }

    /// Counts exact repeats within a dump.
    pub(super) fn count_repeats(&mut self, speaker: usize, repeats: u64) {
        self.speakers[speaker].counts.repeated += repeats as i64;
    }

    /// What was judged so far counts as stored from here on.
    pub(super) fn settle(&mut self) {
        self.days.settle();
    }

    /// Writes the rows' counts; answers those of each dump of the batch.
    pub(super) fn close(mut self, connection: &mut PgConnection) -> QueryResult<Vec<Counts>> {
        self.days.store(connection, &self.markets)?;
        self.speakers.truncate(self.batch);
        Ok(self.speakers.into_iter().map(|speaker| speaker.counts).collect())
    }

    /// Takes down what a dump says, under the database's numbers of its pools.
    pub(super) fn hear(
        &mut self,
        speaker: usize,
        pools: &[u32],
        observations: &[Observation],
        claims: &mut Vec<Observation>,
    ) {
        let Speaker { day, role, .. } = self.speakers[speaker];
        let heard = claims.len();
        claims.extend(
            observations
                .iter()
                // Of its own day, only the newest revision may speak.
                .filter(|observation| role != Role::Outdated || Day::of(observation.observed_at) != day)
                .map(|observation| Observation {
                    pool: pools[observation.pool as usize],
                    origin: speaker as u32,
                    ..*observation
                }),
        );
        let outdated = observations.len() - (claims.len() - heard);
        self.speakers[speaker].counts.outdated += outdated as i64;
    }

    /// Decides for every claimed key whose word stands; claims come in the order of their keys.
    pub(super) fn judge(
        &mut self,
        connection: &mut PgConnection,
        mut claims: Vec<Observation>,
    ) -> QueryResult<Verdict> {
        let mut stored = self.stored(connection, &claims)?.into_iter().peekable();
        let mut reassigned = Vec::new();
        let mut carried = Vec::new();
        // New rows take the place of claims already judged: no second list of them is needed.
        let mut new = 0;
        let mut judged = 0;
        while let Some(first) = claims.get(judged) {
            let key = first.key();
            let day = Day::of(first.observed_at);
            let group = claims[judged..].iter().take_while(|claim| claim.key() == key).count();
            let group = judged..judged + group;
            judged = group.end;

            let row = stored.next_if(|row| row.key() == key);
            let rank = |claim: &Observation| self.speakers[claim.origin as usize].rank(day);
            let mut best = claims[group.start];
            for claim in &claims[group.start + 1..group.end] {
                if rank(claim) < rank(&best) {
                    best = *claim;
                }
            }
            let winner = row.filter(|row| rank(row) <= rank(&best)).unwrap_or(best);
            let market = self.speakers[winner.origin as usize].market;
            let Observation { pool, observed_at, price, .. } = winner;
            self.summarizer.push(Row { market, pool, observed_at, price });
            for claim in &claims[group] {
                let speaker = &mut self.speakers[claim.origin as usize];
                // A claim that takes over a stored row is held against what the row said before.
                let other = if *claim == winner { row } else { Some(winner) };
                match other {
                    None => speaker.counts.new += 1,
                    Some(other) if other.price == claim.price => speaker.counts.repeated += 1,
                    Some(_) => speaker.counts.disagreeing += 1,
                }
                if *claim != winner && speaker.distance(day) > 0 {
                    carried.push(*claim);
                }
            }
            match row {
                None => {
                    self.days.add(market, day, 1);
                    if winner.origin as usize >= self.batch
                        && let Some(clearing) = self.cleared.get(&(market, day))
                    {
                        self.speakers[*clearing].counts.removed -= 1;
                    }
                    claims[new] = self.signed(&winner);
                    new += 1;
                }
                Some(row) if row != winner => {
                    self.days.change(market, day);
                    reassigned.push(self.signed(&winner));
                    if self.speakers[row.origin as usize].distance(day) > 0 {
                        carried.push(row);
                    }
                }
                Some(_) => {}
            }
        }
        claims.truncate(new);
        Ok(Verdict { new: claims, reassigned, carried })
    }

    /// The stored rows under the claimed keys; days known to be empty are not looked through.
    fn stored(
        &mut self,
        connection: &mut PgConnection,
        claims: &[Observation],
    ) -> QueryResult<Vec<Observation>> {
        let place =
            |claim: &Observation| (self.speakers[claim.origin as usize].market, Day::of(claim.observed_at));
        let mut days = HashSet::new();
        let mut last = None;
        for claim in claims {
            let place = place(claim);
            if last.replace(place) != Some(place) {
                days.insert(place);
            }
        }
        self.days.learn(connection, &self.markets, &days)?;
        let mut keys: Vec<_> = claims
            .iter()
            .filter(|claim| {
                let (market, day) = place(claim);
                !self.days.is_empty(market, day)
            })
            .map(Observation::key)
            .collect();
        keys.dedup();
        let mut stored = standing::rows(connection, &keys)?;
        self.introduce(connection, &mut stored)?;
        Ok(stored)
    }

    /// Sets claims aside, those of one dump about one day together.
    pub(super) fn set_aside(
        &self,
        connection: &mut PgConnection,
        mut claims: Vec<Observation>,
    ) -> QueryResult<()> {
        claims.sort_unstable_by_key(|claim| (claim.origin, claim.observed_at, claim.pool));
        let together = |a: &Observation, b: &Observation| {
            a.origin == b.origin && Day::of(a.observed_at) == Day::of(b.observed_at)
        };
        let groups: Vec<_> = claims
            .chunk_by(together)
            .map(|claims| {
                let Speaker { dump_id, market, .. } = self.speakers[claims[0].origin as usize];
                let market = &self.markets[market];
                Carried { market, day: Day::of(claims[0].observed_at), dump_id, claims }
            })
            .collect();
        carried::set_aside(connection, &groups)
    }

    /// The observation with its dump's number in the ledger for its origin.
    fn signed(&self, claim: &Observation) -> Observation {
        Observation { origin: self.speakers[claim.origin as usize].dump_id.cast_unsigned(), ..*claim }
    }
}
