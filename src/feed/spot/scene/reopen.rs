//! Days that lost rows to a withdrawal.

use diesel::{PgConnection, QueryResult};

use crate::feed::Market;
use crate::feed::spot::day::Day;
use crate::feed::spot::{Observation, carried};

use super::Scene;

impl Scene {
    /// Counts rows removed from a day, and takes out the deferred claims about it: they are open again.
    pub(in crate::feed::spot) fn reopen(
        &mut self,
        connection: &mut PgConnection,
        market: &Market,
        day: Day,
        rows: i64,
    ) -> QueryResult<Vec<Observation>> {
        let number = self.market(market.clone());
        self.days.remove(number, day, rows);
        let mut claims = carried::recall(connection, market, day)?;
        self.introduce(connection, &mut claims)?;
        Ok(claims)
    }
}
