//! Which dump somebody means.

use std::collections::BTreeMap;

use diesel::{PgConnection, QueryResult};

use crate::db::ledger::{self, Status};
use crate::feed::Feed;

use super::location;

/// The dumps that a text may mean.
pub enum Named {
    /// None that the ledger knows.
    Nothing,
    /// An object of which nothing was ever stored, and the reason it was rejected for when it was last seen.
    Rejected(String),
    /// One dump.
    One(NamedDump),
    /// Several: a line for each, with where it was seen.
    Several(Vec<String>),
}

/// A dump that landed.
#[derive(Clone, Copy)]
pub struct NamedDump {
    /// Its feed.
    pub feed: &'static dyn Feed,
    /// The ledger number of its current revision, which may be withdrawn.
    pub id: i32,
}

/// Finds the dump that is meant by its name, its key, or its location as reports print it.
pub fn named(connection: &mut PgConnection, feeds: &[&'static dyn Feed], text: &str) -> QueryResult<Named> {
    let entries = ledger::named(connection, text)?;
    let mut dumps = BTreeMap::new();
    for entry in &entries {
        // Entries without a name are keys that could not be read; nothing of them is stored.
        if let Some(name) = &entry.name {
            dumps.insert((entry.feed.as_str(), name.as_str()), location(&entry.source, &entry.key));
        }
    }
    let mut dumps = dumps.into_iter();
    match (dumps.next(), dumps.next()) {
        (Some(((feed, name), _)), None) => {
            let feed = feeds.iter().find(|known| known.name() == feed);
            let current = ledger::standing_among(connection, feed.map_or("", |feed| feed.name()), &[name])?;
            if let (Some(feed), Some(current)) = (feed, current.first()) {
                return Ok(Named::One(NamedDump { feed: *feed, id: current.id }));
            }
        }
        (Some(one), Some(other)) => {
            let all = [one, other].into_iter().chain(dumps);
            let line = |((feed, name), location)| format!("{name} ({feed}), seen at {location}");
            return Ok(Named::Several(all.map(line).collect()));
        }
        (None, _) => {}
    }
    let rejected = entries.iter().rev().find(|entry| entry.status == Status::Rejected.as_str());
    Ok(rejected.map_or(Named::Nothing, |entry| Named::Rejected(entry.reason.clone().unwrap_or_default())))
}
