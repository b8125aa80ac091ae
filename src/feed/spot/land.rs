//! The landing rules.
//!
//! For each pool and instant one dump's word stands: that of the dump whose day is nearest to the
//! instant. A dump is at distance zero from its own day, so there its word always stands. What a
//! dump says of other days is never lost: where another's word stands it is set aside in
//! `spot_carried`, and weighed again should that dump be replaced.

use std::any::Any;
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::io;

use chrono::{Datelike, NaiveDate};
use diesel::pg::CopyFormat;
use diesel::{ExecuteCopyFromDsl, PgConnection, QueryResult, copy_from};

use crate::db::binary_copy::{self, BinaryCopy};
use crate::db::schema::spot_observations;
use crate::feed::{Counts, Lander, Landing, Revision, Role};

use super::carried::{self, Carried};
use super::day::Day;
use super::days::Days;
use super::pool_book::PoolBook;
use super::sorted::{RUN, Sorted};
use super::standing::{self, Market};
use super::{Observation, SpotDump};

/// Lands spot dumps.
#[derive(Default)]
pub(super) struct SpotLander {
    pools: PoolBook,
    months: HashSet<NaiveDate>,
}

impl Lander for SpotLander {
    fn land(&mut self, connection: &mut PgConnection, batch: Vec<Landing<'_>>) -> QueryResult<Vec<Counts>> {
        self.pools.bound();
        let mut scene = Scene::default();
        for landing in &batch {
            scene.admit(landing);
        }
        let mut claims = Vec::new();
        for (speaker, landing) in batch.iter().enumerate() {
            if let Role::Replaces(old) = landing.role {
                claims.extend(scene.clear_day(connection, speaker, old)?);
            }
        }
        for (speaker, landing) in batch.into_iter().enumerate() {
            let dump = content(landing)?;
            scene.speakers[speaker].counts.repeated += dump.repeats() as i64;
            let market = &scene.markets[scene.speakers[speaker].market];
            let pools = self.pools.numbers(connection, market, &dump.pools)?;
            match dump.observations {
                Sorted::Memory(observations) => scene.hear(speaker, &pools, &observations, &mut claims),
                // Too large to be weighed with the others: piece by piece, and then it stands.
                Sorted::Scratch(scratch) => {
                    for window in scratch.windows(RUN).map_err(scratch_failed)? {
                        let mut claims = Vec::new();
                        scene.hear(speaker, &pools, &window.map_err(scratch_failed)?, &mut claims);
                        self.weigh(connection, &mut scene, claims)?;
                    }
                    scene.days.settle();
                }
            }
        }
        self.weigh(connection, &mut scene, claims)?;
        let Scene { mut speakers, batch, markets, days, .. } = scene;
        days.store(connection, &markets)?;
        speakers.truncate(batch);
        Ok(speakers.into_iter().map(|speaker| speaker.counts).collect())
    }
}

impl SpotLander {
    /// Decides whose word stands for every key that is claimed, and writes what follows from it.
    fn weigh(
        &mut self,
        connection: &mut PgConnection,
        scene: &mut Scene,
        mut claims: Vec<Observation>,
    ) -> QueryResult<()> {
        // Each dump's claims are in order already: this sort merges such runs instead of sorting anew.
        claims.sort();
        claims.dedup();
        let verdict = scene.judge(connection, claims)?;
        self.ensure_months(connection, verdict.new.iter().chain(&verdict.carried))?;
        standing::reassign(connection, &verdict.reassigned)?;
        copy_observations(connection, &verdict.new)?;
        scene.set_aside(connection, verdict.carried)
    }

