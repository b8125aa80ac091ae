//! Which days' summaries a batch makes, and from what.

use std::collections::BTreeSet;
use std::mem;

use diesel::{PgConnection, QueryResult};

use crate::feed::Role;
use crate::feed::spot::day::Day;
use crate::feed::spot::summaries::{self, REACH};
use crate::feed::spot::summary::{Summaries, Summarizer};

use super::Scene;

impl Scene {
    /// Days whose dump is newly landed by this batch.
    fn landing_days(&self) -> impl Iterator<Item = (usize, Day)> {
        let landing = self.speakers[..self.batch].iter().filter(|speaker| speaker.role != Role::Outdated);
        landing.map(|speaker| (speaker.market, speaker.day))
    }

    /// Lets the last claims be summarised while they are judged, as far as they are all there is to a day:
    /// where nothing was stored of it, nor of the days before whose prices may hold on.
    pub(in crate::feed::spot) fn begin_summaries(
        &mut self,
        connection: &mut PgConnection,
    ) -> QueryResult<()> {
        let days: Vec<_> = self.landing_days().collect();
        let reach = days.iter().flat_map(|&(market, day)| (0..=REACH).map(move |n| (market, Day(day.0 - n))));
        self.days.learn(connection, &self.markets, &reach.collect())?;
        let is_new =
            |(market, day): &(usize, Day)| (0..=REACH).all(|n| self.days.is_empty(*market, Day(day.0 - n)));
        self.summarizer = Summarizer::of(days.into_iter().filter(is_new));
        Ok(())
    }

    /// Takes away the summaries of all days that the batch has changed anything for, and answers what they are now.
    pub(in crate::feed::spot) fn summarize(
        &mut self,
        connection: &mut PgConnection,
    ) -> QueryResult<Summaries> {
        let mut summaries = mem::take(&mut self.summarizer).finish();
        let landing: BTreeSet<_> = self.landing_days().collect();
        let reach = |(market, day): (usize, Day)| (0..=REACH).map(move |n| (market, Day(day.0 + n)));
        let changed = self.days.changed().flat_map(reach);
        let affected: BTreeSet<_> = changed.chain(landing.iter().copied()).collect();
        let others: Vec<_> = affected.difference(&landing).copied().collect();
        let landed = summaries::landed(connection, &self.markets, &others)?;
        let mut days: Vec<_> =
            affected.into_iter().filter(|day| landing.contains(day) || landed.contains(day)).collect();
        summaries::remove(connection, &self.markets, &days)?;
        days.retain(|day| !summaries.contains_key(day));
        summaries.extend(summaries::of_stored(connection, &self.markets, &days)?);
        Ok(summaries)
    }

    /// Stores summaries; their months must be there.
    pub(in crate::feed::spot) fn store_summaries(
        &self,
        connection: &mut PgConnection,
        summaries: Summaries,
    ) -> QueryResult<()> {
        summaries::store(connection, &self.markets, summaries)
    }
}
