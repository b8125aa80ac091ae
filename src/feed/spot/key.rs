//! The grammar of a spot dump's key: `spotprices_<YYYYMMDD>_<account>_<region>.json`.

use chrono::NaiveDate;

use super::day::FIRST_DAY;
use super::market::Market;
use crate::feed::{DumpName, KeyMatch};

/// Name of the feed.
pub(super) const NAME: &str = "spot";

const PREFIX: &str = "spotprices_";
const SUFFIX: &str = ".json";

/// Name of the dump of a market's day.
pub(super) fn name(market: &Market, day: NaiveDate) -> String {
    let Market { account_id, region } = market;
    format!("{PREFIX}{}_{account_id}_{region}{SUFFIX}", day.format("%Y%m%d"))
}

/// Matches a key by its last part; folders before it do not matter.
pub(super) fn match_key(key: &str) -> KeyMatch {
    let name = key.rsplit('/').next().unwrap_or(key);
    let Some(parts) = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX)) else {
        return KeyMatch::Ignored;
    };
    match parse(parts) {
        Ok((day, account_id, region)) => KeyMatch::Dump(DumpName {
            scope: Market { account_id: account_id.to_owned(), region: region.to_owned() }.scope(),
            period: Some(day),
            name: name.to_owned(),
        }),
        Err(reason) => {
            KeyMatch::Malformed(format!("{reason}: a dump is named spotprices_YYYYMMDD_ACCOUNT_REGION.json"))
        }
    }
}

fn parse(parts: &str) -> Result<(NaiveDate, &str, &str), String> {
    let mut parts = parts.splitn(3, '_');
    let (Some(day), Some(account_id), Some(region)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("the key does not have a day, an account and a region".to_owned());
    };
    let day = Some(day)
        .filter(|day| all_digits(day, 8))
        .and_then(|day| NaiveDate::parse_from_str(day, "%Y%m%d").ok())
        .ok_or_else(|| format!("`{day}` is not a date"))?;
    if day < FIRST_DAY {
        return Err(format!("{day} is before {FIRST_DAY}, when spot prices began"));
    }
    if !all_digits(account_id, 12) {
        return Err(format!("`{account_id}` is not an account id of 12 digits"));
    }
    if !is_region(region) {
        return Err(format!("`{region}` is not a region"));
    }
    Ok((day, account_id, region))
}

fn all_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `us-west-2`, `us-gov-west-1`, and local zones such as `us-west-2-lax-1a`.
fn is_region(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.contains('-')
        && text.split('-').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dump(key: &str) -> DumpName {
        match match_key(key) {
            KeyMatch::Dump(dump) => dump,
            other => panic!("{key}: {other:?}"),
        }
    }

    #[test]
    fn dumps_are_recognized_under_any_prefix() {
        let market = |key: &str| Market::of(&dump(key).scope).unwrap();
        let expected = dump("spotprices_20181030_604329154527_us-west-2.json");
        let expected_market =
            Market { account_id: "604329154527".to_owned(), region: "us-west-2".to_owned() };
        assert_eq!(Market::of(&expected.scope), Some(expected_market));
        assert_eq!(expected.period.unwrap().to_string(), "2018-10-30");
        assert_eq!(dump("a/b/spotprices_20181030_604329154527_us-west-2.json"), expected);
        assert_eq!(market("spotprices_20240229_012345678901_us-gov-west-1.json").account_id, "012345678901");
        assert_eq!(
            market("spotprices_20240229_012345678901_us-west-2-lax-1a.json").region,
            "us-west-2-lax-1a"
        );
    }

    #[test]
    fn other_objects_are_ignored() {
        for key in [
            "",
            "README.md",
            "spotprices.json",
            "a/",
            "xspotprices_1.json",
            "spotprices_20181030_604329154527_us-west-2.json.tmp",
        ] {
            assert_eq!(match_key(key), KeyMatch::Ignored, "{key}");
        }
    }

    #[test]
    fn near_misses_say_what_is_wrong() {
        let reasons: Vec<String> = [
            "spotprices_20181330_604329154527_us-west-2.json",
            "spotprices_20230229_604329154527_us-west-2.json",
            "spotprices_2018103_604329154527_us-west-2.json",
            "spotprices_+0181030_604329154527_us-west-2.json",
            "spotprices_19700101_604329154527_us-west-2.json",
            "spotprices_20181030_60432915452_us-west-2.json",
            "spotprices_20181030_60432915452x_us-west-2.json",
            "spotprices_20181030_604329154527_.json",
            "spotprices_20181030_604329154527_US-WEST-2.json",
            "spotprices_20181030_604329154527_us--2.json",
            "spotprices_20181030_604329154527.json",
            "spotprices_.json",
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
