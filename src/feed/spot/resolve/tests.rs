//! Any history of dumps gives the rows of a simple model: the rule alone, with maps for tables.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proptest::prelude::*;

use super::*;
use crate::feed::spot::day::Day;
use crate::feed::spot::market::Market;
use crate::feed::spot::observation::{Claim, DumpId, PoolId, PoolIndex, RecordIndex, Recorded, Stored};
use crate::feed::{Counts, Revision, Role};

const HOUR: i64 = 3_600_000_000;

/// Pool and hour, with a price: few of them, so that they meet often.
type Records = BTreeMap<(u32, i64), i64>;

/// A revision of the dump of a day.
#[derive(Clone, Debug)]
struct Delivery {
    day: i32,
    modified_at: i64,
    records: Records,
}

fn delivery() -> impl Strategy<Value = Delivery> {
    (10..14_i32, 0..1_000_i64).prop_flat_map(|(day, modified_at)| {
        let hour = (day - 3..=day + 1, 0..2_i64).prop_map(|(day, hour)| i64::from(day) * 24 + hour);
        let records = prop::collection::btree_map((0..2_u32, hour), 1..4_i64, 0..8);
        records.prop_map(move |records| Delivery { day, modified_at, records })
    })
}

/// Batches, each with a dump at most once.
fn history() -> impl Strategy<Value = Vec<Vec<Delivery>>> {
    let batch = prop::collection::vec(delivery(), 1..4).prop_map(|mut batch| {
        let mut days = BTreeSet::new();
        batch.retain(|delivery| days.insert(delivery.day));
        batch
    });
    prop::collection::vec(batch, 1..10)
}

/// The tables of the database.
#[derive(Default)]
struct Tables {
    rows: BTreeMap<(PoolId, i64), Stored>,
    deferred: Vec<Stored>,
    dumps: HashMap<DumpId, Dump>,
    current: HashMap<Day, DumpId>,
    row_count: HashMap<Day, i64>,
}

impl Tables {
    fn register(&self, dumps: &mut Dumps, stored: &[Stored]) -> Vec<Claim> {
        let claim = |row: &Stored| {
            let registered = dumps.find(row.origin);
            row.with_origin(registered.unwrap_or_else(|| dumps.register(self.dumps[&row.origin].clone())))
        };
        stored.iter().map(claim).collect()
    }

    fn land(&mut self, deliveries: &[Delivery], first_id: i32) -> Vec<Counts> {
        let mut batch = Batch::default();
        for (delivery, id) in deliveries.iter().zip(first_id..) {
            let market = Market { account_id: "1".to_owned(), region: "r".to_owned() };
            // The hash breaks ties of equal times: here, the later delivery is the newer revision.
            let mut sha256 = [0; 32];
            sha256[..4].copy_from_slice(&id.to_be_bytes());
            let revision = Revision { modified_at: delivery.modified_at, sha256 };
            let dump = Dump { id: DumpId(id), market, day: Day(delivery.day), revision };
            let role = match self.current.get(&dump.day) {
                None => Role::First,
                Some(old) if revision > self.dumps[old].revision => Role::Replaces(old.0),
                Some(_) => Role::Outdated,
            };
            self.dumps.insert(dump.id, dump.clone());
            if role != Role::Outdated {
                self.current.insert(dump.day, dump.id);
            }
            batch.add(dump, role);
        }
        let mut claims = Vec::new();
        for (dump, role) in batch.own().collect::<Vec<_>>() {
            let Role::Replaces(old) = role else { continue };
            let (_, day) = batch.dumps.market_day(dump);
            let before = self.rows.len();
            self.rows.retain(|key, row| row.origin != DumpId(old) || Day::of(key.1) != day);
            let about_day = |row: &mut Stored| Day::of(row.observed_at) == day;
            let taken: Vec<_> = self.deferred.extract_if(.., about_day).collect();
            batch.replace(dump, (before - self.rows.len()) as i64);
            claims.extend(self.register(&mut batch.dumps, &taken));
        }
        let own: Vec<_> = batch.own().collect();
        for ((dump, _), delivery) in own.into_iter().zip(deliveries) {
            let observations: Vec<_> = delivery
                .records
                .iter()
                .zip(0..)
                .map(|((&(pool, hour), &price), index)| Recorded {
                    pool: PoolIndex(pool),
                    observed_at: hour * HOUR,
                    origin: RecordIndex(index),
                    price,
                })
                .collect();
            batch.add_claims(dump, &[PoolId(7), PoolId(3)], &observations, &mut claims);
        }
        claims.sort();
        claims.dedup();
        let keys: BTreeSet<_> = claims.iter().map(Claim::key).collect();
        let stored: Vec<_> = keys.iter().filter_map(|key| self.rows.get(key).copied()).collect();
        let stored = self.register(&mut batch.dumps, &stored);
        let mut winners = Vec::new();
        let changes =
            resolve(&batch.dumps, batch.len(), claims, stored, |_, winner| winners.push(winner.key()));
        assert_eq!(winners, keys.into_iter().collect::<Vec<_>>(), "a winner for each key, in order");
        batch.apply(&changes.tally);
        let signed = |claim: &Claim| claim.with_origin(batch.dumps.id(claim.origin));
        for claim in &changes.added {
            assert_eq!(self.rows.insert(claim.key(), signed(claim)), None, "the row is new");
        }
        for claim in &changes.reassigned {
            assert!(self.rows.insert(claim.key(), signed(claim)).is_some(), "the row was there");
        }
        self.deferred.extend(changes.deferred.iter().map(signed));
        for ((_, day), added) in batch.days.changes() {
            *self.row_count.entry(day).or_default() += added;
        }
        batch.into_counts()
    }
}

