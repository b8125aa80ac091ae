//! Options of `landfall extract`.

use std::path::PathBuf;
use std::time::Duration;

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};

use super::spot::Pools;
use super::{Database, S3Style, Secret, duration};
use crate::db::{DatabaseUrl, Password};
use crate::month::Month;
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
    /// Write the average loan of each branch over three months, from an operational database: a CSV file a month for each bank
    Loans(Loans),
    /// Write spot prices, a file for each month of each account and region
    Spot(Spot),
    /// Write freight rates, a file for each month
    Freight(Freight),
}

impl Extract {
    /// The database that has what was extracted.
    pub fn database(&self) -> &Database {
        match &self.what {
            What::Events(args) => &args.output.database,
            What::Loans(args) => &args.database,
            What::Spot(args) => &args.output.database,
            What::Freight(args) => &args.output.database,
        }
    }
}

const EVENTS_AFTER: &str = "\
Files are DESTINATION/dt=YYYY-MM-DD/events_YYYYMMDD_HASH.parquet. A day is written again when it has changed.
A bucket also gets a manifest of the new Parquet files, and a script that loads them into Redshift:
DESTINATION/manifests/events_TIME.manifest, DESTINATION/loads/events_TIME.sql.

Example:
  landfall extract events s3://my-bucket/warehouse";

/// `landfall extract events`.
#[derive(Args, Debug)]
#[command(after_help = EVENTS_AFTER)]
pub struct Events {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub output: Table,
    /// Only this day of receipt and later ones
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub from: Option<NaiveDate>,
    /// Only this day of receipt and earlier ones
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub to: Option<NaiveDate>,
}

const LOANS_FROM: Secret<DatabaseUrl> = Secret {
    read: DatabaseUrl::parse,
    otherwise: "is not a URL such as postgres://user@host/database (special characters must be percent-encoded)",
};

const LOANS_PASSWORD: Secret<Password> =
    Secret { read: |text| (!text.is_empty()).then(|| Password::new(text)), otherwise: "is empty" };

/// What Postgres takes as milliseconds; 0 of them would mean without end.
fn statement_timeout(text: &str) -> Result<Duration, &'static str> {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    duration(text).and_then(|duration| match (Duration::from_millis(1)..=24 * DAY).contains(&duration) {
        true => Ok(duration),
        false => Err("write a time from 1ms to 24days"),
    })
}

const LOANS_AFTER: &str = "\
Files are DESTINATION/BankName=NAME-ID/year=YYYY/month=MM/NAME-ID_YYYYMMDD.csv,
by the last day of the month, with the mean amount of all loans of that month
and the two before. A file that is recorded stays as it is.

Example:
  export LANDFALL_LOANS_FROM=postgres://reader@host/bank
  LANDFALL_LOANS_PASSWORD=... landfall extract loans s3://my-bucket/loans";

/// `landfall extract loans`.
#[derive(Args, Debug)]
#[command(after_help = LOANS_AFTER)]
pub struct Loans {
    /// Where to write: s3://BUCKET/PREFIX, or a directory, which is created if it is missing
    #[arg(value_name = "DESTINATION")]
    pub destination: Location,
    /// Operational Postgres, 13 or newer; it is only read
    #[arg(long, env = "LANDFALL_LOANS_FROM", hide_env_values = true, value_name = "URL", value_parser = LOANS_FROM)]
    pub from: DatabaseUrl,
    /// Password for it, instead of one in a password file
    #[arg(long, env = "LANDFALL_LOANS_PASSWORD", hide_env_values = true, value_name = "PASSWORD", value_parser = LOANS_PASSWORD)]
    pub password: Option<Password>,
    /// TOML file with the names of its tables and columns, or the content of one, with a line break in it
    #[arg(long, env = "LANDFALL_LOANS_MAP", value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// The month, which must be over; later runs without this option extract every month since then [default: the last complete one (UTC), and all since the first extracted that have no files]
    #[arg(long, value_name = "YYYY-MM")]
    pub month: Option<Month>,
    /// Replace files that would have other content now, and restore those that were lost or changed
    #[arg(long)]
    pub rebuild: bool,
    /// How long a query may take there, from 1ms to 24days
    #[arg(long, env = "LANDFALL_LOANS_TIMEOUT", value_name = "DURATION", default_value = "5m", value_parser = statement_timeout)]
    pub statement_timeout: Duration,
    /// Show which files would be written, and change nothing; with --rebuild, what that would do
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

const TABLES_AFTER: &str = "\
Files are DESTINATION/TABLE/…/month=YYYY-MM/TABLE_YYYYMM_HASH.parquet. A part is written again when it has changed.
A bucket also gets a manifest of the new Parquet files, and a script that loads them into Redshift:
DESTINATION/manifests/TABLE_TIME.manifest, DESTINATION/loads/TABLE_TIME.sql.";

/// `landfall extract spot`.
#[derive(Args, Debug)]
#[command(after_help = TABLES_AFTER)]
pub struct Spot {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub output: Table,
    /// Only this month, which must be over [default: all that are over (UTC) and have changed]
    #[arg(long, value_name = "YYYY-MM")]
    pub month: Option<Month>,
    /// What to write
    #[arg(long, value_name = "TABLE", default_value = "daily")]
    pub table: SpotTable,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub pools: Pools,
}

/// `landfall extract freight`.
#[derive(Args, Debug)]
#[command(after_help = TABLES_AFTER)]
pub struct Freight {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub output: Table,
    /// Only this month, which must be over [default: all that are over (UTC) and have changed]
    #[arg(long, value_name = "YYYY-MM")]
    pub month: Option<Month>,
}

/// Tables of spot prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SpotTable {
    /// Summaries of days
    Daily,
    /// Summaries of months
    Monthly,
    /// All records
    Records,
}

/// Formats of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// For warehouses
    Parquet,
    /// With a line of names
    Csv,
}

/// What extracts of tables have in common.
#[derive(Args, Debug)]
pub struct Table {
    /// Where to write: s3://BUCKET/PREFIX, or a directory, which is created if it is missing
    #[arg(value_name = "DESTINATION")]
    pub destination: Location,
    /// Format of the files
    #[arg(long, value_name = "FORMAT", default_value = "parquet")]
    pub format: TableFormat,
    /// Also parts that have not changed: to load everything anew, or after files were lost
    #[arg(long)]
    pub full: bool,
    /// Show which parts would be extracted, and change nothing
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
