//! Integration tests: a real Postgres, a real HTTP S3 endpoint, the real binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod adding_a_feed;
mod architecture;
mod bad_input;
mod bulk;
mod chart;
mod cli;
mod compressed;
mod consume;
mod container;
mod counts;
mod crashes;
mod deadlines;
mod directories;
mod disk_full;
mod documents;
mod environment;
mod events;
mod extract;
mod fetching;
mod first_hour;
mod follow;
mod freight;
mod image;
mod known_dumps;
mod landing_rules;
mod loans;
mod migrations;
mod mutations;
mod private_postgres;
mod properties;
mod publish;
mod races;
mod rds_iam;
mod refused;
mod release_notes;
mod roles;
mod s3;
mod scopes;
mod serve;
mod sources;
mod spot_answers;
mod sqlstate;
mod statements;
mod streams;
mod summaries;
mod support;
mod tables;
mod terminal;
mod too_early;
mod uploads;
mod visible;
mod withdraw;

// So that the feed of docs/adding-a-feed.md finds here what it would find in the library.
use adding_a_feed::db;
use landfall::{feed, ledger};
