//! The grammar of a key: `readings_<YYYYMM>_<station>.csv`.

use chrono::NaiveDate;

use crate::feed::{DumpName, KeyMatch};
use crate::ledger::Scope;

/// Matches a key by its last part; folders before it do not matter.
pub(super) fn match_key(key: &str) -> KeyMatch {
    let name = key.rsplit('/').next().unwrap_or(key);
    let Some(parts) = name.strip_prefix("readings_").and_then(|rest| rest.strip_suffix(".csv")) else {
        return KeyMatch::Ignored;
    };
    match parse(parts) {
        Ok((month, station)) => KeyMatch::Dump(DumpName {
            scope: Scope::new(&[station]),
            period: Some(month),
            name: name.to_owned(),
        }),
        Err(reason) => KeyMatch::Malformed(format!("{reason}: a dump is named readings_YYYYMM_STATION.csv")),
    }
}

fn parse(parts: &str) -> Result<(NaiveDate, &str), String> {
    let (month, station) =
        parts.split_once('_').ok_or_else(|| "the key does not have a month and a station".to_owned())?;
    let first_day = Some(month)
        .filter(|month| month.len() == 6 && month.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|month| NaiveDate::parse_from_str(&format!("{month}01"), "%Y%m%d").ok())
        .ok_or_else(|| format!("`{month}` is not a month"))?;
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
    if station.is_empty() || station.len() > 32 || !station.bytes().all(is_letter) {
        return Err(format!("`{station}` is not a station of 1 to 32 lower-case letters and dashes"));
    }
    Ok((first_day, station))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_has_a_month_and_a_station() {
        let KeyMatch::Dump(dump) = match_key("a/b/readings_202602_oslo.csv") else { panic!() };
        assert_eq!((dump.scope.as_str(), dump.name.as_str()), ("oslo", "readings_202602_oslo.csv"));
        assert_eq!(dump.period, NaiveDate::from_ymd_opt(2026, 2, 1));
    }

    #[test]
    fn near_misses_are_malformed_and_others_ignored() {
        for key in
            ["readings_202613_oslo.csv", "readings_202602.csv", "readings_202602_.csv", "readings_2_a.csv"]
        {
            assert!(matches!(match_key(key), KeyMatch::Malformed(_)), "{key}");
        }
        for key in ["README.md", "readings.csv", "readings_202602_oslo.csv.tmp"] {
            assert_eq!(match_key(key), KeyMatch::Ignored, "{key}");
        }
    }
}
