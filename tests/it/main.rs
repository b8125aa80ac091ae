//! Integration tests: a real Postgres, a real HTTP S3 endpoint, the real binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod architecture;
mod bad_input;
mod chart;
mod cli;
mod container;
mod crashes;
mod freight;
mod image;
mod landing_rules;
mod migrations;
mod mutations;
mod private_postgres;
mod properties;
mod races;
mod s3;
mod serve;
mod spot_answers;
mod summaries;
mod support;
mod uploads;
