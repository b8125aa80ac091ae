//! The rows of a month: for each key the claim that wins, in the order of keys.

use std::io;
use std::iter::Peekable;

use crate::feed::spot::external_sort::{ExternalSort, Merged};
use crate::feed::spot::observation::{Claim, DumpRef, PoolId};
use crate::feed::spot::resolve::{Batch, MarketRef, Resolver, Tally};
use crate::feed::spot::sorted::MAX_RUN_LENGTH;
use crate::feed::spot::store::summaries::{self, SummaryWriter, pool_block};
use crate::feed::spot::summary::{PriceRow, Summarizer};

use super::by_dump::ByDump;
use super::gathered::{DumpNumber, GatheredPrice};

/// What the number of a gathered price stands for.
#[derive(Clone, Copy)]
pub(super) enum Origin {
    /// A dump of the batch.
    Own(DumpRef),
    /// A dump that landed before, whose deferred claim is resolved again.
    Deferred(DumpRef),
    /// A row of the month before, whose price may still be valid in this one.
    Stored(MarketRef),
    /// A dump that is not to be landed.
    Skipped,
}

/// Resolves prices as they are asked for the next row. On the way it summarizes the rows, and sets aside what is to be
/// deferred.
pub(super) struct Winners<'b, 's> {
    prices: Peekable<Merged<GatheredPrice>>,
    origins: &'b [Origin],
    batch: &'b Batch,
    resolver: Resolver<'b>,
    summarizer: Summarizer,
    summaries: SummaryWriter<'s>,
    side: Side,
    /// The block of the pools that are being summarized.
    block: Option<i32>,
    /// The claims of one key.
    claims: Vec<Claim>,
}

/// What resolving gives besides rows.
pub(super) struct Side {
    pub(super) deferred: ExternalSort<ByDump>,
    /// Prices of each of the batch's dumps that are no claims.
    pub(super) outdated: Vec<usize>,
}

impl<'b, 's> Winners<'b, 's> {
    pub(super) fn new(
        prices: Merged<GatheredPrice>,
        origins: &'b [Origin],
        batch: &'b Batch,
        summaries: SummaryWriter<'s>,
    ) -> Self {
        Self {
            prices: prices.peekable(),
            origins,
            batch,
            resolver: Resolver::new(&batch.dumps, batch.len()),
            summarizer: Summarizer::of(batch.landing_days()),
            summaries,
            side: Side { deferred: ExternalSort::new(MAX_RUN_LENGTH), outdated: vec![0; batch.len()] },
            block: None,
            claims: Vec::new(),
        }
    }

    /// What was resolved, once there are no more rows.
    pub(super) fn finish(mut self) -> io::Result<(Tally, Side)> {
        self.write_summaries()?;
        self.summaries.finish()?;
        Ok((self.resolver.finish(), self.side))
    }

    fn next_row(&mut self) -> io::Result<Option<Claim>> {
        while let Some(first) = self.prices.next().transpose()? {
            self.enter_block(first.pool)?;
            if let Origin::Stored(market) = self.origin(first) {
                self.summarize(market, first.pool, first.observed_at, first.price);
                continue;
            }
            self.claims.clear();
            self.add_claim(first);
            let same_key =
                |next: &io::Result<GatheredPrice>| next.as_ref().is_ok_and(|next| next.key() == first.key());
            while let Some(next) = self.prices.next_if(same_key).transpose()? {
                self.add_claim(next);
            }
            self.claims.sort_unstable();
            self.claims.dedup();
            if self.claims.is_empty() {
                continue;
            }
            let Self { resolver, side, claims, .. } = self;
            let mut deferred = Ok(());
            let winner = resolver.resolve(claims, None, |claim| {
                if deferred.is_ok() {
                    deferred = side.deferred.push(ByDump(claim));
                }
            });
            deferred?;
            let Claim { pool, observed_at, price, .. } = winner.claim;
            self.summarize(winner.market, pool, observed_at, price);
            return Ok(Some(winner.claim));
        }
        Ok(None)
    }

    fn origin(&self, price: GatheredPrice) -> Origin {
        let DumpNumber(number) = price.origin;
        self.origins[number as usize]
    }

    fn add_claim(&mut self, price: GatheredPrice) {
        match self.origin(price) {
            Origin::Own(dump) if self.batch.has_claim(dump, price.observed_at) => {
                self.claims.push(price.with_origin(dump))
            }
            Origin::Own(dump) => self.side.outdated[dump.0 as usize] += 1,
            Origin::Deferred(dump) => self.claims.push(price.with_origin(dump)),
            Origin::Stored(_) | Origin::Skipped => {}
        }
    }

    fn summarize(&mut self, market: MarketRef, pool: PoolId, observed_at: i64, price: i64) {
        self.summarizer.push(PriceRow { market, pool, observed_at, price });
    }

    /// Writes the summaries of the pools so far, if the next one is in another block.
    fn enter_block(&mut self, pool: PoolId) -> io::Result<()> {
        let block = pool_block(pool.0);
        match self.block.replace(block) {
            Some(before) if before != block => self.write_summaries(),
            _ => Ok(()),
        }
    }

    fn write_summaries(&mut self) -> io::Result<()> {
        let mut made = self.summarizer.take();
        summaries::sort(&mut made);
        self.summaries.write(&self.batch.dumps, &made)
    }
}

impl Iterator for Winners<'_, '_> {
    type Item = io::Result<Claim>;

    fn next(&mut self) -> Option<io::Result<Claim>> {
        self.next_row().transpose()
    }
}
