//! Writes batches of dumps, one after the other.

use diesel::PgConnection;

use super::content::ReadingsDump;
use super::store;
use crate::feed::{Counts, PendingDump, Rejection, Role, WriteError, Writer};

/// Writes readings. It needs to know nothing from batch to batch.
pub struct ReadingsWriter;

impl Writer<ReadingsDump> for ReadingsWriter {
    fn write(
        &mut self,
        connection: &mut PgConnection,
        batch: Vec<PendingDump<'_, ReadingsDump>>,
    ) -> Result<Vec<Result<Counts, Rejection>>, WriteError> {
        batch.into_iter().map(|pending| Ok(Ok(write(connection, pending)?))).collect()
    }
}

fn write(
    connection: &mut PgConnection,
    pending: PendingDump<'_, ReadingsDump>,
) -> Result<Counts, WriteError> {
    let PendingDump { dump_id, dump, role, content, .. } = pending;
    let readings = content.readings.len() as i64;
    let mut counts = Counts { repeated: content.repeats as i64, ..Counts::default() };
    match role {
        // A newer revision has said all there is to say of this station and month.
        Role::Outdated | Role::Withdrawn => counts.outdated = readings,
        Role::First | Role::Replaces(_) => {
            if let Role::Replaces(old) = role {
                counts.removed = store::remove(connection, &[old])?;
            }
            store::copy(connection, dump.scope.as_str(), &content.readings, dump_id)?;
            counts.new = readings;
        }
    }
    Ok(counts)
}
