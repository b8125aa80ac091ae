//! Lands batches of freight rates, one after the other.

use std::any::Any;
use std::collections::HashMap;
use std::io;

use diesel::{PgConnection, QueryResult};

use crate::feed::{Counts, Lander, Landing, Refusal, Rejection, Revision, Role};

use super::batch::FreightBatch;
use super::places;
use super::rows::{self, Numbers};

/// Prices that are sorted and sent at once: 4 MiB of them.
const PIECE: u64 = 262_144;

/// Lands freight batches. Nothing is kept between them: what a batch needs to know is little.
pub(super) struct FreightLander;

impl Lander for FreightLander {
    fn land(
        &mut self,
        connection: &mut PgConnection,
        batch: Vec<Landing<'_>>,
    ) -> QueryResult<Vec<Result<Counts, Refusal>>> {
        let revisions: HashMap<i32, Revision> =
            batch.iter().map(|landing| (landing.dump_id, landing.revision)).collect();
        batch.into_iter().map(|landing| land(connection, landing, &revisions)).collect()
    }
}

fn land(
    connection: &mut PgConnection,
    landing: Landing<'_>,
    revisions: &HashMap<i32, Revision>,
) -> QueryResult<Result<Counts, Refusal>> {
    let Landing { dump_id, dump: _, revision, role, content } = landing;
    let content: Box<dyn Any> = content;
    let mut batch: Box<FreightBatch> = content.downcast().map_err(|_| {
        diesel::result::Error::QueryBuilderError("the freight feed was handed another feed's dump".into())
    })?;

    // All that can be wrong is found before anything is written.
    let mut numbers = rows::numbers(connection, batch.mentions.keys())?;
    let weighed = places::weigh(connection, &batch, revision, revisions)?;
    let (changes, mut rejections) = match weighed {
        Ok(changes) => (changes, Vec::new()),
        Err(rejections) => (places::Changes::default(), rejections),
    };
    rejections.extend(unknown_ports(&batch, &numbers));
    if let Some(refusal) = Refusal::of(rejections) {
        return Ok(Err(refusal));
    }

    changes.write(connection, dump_id)?;
    let mut counts = changes.counts;
    if !batch.ports.is_empty() {
        numbers = rows::numbers(connection, batch.mentions.keys())?;
    }
    let prices = batch.prices.len() as i64;
    match role {
        // What a newer revision says of its prices is all there is to say.
        Role::Outdated | Role::Withdrawn => counts.outdated += prices,
        Role::First | Role::Replaces(_) => {
            if let Role::Replaces(old) = role {
                counts.removed += rows::remove(connection, old)?;
            }
            for piece in batch.prices.windows(PIECE).map_err(scratch_failed)? {
                rows::copy(connection, &piece.map_err(scratch_failed)?, &numbers, dump_id)?;
            }
            counts.new += prices;
        }
    }
    Ok(Ok(counts))
}

/// Ports that neither the batch nor the database has, where prices first name them.
fn unknown_ports(batch: &FreightBatch, numbers: &Numbers) -> Vec<Rejection> {
    let mut unknown: Vec<_> = batch
        .mentions
        .iter()
        .filter(|(code, _)| !numbers.contains_key(code) && !batch.ports.contains_key(&code.to_string()))
        .collect();
    unknown.sort_by_key(|(code, (at, field))| (*at, *field, **code));
    let reason = |code| format!("the port `{code}` is neither in the batch nor in the database");
    unknown
        .into_iter()
        .take(Refusal::MOST)
        .map(|(code, (at, field))| Rejection {
            reason: reason(code),
            record: Some(at.record),
            field: Some(field),
            offset: Some(at.offset),
        })
        .collect()
}

fn scratch_failed(error: io::Error) -> diesel::result::Error {
    diesel::result::Error::QueryBuilderError(format!("cannot read the scratch file back: {error}").into())
}
