//! Whose folder it is. Another table in the same one would take the readers who go by the folder, and delete files of this one.

use chrono::Utc;
use diesel::PgConnection;
use serde_json::Value;
use uuid::{Builder, Uuid};

use super::error::PublishError;
use super::plan::Scope;
use super::state::State;
use super::target::Target;
use crate::ledger::lake::{PublishedTable, register_table};
use crate::sink::Placed;

/// Records a table before anything of it is written.
pub(super) fn register(
    target: &Target<'_>,
    recorder: &mut PgConnection,
) -> Result<PublishedTable, PublishError> {
    let table = PublishedTable {
        destination: target.sink.location(),
        uuid: random_uuid(),
        version: 0,
        metadata_key: String::new(),
        schemas: Value::Array(Vec::new()),
        read_at: Utc::now(),
    };
    Ok(register_table(recorder, target.name(), &table)?)
}

/// Checks that the folder is that of the table: it has a file with its UUID, which the first run writes.
pub(super) fn claim(
    target: &Target<'_>,
    state: &State,
    table: &PublishedTable,
    scope: Scope,
) -> Result<(), PublishError> {
    let key = format!("{}/metadata/table-uuid.txt", target.feed);
    match target.sink.put_new(&key, format!("{}\n", table.uuid).as_bytes())? {
        Placed::Same => Ok(()),
        Placed::Different => Err(PublishError::OtherTable { folder: target.location() }),
        Placed::Written if state.committed().is_some() && scope == Scope::Changed => {
            // Otherwise the next run would find it.
            target.sink.delete(&key)?;
            Err(PublishError::Lost { folder: target.location() })
        }
        Placed::Written => Ok(()),
    }
}

fn random_uuid() -> Uuid {
    Builder::from_random_bytes(fastrand::u128(..).to_be_bytes()).into_uuid()
}
