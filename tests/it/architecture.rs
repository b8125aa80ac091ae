//! The direction of imports, and the shape of feeds.

mod modules;

use std::fs;
use std::path::Path;

use modules::{Modules, rust_files};

/// The top-level modules, each with those that it may use.
const LAYERS: &[(&str, &[&str])] = &[
    (
        "commands",
        &[
            "aws",
            "cli",
            "consume",
            "extract",
            "follow",
            "glue",
            "http",
            "ingest",
            "feed",
            "ledger",
            "loans",
            "month",
            "publish",
            "queue",
            "sink",
            "source",
            "db",
            "chart",
            "telemetry",
        ],
    ),
    ("cli", &["http", "feed", "month", "queue", "source", "db", "telemetry"]),
    ("http", &["ingest", "feed", "ledger", "db", "chart", "hex", "sha256"]),
    ("consume", &["ingest", "feed", "queue", "sink", "hex", "sha256"]),
    ("follow", &["ingest", "ledger", "queue", "source", "db"]),
    ("extract", &["feed", "ledger", "month", "sink", "db", "parquet_file", "hex", "sha256"]),
    ("loans", &["month", "db"]),
    ("ingest", &["feed", "ledger", "source", "db", "hex", "sha256"]),
    ("publish", &["feed", "ledger", "sink", "db", "iceberg", "parquet_file", "hex", "sha256"]),
    ("feed", &["ledger", "month", "db", "chart", "iceberg", "parquet_file", "hex", "sha256"]),
    ("iceberg", &["parquet_file"]),
    ("ledger", &["db"]),
    ("sink", &["source", "hex", "sha256"]),
    ("source", &["aws"]),
    ("queue", &["aws"]),
    ("glue", &["aws", "parquet_file"]),
    ("aws", &[]),
    ("db", &[]),
    ("chart", &[]),
    ("parquet_file", &[]),
    ("month", &[]),
    ("hex", &[]),
    ("sha256", &[]),
    ("telemetry", &[]),
];

fn layer(module: &str) -> &str {
    module.split("::").next().unwrap()
}

#[test]
fn imports_point_one_way() {
    let modules = Modules::of_crate();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for module in modules.names().filter(|module| !module.is_empty()) {
        let (_, allowed) = LAYERS
            .iter()
            .find(|(name, _)| *name == layer(module))
            .unwrap_or_else(|| panic!("{module} is in no layer"));
        for used in modules.uses(module).modules {
            seen += 1;
            if layer(&used) != layer(module) && !allowed.contains(&layer(&used)) {
                wrong.push(format!("{module} uses {used}"));
            }
        }
    }
    assert!(seen > 400, "only {seen} imports were found");
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn no_two_files_need_each_other() {
    let modules = Modules::of_crate();
    assert!(modules.reach("commands::import").modules.contains("feed::spot::resolve::changes"));
    assert_eq!(modules.cycles(), Vec::<Vec<String>>::new());
}

#[test]
fn feeds_do_not_use_each_other() {
    let modules = Modules::of_crate();
    let feed = |module: &str| {
        let mut names = module.split("::").skip_while(|name| *name != "feed").skip(1);
        let name = names.next()?.to_owned();
        names.next().map(|_| name)
    };
    let mut feeds = std::collections::BTreeSet::new();
    for module in modules.names() {
        let Some(own) = feed(module) else { continue };
        for used in modules.uses(module).modules {
            assert!(feed(&used).is_none_or(|other| other == own), "{module} uses {used}");
        }
        feeds.insert(own);
    }
    assert!(feeds.contains("freight") && feeds.contains("spot"), "{feeds:?}");
}

/// A decoder is a function from bytes to records: nothing it uses, directly or not, knows a database or a network.
#[test]
fn decoders_know_neither_database_nor_network() {
    let modules = Modules::of_crate();
    let decoders: Vec<_> = modules
        .names()
        .filter(|module| module.starts_with("feed::") && module.ends_with("::decode"))
        .collect();
    assert_eq!(decoders.len(), landfall::ingest::FEEDS.len());
    for decoder in decoders {
        let reach = modules.reach(decoder);
        assert!(reach.modules.contains("feed::rejection"), "{reach:?}");
        for module in &reach.modules {
            assert!(
                !matches!(layer(module), "db" | "source" | "ingest") && !module.contains("::store"),
                "{decoder} reaches {module}"
            );
        }
        for name in &reach.crates {
            assert!(
                !matches!(name.as_str(), "diesel" | "tokio" | "hyper") && !name.starts_with("aws_"),
                "{decoder} reaches the crate {name}"
            );
        }
    }
}

/// What decides which price counts can be read, and tested, without a database.
#[test]
fn the_rule_of_spot_prices_is_pure() {
    let modules = Modules::of_crate();
    let rule: Vec<_> = modules.names().filter(|module| module.starts_with("feed::spot::resolve::")).collect();
    assert!(rule.len() > 3, "{rule:?}");
    for module in rule {
        let reach = modules.reach(module);
        assert!(!reach.crates.contains("diesel"), "{module} reaches diesel");
        let stores = |other: &String| layer(other) == "db" || other.contains("::store");
        assert_eq!(reach.modules.iter().find(|other| stores(other)), None, "{module}");
    }
}

#[test]
fn the_crate_of_the_private_postgres_knows_nothing_of_landfall() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/private-postgres");
    let files = rust_files(&folder);
    assert!(files.len() > 8, "{files:?}");
    for file in files.into_iter().chain([folder.join("Cargo.toml")]) {
        let text = fs::read_to_string(&file).unwrap().to_lowercase();
        for word in ["landfall", "database_url", "--data-dir"] {
            assert!(!text.contains(word), "{} has {word}", file.display());
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
