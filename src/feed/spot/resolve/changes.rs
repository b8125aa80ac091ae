//! Which claim wins for each key, and what that changes.

use std::collections::HashMap;

use crate::feed::Counts;
use crate::feed::spot::day::Day;
use crate::feed::spot::observation::Claim;

use super::dumps::{Dumps, MarketDay, MarketRef};

/// What to store for the claims of a batch.
pub(in crate::feed::spot) struct Changes {
    /// Rows to add, in the order of their keys.
    pub(in crate::feed::spot) added: Vec<Claim>,
    /// Stored rows that another claim wins, in the order of their keys.
    pub(in crate::feed::spot) reassigned: Vec<Claim>,
    /// Losing claims about days that their dumps do not own: kept in case the winner is replaced.
    pub(in crate::feed::spot) deferred: Vec<Claim>,
    /// How many there are of which kind.
    pub(in crate::feed::spot) tally: Tally,
}

/// What resolving changes, in numbers.
#[derive(Default)]
pub(in crate::feed::spot) struct Tally {
    /// The counts of each registered dump.
    pub(in crate::feed::spot) counts: Vec<Counts>,
    /// How the rows of each day change.
    pub(in crate::feed::spot) days: HashMap<MarketDay, DayChange, foldhash::fast::RandomState>,
}

/// How the rows of one day change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::feed::spot) struct DayChange {
    /// Rows added.
    pub(in crate::feed::spot) added: i64,
    /// Of these, the rows of dumps that had landed before.
    pub(in crate::feed::spot) restored: i64,
}

/// Decides which claim wins, key by key.
pub(in crate::feed::spot) struct Resolver<'d> {
    dumps: &'d Dumps,
    /// How many of the dumps, from the first on, are those of the batch; the others had landed before.
    batch: usize,
    tally: Tally,
}

/// The claim that wins a key.
pub(in crate::feed::spot) struct Winner {
    pub(in crate::feed::spot) claim: Claim,
    pub(in crate::feed::spot) market: MarketRef,
    pub(in crate::feed::spot) change: RowChange,
}

/// What a winner changes in the rows.
pub(in crate::feed::spot) enum RowChange {
    Added,
    Reassigned,
    Kept,
}

impl<'d> Resolver<'d> {
    pub(in crate::feed::spot) fn new(dumps: &'d Dumps, batch: usize) -> Self {
        let tally = Tally { counts: vec![Counts::default(); dumps.len()], ..Tally::default() };
        Self { dumps, batch, tally }
    }

    /// Resolves all claims of one key, of which there is at least one; `row` is what is stored under it. Passes on
    /// the claims that are to be kept in case the winner is replaced.
    pub(in crate::feed::spot) fn resolve(
        &mut self,
        claims: &[Claim],
        row: Option<Claim>,
        mut defer: impl FnMut(Claim),
    ) -> Winner {
        let dumps = self.dumps;
        let mut winner = claims[0];
        let day = Day::of(winner.observed_at);
        let rank = |claim: &Claim| dumps.rank(claim.origin, day);
        for claim in &claims[1..] {
            if rank(claim) < rank(&winner) {
                winner = *claim;
            }
        }
        if let Some(row) = row
            && rank(&row) <= rank(&winner)
        {
            winner = row;
        }
        for claim in claims {
            let counts = &mut self.tally.counts[claim.origin.0 as usize];
            // A claim that takes over a stored row is compared with what the row was before.
            let other = if *claim == winner { row } else { Some(winner) };
            match other {
                None => counts.new += 1,
                Some(other) if other.price == claim.price => counts.repeated += 1,
                Some(_) => counts.disagreeing += 1,
            }
            if *claim != winner && !dumps.owns(claim.origin, day) {
                defer(*claim);
            }
        }
        let market = dumps.market(winner.origin);
        let days = &mut self.tally.days;
        let change = match row {
            None => {
                let change = days.entry((market, day)).or_default();
                change.added += 1;
                change.restored += i64::from(winner.origin.0 as usize >= self.batch);
                RowChange::Added
            }
            Some(row) if row != winner => {
                days.entry((market, day)).or_default();
                if !dumps.owns(row.origin, day) {
                    defer(row);
                }
                RowChange::Reassigned
            }
            Some(_) => RowChange::Kept,
        };
        Winner { claim: winner, market, change }
    }

    /// What was resolved so far, in numbers.
    pub(in crate::feed::spot) fn finish(self) -> Tally {
        self.tally
    }
}

/// Decides which claim wins for every claimed key.
///
/// `claims` and `stored` are sorted by key; `stored` has every stored row whose key is claimed. The first
/// `batch` dumps are those of the batch, the others had landed before. Each winner is passed to `on_winner`, in order.
pub(in crate::feed::spot) fn resolve(
    dumps: &Dumps,
    batch: usize,
    mut claims: Vec<Claim>,
    stored: Vec<Claim>,
    mut on_winner: impl FnMut(MarketRef, &Claim),
) -> Changes {
    let mut stored = stored.into_iter().peekable();
    let mut resolver = Resolver::new(dumps, batch);
    let (mut reassigned, mut deferred) = (Vec::new(), Vec::new());
    // Rows to add overwrite claims already resolved: no second list of them is needed.
    let (mut added, mut resolved) = (0, 0);
    while let Some(first) = claims.get(resolved) {
        let key = first.key();
        let group = claims[resolved..].iter().take_while(|claim| claim.key() == key).count();
        let group = resolved..resolved + group;
        resolved = group.end;
        let row = stored.next_if(|row| row.key() == key);
        let winner = resolver.resolve(&claims[group], row, |claim| deferred.push(claim));
        on_winner(winner.market, &winner.claim);
        match winner.change {
            RowChange::Added => {
                claims[added] = winner.claim;
                added += 1;
            }
            RowChange::Reassigned => reassigned.push(winner.claim),
            RowChange::Kept => {}
        }
    }
    claims.truncate(added);
    Changes { added: claims, reassigned, deferred, tally: resolver.finish() }
}
