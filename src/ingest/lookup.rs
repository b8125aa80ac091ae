//! Finds a dump by what a user calls it.

use std::collections::BTreeMap;

use diesel::{PgConnection, QueryResult};

use super::compression;
use super::task::location;
use crate::feed::Feed;
use crate::ledger::{self, Status};

/// The result of a lookup.
pub enum DumpLookup {
    /// The ledger has no such dump.
    Nothing,
    /// A rejected object, of which nothing was ever stored, with the latest reason.
    Rejected(String),
    /// One dump.
    Found(FoundDump),
    /// Several dumps: a line for each, with a location of it.
    Several(Vec<String>),
}

/// A dump that was imported.
#[derive(Clone, Copy)]
pub struct FoundDump {
    /// Its feed.
    pub feed: &'static dyn Feed,
    /// `ledger.id` of its current revision, which may be withdrawn.
    pub id: i32,
}

/// Finds a dump by its name, its key, or its location as reports print it. The name may have the suffix of a
/// compression, as its file has.
pub fn look_up(
    connection: &mut PgConnection,
    feeds: &[&'static dyn Feed],
    text: &str,
) -> QueryResult<DumpLookup> {
    let entries = ledger::matching_entries(connection, text, compression::strip_suffix(text))?;
    let mut dumps = BTreeMap::new();
    for entry in &entries {
        // An entry without a name has a malformed key; nothing of it is stored.
        if let Some(name) = &entry.name {
            dumps.insert((entry.feed.as_str(), name.as_str()), location(&entry.source, &entry.key));
        }
    }
    let mut dumps = dumps.into_iter();
    match (dumps.next(), dumps.next()) {
        (Some(((feed, name), _)), None) => {
            let feed = feeds.iter().find(|known| known.name() == feed);
            let current =
                ledger::current_revisions(connection, feed.map_or("", |feed| feed.name()), &[name])?;
            if let (Some(feed), Some(current)) = (feed, current.first()) {
                return Ok(DumpLookup::Found(FoundDump { feed: *feed, id: current.id }));
            }
        }
        (Some(one), Some(other)) => {
            let all = [one, other].into_iter().chain(dumps);
            let line = |((feed, name), location)| format!("{name} ({feed}), seen at {location}");
            return Ok(DumpLookup::Several(all.map(line).collect()));
        }
        (None, _) => {}
    }
    let rejected = entries.iter().rev().find(|entry| entry.status == Status::Rejected.as_str());
    Ok(rejected
        .map_or(DumpLookup::Nothing, |entry| DumpLookup::Rejected(entry.reason.clone().unwrap_or_default())))
}