/// The rows after a history, by the rule in plain code: every claim of every revision, but about its own day that of the newest
/// only; of those about a key, the one of the nearest dump.
fn model(history: &[Vec<Delivery>]) -> BTreeMap<(u32, i64), (i64, i32)> {
    let numbered = || history.iter().flatten().zip(1..);
    let newest = |day| numbered().filter(|(d, _)| d.day == day).map(|(d, id)| (d.modified_at, id)).max();
    /// Distance, own day and revision: the lowest wins.
    type Rank = (u32, i32, i64, i32);
    let mut best: BTreeMap<(u32, i64), (Rank, i64)> = BTreeMap::new();
    for (delivery, id) in numbered() {
        let (own_day, revision) = (delivery.day, (delivery.modified_at, id));
        for (&(pool, hour), &price) in &delivery.records {
            let day = (hour / 24) as i32;
            if day == own_day && newest(day) != Some(revision) {
                continue;
            }
            let rank = (day.abs_diff(own_day), -own_day, -revision.0, -revision.1);
            let best = best.entry((pool, hour)).or_insert((rank, price));
            *best = (*best).min((rank, price));
        }
    }
    best.into_iter().map(|(key, (rank, price))| (key, (price, -rank.3))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn any_history_gives_the_rows_of_the_model(history in history()) {
        let mut tables = Tables::default();
        let (mut next_id, mut net) = (1, 0);
        for batch in &history {
            let counts = tables.land(batch, next_id);
            for (delivery, counts) in batch.iter().zip(&counts) {
                let Counts { new, repeated, disagreeing, outdated, rejected: _, removed } = *counts;
                prop_assert_eq!(new + repeated + disagreeing + outdated, delivery.records.len() as i64);
                net += new - removed;
            }
            next_id += batch.len() as i32;
        }
        let pools = [PoolId(7), PoolId(3)];
        let index = |pool| pools.iter().position(|id| *id == pool).unwrap() as u32;
        let rows: BTreeMap<_, _> = tables
            .rows
            .values()
            .map(|row| ((index(row.pool), row.observed_at / HOUR), (row.price, row.origin.0)))
            .collect();
        prop_assert_eq!(&rows, &model(&history));
        prop_assert_eq!(net, rows.len() as i64, "the counts add up");
        for (day, count) in &tables.row_count {
            let stored = tables.rows.keys().filter(|(_, at)| Day::of(*at) == *day).count();
            prop_assert_eq!(*count, stored as i64, "rows of day {}", day.0);
        }
    }
}
