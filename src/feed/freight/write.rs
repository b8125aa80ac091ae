//! Writes batches of freight rates, one after the other.

use std::collections::HashMap;

use diesel::PgConnection;

use super::batch::FreightBatch;
use super::store::locations;
use super::store::prices::{self, PortIds};
use crate::feed::{Counts, PendingDump, RecordError, Rejection, Revision, Role, WriteError, Writer};

/// Prices that are sorted and sent at once: 4 MiB of them.
const CHUNK_ROWS: u64 = 262_144;

/// Writes freight batches. It caches nothing between them: a batch needs few look-ups.
pub struct FreightWriter;

impl Writer<FreightBatch> for FreightWriter {
    fn write(
        &mut self,
        connection: &mut PgConnection,
        pending: Vec<PendingDump<'_, FreightBatch>>,
    ) -> Result<Vec<Result<Counts, Rejection>>, WriteError> {
        let revisions: HashMap<i32, Revision> =
            pending.iter().map(|pending| (pending.dump_id, pending.revision)).collect();
        pending.into_iter().map(|pending| write(connection, pending, &revisions)).collect()
    }
}

fn write(
    connection: &mut PgConnection,
    pending: PendingDump<'_, FreightBatch>,
    revisions: &HashMap<i32, Revision>,
) -> Result<Result<Counts, Rejection>, WriteError> {
    let PendingDump { dump_id, revision, role, content: mut batch, .. } = pending;
    // Every error is found before anything is written.
    let mut port_ids = prices::port_ids(connection, batch.referenced_ports.keys())?;
    let (changes, mut errors) = match locations::resolve(connection, &batch, revision, revisions)? {
        Ok(changes) => (changes, Vec::new()),
        Err(errors) => (locations::Changes::default(), errors),
    };
    errors.extend(unknown_ports(&batch, &port_ids));
    if let Some(rejection) = Rejection::of(errors) {
        return Ok(Err(rejection));
    }

    changes.write(connection, dump_id)?;
    let mut counts = changes.counts;
    if !batch.ports.is_empty() {
        port_ids = prices::port_ids(connection, batch.referenced_ports.keys())?;
    }
    let added = batch.prices.len() as i64;
    match role {
        // Only the prices of the newest revision count.
        Role::Outdated | Role::Withdrawn => counts.outdated += added,
        Role::First | Role::Replaces(_) => {
            if let Role::Replaces(old) = role {
                counts.removed += prices::remove(connection, old)?;
            }
            for chunk in batch.prices.chunks(CHUNK_ROWS).map_err(WriteError::Scratch)? {
                prices::copy(connection, &chunk.map_err(WriteError::Scratch)?, &port_ids, dump_id)?;
            }
            counts.new += added;
        }
    }
    Ok(Ok(counts))
}

/// An error for each port that neither the batch nor the database has, at the first price that refers to it.
fn unknown_ports(batch: &FreightBatch, port_ids: &PortIds) -> Vec<RecordError> {
    let mut unknown: Vec<_> = batch
        .referenced_ports
        .iter()
        .filter(|(code, _)| !port_ids.contains_key(code) && !batch.ports.contains_key(&code.to_string()))
        .collect();
    unknown.sort_by_key(|(code, (at, field))| (*at, *field, **code));
    unknown
        .into_iter()
        .take(Rejection::MAX_ERRORS)
        .map(|(code, (at, field))| RecordError {
            reason: format!("the port `{code}` is neither in the batch nor in the database"),
            record: Some(at.record),
            field: Some(field),
            offset: Some(at.offset),
        })
        .collect()
}
