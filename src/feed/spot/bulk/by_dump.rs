//! Claims in the order in which they are deferred.

use std::cmp::Ordering;
use std::io::{self, Read, Write};

use crate::feed::spot::external_sort::Spill;
use crate::feed::spot::observation::Claim;

/// A claim that is ordered by its dump, then by instant and pool.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct ByDump(pub(super) Claim);

impl Ord for ByDump {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = |Self(claim): &Self| (claim.origin, claim.observed_at, claim.pool, claim.price);
        order(self).cmp(&order(other))
    }
}

impl PartialOrd for ByDump {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Spill for ByDump {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        self.0.write(out)
    }

    fn read(input: &mut impl Read) -> io::Result<Option<Self>> {
        Ok(Claim::read(input)?.map(Self))
    }
}