    fn ensure_months<'a>(
        &mut self,
        connection: &mut PgConnection,
        observations: impl Iterator<Item = &'a Observation>,
    ) -> QueryResult<()> {
        let mut last = None;
        for observation in observations {
            let day = Day::of(observation.observed_at);
            if last.replace(day) == Some(day) {
                continue;
            }
            let date = day.date();
            let month = date.with_day(1).unwrap_or(date);
            if self.months.insert(month) {
                standing::ensure_month(connection, month)?;
            }
        }
        Ok(())
    }
}

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
struct Scene {
    speakers: Vec<Speaker>,
    /// How many of them are the batch's own.
    batch: usize,
    /// Days whose rows were taken back, with the place of the dump that replaces them.
    cleared: HashMap<(usize, Day), usize>,
    by_dump_id: HashMap<i32, usize>,
    markets: Vec<Market>,
    days: Days,
}

/// What a batch comes to.
struct Verdict {
    /// Rows to add, in the order of their keys; origins are ledger numbers.
    new: Vec<Observation>,
    /// Stored rows that another word now stands for; origins are ledger numbers.
    reassigned: Vec<Observation>,
    /// What is set aside; origins are places among the speakers.
    carried: Vec<Observation>,
}

impl Scene {
    /// Lets a dump of the batch speak.
    fn admit(&mut self, landing: &Landing<'_>) {
        let market = self.market((landing.dump.account_id.clone(), landing.dump.region.clone()));
        let day = landing.dump.day.into();
        self.batch += 1;
        self.speak(Speaker {
            dump_id: landing.dump_id,
            market,
            day,
            revision: landing.revision,
            role: landing.role,
            counts: Counts::default(),
        });
    }

    fn speak(&mut self, speaker: Speaker) {
        self.by_dump_id.insert(speaker.dump_id, self.speakers.len());
        self.speakers.push(speaker);
    }

    fn market(&mut self, market: Market) -> usize {
        self.markets.iter().position(|known| *known == market).unwrap_or_else(|| {
            self.markets.push(market);
            self.markets.len() - 1
        })
    }

    /// Takes back what the replaced revision said of its day; answers what others say of it.
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

    /// Takes down what a dump says, under the database's numbers of its pools.
    fn hear(
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
    fn judge(&mut self, connection: &mut PgConnection, mut claims: Vec<Observation>) -> QueryResult<Verdict> {
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
                    let speaker = winner.origin as usize;
                    let market = self.speakers[speaker].market;
                    self.days.add(market, day, 1);
                    if speaker >= self.batch
                        && let Some(clearing) = self.cleared.get(&(market, day))
                    {
                        self.speakers[*clearing].counts.removed -= 1;
                    }
                    claims[new] = self.signed(&winner);
                    new += 1;
                }
                Some(row) if row != winner => {
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
    fn set_aside(&self, connection: &mut PgConnection, mut claims: Vec<Observation>) -> QueryResult<()> {
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

fn content(landing: Landing<'_>) -> QueryResult<Box<SpotDump>> {
    let content: Box<dyn Any> = landing.content;
    content.downcast().map_err(|_| {
        diesel::result::Error::QueryBuilderError("the spot feed was handed another feed's dump".into())
    })
}

fn scratch_failed(error: io::Error) -> diesel::result::Error {
    diesel::result::Error::QueryBuilderError(format!("cannot read the scratch file back: {error}").into())
}

fn copy_observations(connection: &mut PgConnection, rows: &[Observation]) -> QueryResult<()> {
    use spot_observations::{dump_id, observed_at, pool_id, price};
    if rows.is_empty() {
        return Ok(());
    }
    copy_from(spot_observations::table)
        .from_raw_data((observed_at, pool_id, dump_id, price), |sink| {
            write_rows(rows, sink).map_err(binary_copy::failed)
        })
        .with_format(CopyFormat::Binary)
        .execute(connection)
        .map(drop)
}

fn write_rows(rows: &[Observation], sink: &mut dyn io::Write) -> io::Result<()> {
    let mut copy = BinaryCopy::new(sink);
    for row in rows {
        copy.row(4)?;
        copy.timestamptz(row.observed_at);
        copy.integer(row.pool.cast_signed());
        copy.integer(row.origin.cast_signed());
        copy.micros(row.price);
    }
    copy.finish()
}
