//! Every fixture goes through what the fuzz targets do, also without a fuzzer.

use std::fs;
use std::path::Path;

#[test]
fn no_fixture_makes_a_decoder_panic() {
    let feeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/feed");
    let mut seen = 0;
    for feed in ["spot", "freight", "events"] {
        for entry in fs::read_dir(feeds.join(feed).join("fixtures")).unwrap() {
            let path = entry.unwrap().path();
            let key = match (feed, path.extension().and_then(|end| end.to_str())) {
                ("spot", _) => "spotprices_20181030_604329154527_us-west-2.json".to_owned(),
                ("events", _) => "events_20190701_1.ndjson".to_owned(),
                (_, Some("sql")) => "rates.sql".to_owned(),
                (_, end) => format!("freightrates_20210131_1.{}", end.unwrap()),
            };
            landfall_fuzz::decode(&key, &fs::read(path).unwrap());
            seen += 1;
        }
    }
    assert!(seen > 100, "only {seen} fixtures");
}

#[test]
fn seeds_of_keys_are_dumps_of_one_feed_at_most() {
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds/keys")).unwrap() {
        landfall_fuzz::match_key(&fs::read_to_string(entry.unwrap().path()).unwrap());
    }
}
