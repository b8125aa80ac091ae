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
    let mut counts = vec![Counts::default(); dumps.len()];
    let mut days: HashMap<MarketDay, DayChange, _> = HashMap::default();
    let (mut reassigned, mut deferred) = (Vec::new(), Vec::new());
    // Rows to add overwrite claims already resolved: no second list of them is needed.
    let (mut added, mut resolved) = (0, 0);
    while let Some(first) = claims.get(resolved) {
        let (key, day) = (first.key(), Day::of(first.observed_at));
        let group = claims[resolved..].iter().take_while(|claim| claim.key() == key).count();
        let group = resolved..resolved + group;
        resolved = group.end;

        let row = stored.next_if(|row| row.key() == key);
        let rank = |claim: &Claim| dumps.rank(claim.origin, day);
        let mut winner = claims[group.start];
        for claim in &claims[group.start + 1..group.end] {
            if rank(claim) < rank(&winner) {
                winner = *claim;
            }
        }
        if let Some(row) = row
            && rank(&row) <= rank(&winner)
        {
            winner = row;
        }
        let market = dumps.market(winner.origin);
        on_winner(market, &winner);
        for claim in &claims[group] {
            let counts = &mut counts[claim.origin.0 as usize];
            // A claim that takes over a stored row is compared with what the row was before.
            let other = if *claim == winner { row } else { Some(winner) };
            match other {
                None => counts.new += 1,
                Some(other) if other.price == claim.price => counts.repeated += 1,
                Some(_) => counts.disagreeing += 1,
            }
            if *claim != winner && !dumps.owns(claim.origin, day) {
                deferred.push(*claim);
            }
        }
        match row {
            None => {
                let change = days.entry((market, day)).or_default();
                change.added += 1;
                change.restored += i64::from(winner.origin.0 as usize >= batch);
                claims[added] = winner;
                added += 1;
            }
            Some(row) if row != winner => {
                days.entry((market, day)).or_default();
                reassigned.push(winner);
                if !dumps.owns(row.origin, day) {
                    deferred.push(row);
                }
            }
            Some(_) => {}
        }
    }
    claims.truncate(added);
    Changes { added: claims, reassigned, deferred, counts, days }
}
