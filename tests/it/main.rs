//! Integration tests: a real Postgres, a real HTTP S3 endpoint, the real binary.

mod architecture;
mod bad_input;
mod crashes;
mod landing_rules;
mod migrations;
mod private_postgres;
mod properties;
mod s3;
mod support;
