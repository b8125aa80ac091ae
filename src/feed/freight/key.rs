//! The grammar of a freight batch's key: `freightrates_<YYYYMMDD>_<batch>.{json,ndjson,csv}`, or `*rates*.sql`.

use crate::feed::{DumpName, KeyMatch, batch_name};
use crate::ledger::Scope;

/// Name of the feed.
pub(super) const NAME: &str = "freight";

const PREFIX: &str = "freightrates_";
const GRAMMAR: &str = "a batch is named freightrates_YYYYMMDD_BATCH.json, .ndjson or .csv";

/// The format of a batch, by the suffix of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A JSON array of prices.
    Json,
    /// JSON, a price a line.
    Ndjson,
    /// CSV with a header.
    Csv,
    /// The text `pg_dump` writes, with ports and regions.
    Sql,
}

impl Format {
    const ALL: [Format; 4] = [Format::Json, Format::Ndjson, Format::Csv, Format::Sql];

    fn suffix(self) -> &'static str {
        match self {
            Format::Json => ".json",
            Format::Ndjson => ".ndjson",
            Format::Csv => ".csv",
            Format::Sql => ".sql",
        }
    }

    /// The format by the suffix of a dump's name.
    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| name.ends_with(format.suffix()))
    }
}

/// The name of a batch that was uploaded under an idempotency key.
///
/// It cannot be that of a file: that never contains a slash.
pub fn upload_name(key: &str, format: Format) -> DumpName {
    DumpName { scope: Scope::default(), period: None, name: format!("api/{key}{}", format.suffix()) }
}

/// Matches a key by its last part; folders before it do not matter.
pub(super) fn match_key(key: &str) -> KeyMatch {
    let name = key.rsplit('/').next().unwrap_or(key);
    let dump = |day| KeyMatch::Dump(DumpName { scope: Scope::default(), period: day, name: name.to_owned() });
    match Format::of(name) {
        Some(Format::Sql) if name.contains("rates") => dump(None),
        Some(Format::Sql) => KeyMatch::Ignored,
        Some(format) => {
            let stem = &name[..name.len() - format.suffix().len()];
            match stem.strip_prefix(PREFIX).map(batch_name::parse) {
                None => KeyMatch::Ignored,
                Some(Ok(day)) => dump(Some(day)),
                Some(Err(reason)) => KeyMatch::Malformed(format!("{reason}: {GRAMMAR}")),
            }
        }
        None => KeyMatch::Ignored,
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    #[test]
    fn batches_match_under_any_prefix() {
        for key in ["freightrates_20210131_7.json", "a/b/freightrates_20210131_7.json"] {
            let KeyMatch::Dump(dump) = match_key(key) else { panic!("{key}") };
            assert_eq!(dump.name, "freightrates_20210131_7.json");
            assert_eq!((dump.scope, dump.period), (Scope::default(), NaiveDate::from_ymd_opt(2021, 1, 31)));
        }
        for key in ["freightrates_20210131_A-1.ndjson", "freightrates_20210131_1.csv"] {
            assert!(matches!(match_key(key), KeyMatch::Dump(_)), "{key}");
        }
    }

    #[test]
    fn dumps_of_a_database_have_rates_in_their_name_and_no_day() {
        let KeyMatch::Dump(dump) = match_key("/data/my rates.sql") else { panic!() };
        assert_eq!(dump, DumpName { scope: Scope::default(), period: None, name: "my rates.sql".to_owned() });
    }

    #[test]
    fn other_objects_are_ignored() {
        for key in [
            "",
            "README.md",
            "rates.csv",
            "rates.sql/",
            "backup.sql",
            "freightrates.json",
            "freightrates_20210131_1.json.tmp",
            "freightrates_20210131_1.xml",
            "spotprices_20181030_604329154527_us-west-2.json",
        ] {
            assert_eq!(match_key(key), KeyMatch::Ignored, "{key}");
        }
    }

    #[test]
    fn an_upload_is_not_a_file_and_keeps_its_format() {
        let name = upload_name("2021/01 a.csv", Format::Ndjson).name;
        assert_eq!(name, "api/2021/01 a.csv.ndjson");
        assert_eq!(Format::of(&name), Some(Format::Ndjson));
    }

    #[test]
    fn near_misses_say_what_is_wrong() {
        let reasons: Vec<String> = [
            "freightrates_20211301_1.json",
            "freightrates_2021131_1.csv",
            "freightrates_+0210131_1.csv",
            "freightrates_20210131_.ndjson",
            "freightrates_20210131_a_b.json",
            "freightrates_20210131_é.json",
            "freightrates_20210131.json",
            "freightrates_.json",
            &format!("freightrates_20210131_{}.json", "x".repeat(65)),
        ]
        .into_iter()
        .map(|key| match match_key(key) {
            KeyMatch::Malformed(reason) => reason,
            other => panic!("{key}: {other:?}"),
        })
        .collect();
        insta::assert_debug_snapshot!(reasons);
    }
}
