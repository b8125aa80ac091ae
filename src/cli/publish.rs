//! Options of `landfall publish`.

use std::time::Duration;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::{Database, S3Style, duration};
use crate::source::Location;

/// Readers of a snapshot may take hours.
const MIN_AGE: Duration = Duration::from_hours(24);

const AFTER: &str = "\
Tables are feeds.spot, feeds.freight and feeds.events of the catalog; their
files are in DESTINATION/FEED. Each run publishes the parts that have changed,
in one commit for each table: a month of an account and region, a month of
freight, a day of events. Readers see the state before it or the one after.

Examples:
  landfall publish s3://my-lake/prices --glue prices --expire 30d
  landfall publish lake";

/// `landfall publish`.
#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub struct Publish {
    /// Where to write: s3://BUCKET/PREFIX, or a directory, which is created if it is missing
    #[arg(env = "LANDFALL_LAKE", value_name = "DESTINATION")]
    pub destination: Location,
    /// Only this feed; may be given several times [default: all that have rows]
    #[arg(long = "feed", value_name = "FEED")]
    pub feeds: Vec<String>,
    /// Name of the catalog, by which readers find the tables in this database; each has one destination
    #[arg(long, env = "LANDFALL_CATALOG", value_name = "NAME", default_value = "landfall", value_parser = NonEmptyStringValueParser::new())]
    pub catalog: String,
    /// Also point the tables of this AWS Glue database to what is published, for Athena and Redshift
    #[arg(long, env = "LANDFALL_GLUE", value_name = "DATABASE", value_parser = NonEmptyStringValueParser::new())]
    pub glue: Option<String>,
    /// Remove snapshots that have not been current for so long, such as 30d, and the files that only they have; at least 1d
    #[arg(long, env = "LANDFALL_EXPIRE", value_name = "DURATION", value_parser = age)]
    pub expire: Option<Duration>,
    /// Publish everything again, also what has not changed: after files were lost
    #[arg(long)]
    pub full: bool,
    /// Show which parts would be published and what would expire, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub s3: S3Style,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub database: Database,
}

fn age(text: &str) -> Result<Duration, String> {
    let age = duration(text)?;
    if age < MIN_AGE {
        return Err("readers may still use what was replaced: write 1d or more".to_owned());
    }
    Ok(age)
}
