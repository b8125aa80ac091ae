//! The direction of imports, and the shape of feeds.

use std::fs;
use std::path::{Path, PathBuf};

/// Each room with those it may use.
const ROOMS: &[(&str, &[&str])] = &[
    ("commands", &["cli", "api", "landing", "feed", "source", "db", "chart"]),
    ("cli", &["api", "feed", "source", "db"]),
    ("api", &["landing", "feed", "db", "chart"]),
    ("landing", &["feed", "source", "db"]),
    ("feed", &["source", "db", "chart"]),
    ("source", &[]),
    ("db", &[]),
    ("chart", &[]),
    ("telemetry", &[]),
];

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The rooms a source text names with `crate::`.
fn imports(text: &str) -> impl Iterator<Item = &str> {
    text.split("crate::").skip(1).flat_map(|rest| {
        let names = rest.strip_prefix('{').map_or(rest, |list| list.split('}').next().unwrap_or(list));
        let one = !rest.starts_with('{');
        names
            .split(',')
            .take(if one { 1 } else { usize::MAX })
            .map(|name| {
                name.trim().split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or("")
            })
            .collect::<Vec<_>>()
    })
}

#[test]
fn imports_point_one_way() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for file in rust_files(&src) {
        let place = file.strip_prefix(&src).unwrap();
        let room = place.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if matches!(room, "lib" | "main") {
            continue;
        }
        let (_, allowed) = ROOMS
            .iter()
            .find(|(name, _)| *name == room)
            .unwrap_or_else(|| panic!("{room} is not in the plan"));
        for import in imports(&fs::read_to_string(&file).unwrap()) {
            seen += 1;
            let known = ROOMS.iter().any(|(name, _)| *name == import);
            if known && import != room && !allowed.contains(&import) {
                wrong.push(format!("{} uses {import}", place.display()));
            }
        }
    }
    assert!(seen > 50, "only {seen} imports were found");
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn feeds_do_not_use_each_other() {
    let feeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/feed");
    let names: Vec<String> = fs::read_dir(&feeds)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert!(names.contains(&"spot".to_owned()));
    for name in &names {
        for file in rust_files(&feeds.join(name)) {
            let text = fs::read_to_string(&file).unwrap();
            for other in names.iter().filter(|other| *other != name) {
                assert!(
                    !text.contains(&format!("feed::{other}")),
                    "{} uses the feed {other}",
                    file.display()
                );
            }
        }
    }
}

#[test]
fn decoders_know_neither_database_nor_network() {
    let feeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/feed");
    let shared = ["frame", "rejection", "signature", "text"].map(str::to_owned);
    let spot = ["decode", "record", "price", "timestamp", "pool", "sorted", "observation", "key", "day"]
        .map(|name| format!("spot/{name}"));
    let freight = [
        "batch",
        "code",
        "copy_text",
        "csv_rows",
        "decode",
        "builder",
        "fields",
        "json",
        "key",
        "lines",
        "pg_dump",
        "place",
        "price",
        "spill",
        "statement",
        "table",
    ]
    .map(|name| format!("freight/{name}"));
    for name in shared.into_iter().chain(spot).chain(freight) {
        let text = fs::read_to_string(feeds.join(&name).with_extension("rs")).unwrap();
        for stranger in ["diesel", "tokio", "aws_", "crate::db", "crate::source"] {
            assert!(!text.contains(stranger), "{name}.rs uses {stranger}");
        }
    }
}

/// What decides which price counts can be read, and tested, without a database.
#[test]
fn the_rule_of_spot_prices_is_pure() {
    let rule = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/feed/spot/resolve");
    let files = rust_files(&rule);
    assert!(files.len() > 3, "{files:?}");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for stranger in ["diesel", "crate::db", "std::io", "std::fs", "store::"] {
            assert!(!text.contains(stranger), "{} uses {stranger}", file.display());
        }
    }
}

#[test]
fn the_crate_of_the_private_postgres_knows_nothing_of_landfall() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/private-postgres/src");
    let files = rust_files(&sources);
    assert!(files.len() > 5, "{files:?}");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for stranger in ["landfall", "Landfall", "LANDFALL", "data-dir", "DATABASE_URL"] {
            assert!(!text.contains(stranger), "{} says {stranger}", file.display());
        }
    }
}

/// Every feed shows with the same fixtures what it does with the same troubles.
#[test]
fn every_feed_has_the_common_fixtures() {
    for feed in landfall::ingest::FEEDS {
        let folder =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("src/feed").join(feed.name()).join("fixtures");
        for name in ["basic", "wrapper", "carry_over", "repeats", "conflict", "truncated", "empty"] {
            let found = fs::read_dir(&folder)
                .unwrap()
                .any(|entry| entry.unwrap().path().file_stem().is_some_and(|stem| stem == name));
            assert!(found, "{} has no fixture {name}", feed.name());
        }
    }
}
