//! Options of `landfall extract`.

use chrono::NaiveDate;
use clap::{Args, Subcommand};

use super::{Database, S3_HEADING, S3Addressing};
use crate::source::Location;

/// `landfall extract`.
#[derive(Args, Debug)]
#[command(disable_help_subcommand = true)]
pub struct Extract {
    /// What to extract.
    #[command(subcommand)]
    pub what: What,
}

/// What can be extracted.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Write application events, a file for each day on which they were received
    Events(Events),
}

const EVENTS_AFTER: &str = "\
Files are DESTINATION/dt=YYYY-MM-DD/events_YYYYMMDD_HASH.parquet. A bucket also gets a manifest of the new
ones, DESTINATION/manifests/events_TIME.manifest, for COPY of Redshift.

Example:
  landfall extract events s3://my-bucket/warehouse";

/// `landfall extract events`.
#[derive(Args, Debug)]
#[command(after_help = EVENTS_AFTER)]
pub struct Events {
    /// Where to write: s3://BUCKET/PREFIX, or a directory, which is created if it is missing
    #[arg(value_name = "DESTINATION")]
    pub destination: Location,
    /// Only this day of receipt and later ones
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub from: Option<NaiveDate>,
    /// Only this day of receipt and earlier ones
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub to: Option<NaiveDate>,
    /// Also days that have not changed: to load everything anew, or after files were lost
    #[arg(long)]
    pub full: bool,
    /// Show which days would be extracted, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
    /// Where requests name the bucket; auto: in the path, but in the host name at AWS
    #[arg(
        long = "s3-addressing", env = "LANDFALL_S3_ADDRESSING", value_name = "STYLE", default_value = "auto",
        help_heading = S3_HEADING
    )]
    pub addressing: S3Addressing,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub database: Database,
}
