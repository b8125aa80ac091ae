//! The grammar of an object's key: `events_<YYYYMMDD>_<batch>.ndjson`, or `malformed_…` if its lines are messages that a consumer
//! took for no events.

use chrono::NaiveDate;

use crate::feed::{DumpName, KeyMatch, batch_name};
use crate::ledger::Scope;

/// Name of the feed.
pub(super) const NAME: &str = "events";

const PREFIX: &str = "events_";
const MALFORMED: &str = "malformed_";
const SUFFIX: &str = ".ndjson";
const GRAMMAR: &str = "an object of events is named events_YYYYMMDD_BATCH.ndjson";

/// The name of an object that was written on a day (UTC). A batch has 1 to 64 letters, digits and dashes.
pub fn object_name(day: NaiveDate, batch: &str) -> String {
    format!("{PREFIX}{}_{batch}{SUFFIX}", day.format("%Y%m%d"))
}

/// The name of an object of messages that are no events.
pub fn malformed_name(day: NaiveDate, batch: &str) -> String {
    format!("{MALFORMED}{}_{batch}{SUFFIX}", day.format("%Y%m%d"))
}

/// Whether an object has messages that were no events.
pub(super) fn is_of_malformed(name: &str) -> bool {
    name.starts_with(MALFORMED)
}

/// Matches a key by its last part; folders before it do not matter.
pub(super) fn match_key(key: &str) -> KeyMatch {
    let name = key.rsplit('/').next().unwrap_or(key);
    let rest = name.strip_prefix(PREFIX).or_else(|| name.strip_prefix(MALFORMED));
    match rest.and_then(|rest| rest.strip_suffix(SUFFIX)).map(batch_name::parse) {
        None => KeyMatch::Ignored,
        // One scope: an id may come again in any object, so all of them can affect the same rows.
        Some(Ok(day)) => {
            KeyMatch::Dump(DumpName { scope: Scope::default(), period: Some(day), name: name.to_owned() })
        }
        Some(Err(reason)) => KeyMatch::Malformed(format!("{reason}: {GRAMMAR}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_has_a_day_and_a_batch() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 27).unwrap();
        let name = object_name(day, "0f3a");
        assert_eq!(name, "events_20261127_0f3a.ndjson");
        let KeyMatch::Dump(dump) = match_key(&format!("events/dt=2026-11-27/{name}")) else { panic!() };
        assert_eq!(dump, DumpName { scope: Scope::default(), period: Some(day), name });
        let name = malformed_name(day, "0f3a");
        assert_eq!(name, "malformed_20261127_0f3a.ndjson");
        assert!(matches!(match_key(&name), KeyMatch::Dump(dump) if is_of_malformed(&dump.name)));
    }

    #[test]
    fn near_misses_are_malformed_and_others_ignored() {
        for key in [
            "events_20261327_a.ndjson",
            "events_20261127.ndjson",
            "events_20261127_.ndjson",
            "events_2_a.ndjson",
        ] {
            assert!(matches!(match_key(key), KeyMatch::Malformed(_)), "{key}");
        }
        for key in ["README.md", "events.ndjson", "events_20261127_a.ndjson.tmp", "events_20261127_a.json"] {
            assert_eq!(match_key(key), KeyMatch::Ignored, "{key}");
        }
    }
}
