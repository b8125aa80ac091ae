//! The command line: every command, option and setting, with its help.

pub mod consume;
mod day;
mod env;
pub mod events;
pub mod extract;
pub mod publish;
pub mod spot;

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use clap::builder::{BoolishValueParser, NonEmptyStringValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Args, Parser, Subcommand, ValueEnum};
use tracing::level_filters::LevelFilter;

use crate::db::DatabaseUrl;
use crate::http::Token;
use crate::queue::QueueUrl;
use crate::source::{Addressing, Location, LocationError, S3Options};
use crate::telemetry::LogFormat;
use day::day;

const EXIT_CODES: &str = "\
Exit codes:
  0  all well (also: stopped by a signal, the rest remains for the next run)
  1  could not run, or some dumps could not be fetched
  2  wrong usage
  3  some dumps were rejected or too early, all others landed
  4  status --max-lag: the newest day is older than that";

/// Lands price dumps from a bucket in Postgres, exactly once.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
    /// Log more; twice for still more (LANDFALL_LOG takes finer filters)
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    verbose: u8,
    /// Log errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Messages as text or JSON lines; auto: text if any standard stream is a terminal
    #[arg(long, env = "LANDFALL_LOG_FORMAT", global = true, value_name = "FORMAT", default_value = "auto")]
    pub log_format: LogFormat,
}

impl Cli {
    /// The database options of the command, if it has any.
    pub fn database(&self) -> Option<&DatabaseLocation> {
        let database = match &self.command {
            Command::Roles(args) => return Some(&args.database),
            Command::Import(args) => &args.database,
            Command::Follow(args) => &args.database,
            Command::Retry(args) => &args.database,
            Command::Withdraw(args) => &args.database,
            Command::Status(args) => &args.database,
            Command::Prices(args) => &args.database,
            Command::Cheapest(args) => &args.database,
            Command::Coverage(args) => &args.database,
            Command::Events(args) => &args.database,
            Command::Extract(args) => args.database(),
            Command::Publish(args) => &args.database,
            Command::Chart(args) => args.database(),
            Command::Serve(args) => &args.database,
            Command::Migrate(args) => &args.database,
            Command::Psql(args) => &args.database,
            Command::Consume(_)
            | Command::Healthcheck(_)
            | Command::Simulate(_)
            | Command::Completions(_)
            | Command::ManPages(_) => return None,
        };
        Some(&database.location)
    }

    /// The minimum level of log lines.
    pub fn verbosity(&self) -> LevelFilter {
        match (self.quiet, self.verbose) {
            (true, _) => LevelFilter::ERROR,
            (false, 0) => LevelFilter::INFO,
            (false, 1) => LevelFilter::DEBUG,
            (false, _) => LevelFilter::TRACE,
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Land new and changed dumps
    #[command(after_help = EXIT_CODES)]
    Import(Import),
    /// Land dumps as soon as a queue tells of them
    #[command(after_help = EXIT_CODES)]
    Follow(Follow),
    /// Write the events of a queue to a bucket or directory, from where they are imported
    Consume(consume::Consume),
    /// Try rejected dumps again
    #[command(after_help = EXIT_CODES)]
    Retry(Retry),
    /// Withdraw a dump that should not have landed
    Withdraw(Withdraw),
    /// Show what has landed, what is missing and what was rejected
    #[command(after_help = EXIT_CODES)]
    Status(Status),
    /// Print the records of spot prices
    Prices(spot::Prices),
    /// Rank pools by their average price
    Cheapest(spot::Cheapest),
    /// Show day by day which dumps have landed
    Coverage(spot::Coverage),
    /// Count application events by day, event and device
    Events(events::Daily),
    /// Draw the prices of some pools, or events, as SVG or PNG
    Chart(Chart),
    /// Write files for warehouses and other outside parties
    Extract(extract::Extract),
    /// Publish what has landed as Iceberg tables, for Spark, Athena, DuckDB and others
    Publish(publish::Publish),
    /// Serve prices over HTTP: a web page and an API
    Serve(Serve),
    /// Ask a running server whether it is ready, as health checks of containers do
    Healthcheck(Healthcheck),
    /// Bring the database schema up to date (import and serve do so by themselves)
    Migrate(Migrate),
    /// Set up a role that owns the tables and one that reads them
    Roles(Roles),
    /// Open psql on the database Landfall uses
    Psql(Psql),
    /// Write realistic dumps or events to try things with
    Simulate(Simulate),
    /// Print a completion script for a shell
    Completions(Completions),
    /// Write the manual pages to a folder
    ManPages(ManPages),
}

/// Options of the database.
#[derive(Args, Clone, Debug)]
pub struct Database {
    /// Where it is.
    #[command(flatten)]
    pub location: DatabaseLocation,
    /// Log in at RDS with tokens of IAM, made with the AWS credentials, instead of a password
    #[arg(long, env = "LANDFALL_RDS_IAM", value_parser = BoolishValueParser::new(), help_heading = "Database")]
    pub rds_iam: bool,
}

/// Which database.
#[derive(Args, Clone, Debug)]
pub struct DatabaseLocation {
    /// Postgres to use, 13 or newer; without it, Landfall runs a private one in its data directory
    #[arg(long = "database-url", env = "DATABASE_URL", hide_env_values = true, value_name = "URL", value_parser = DATABASE_URL, help_heading = "Database")]
    pub url: Option<DatabaseUrl>,
    /// Where the private Postgres keeps its data [default: /var/lib/landfall for root, else ~/.local/share/landfall]
    #[arg(long, env = "LANDFALL_DATA_DIR", value_name = "DIR", help_heading = "Database")]
    pub data_dir: Option<PathBuf>,
}

const S3_HEADING: &str =
    "S3 (AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL, HTTPS_PROXY and the like are honoured)";

/// Options of S3.
#[derive(Args, Clone, Copy, Debug)]
pub struct S3 {
    /// Send unsigned requests, as public buckets allow
    #[arg(
        long,
        env = "LANDFALL_ANONYMOUS", value_parser = BoolishValueParser::new(),
        help_heading = S3_HEADING
    )]
    pub anonymous: bool,
    /// Pay for requests and transfer, as requester-pays buckets demand
    #[arg(
        long,
        env = "LANDFALL_REQUEST_PAYER", value_parser = BoolishValueParser::new(),
        help_heading = S3_HEADING
    )]
    pub request_payer: bool,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub style: S3Style,
}

/// How requests name buckets.
#[derive(Args, Clone, Copy, Debug)]
pub struct S3Style {
    /// Where requests name the bucket; auto: in the path, but in the host name at AWS
    #[arg(
        long = "s3-addressing", env = "LANDFALL_S3_ADDRESSING", value_name = "STYLE", default_value = "auto",
        help_heading = S3_HEADING
    )]
    pub addressing: S3Addressing,
}

/// Values of `--s3-addressing`.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[expect(missing_docs, reason = "Addressing has them")]
pub enum S3Addressing {
    Auto,
    Path,
    Virtual,
}

impl From<S3Addressing> for Addressing {
    fn from(addressing: S3Addressing) -> Self {
        match addressing {
            S3Addressing::Auto => Self::Auto,
            S3Addressing::Path => Self::Path,
            S3Addressing::Virtual => Self::Virtual,
        }
    }
}

impl From<S3> for S3Options {
    fn from(args: S3) -> Self {
        let addressing = args.style.addressing.into();
        Self { anonymous: args.anonymous, request_payer: args.request_payer, addressing }
    }
}

/// Options of an import.
#[derive(Args, Clone, Copy, Debug)]
pub struct ImportOptions {
    /// Dumps to fetch and decode at once
    #[arg(short, long, env = "LANDFALL_JOBS", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: u16,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
    /// When to land whole months at once, for tests and measurements
    #[arg(long, default_value = "auto", hide = true)]
    pub bulk: Bulk,
}

/// When to land whole months at once.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Bulk {
    /// Where it is worth it.
    Auto,
    /// Wherever it is possible.
    Always,
    /// Never.
    Never,
}

/// `landfall import`.
#[derive(Args, Debug)]
pub struct Import {
    /// Where dumps are: s3://BUCKET/PREFIX, a directory or a file
    #[arg(env = "LANDFALL_SOURCE", required = true, value_name = "SOURCE")]
    pub sources: Vec<Location>,
    /// Show what would be done, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Only dumps of this day and later: YYYY-MM-DD, or so many days before today (UTC), such as 7d. Folders named
    /// dt=YYYY-MM-DD of earlier days are not read
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub since: Option<NaiveDate>,
    /// Only dumps of this day and earlier, written likewise
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub until: Option<NaiveDate>,
    /// Only dumps of this account; may be given several times
    #[arg(long = "account", value_name = "ID")]
    pub accounts: Vec<String>,
    /// Only dumps of this region; may be given several times
    #[arg(long = "region", value_name = "REGION")]
    pub regions: Vec<String>,
    /// How to import.
    #[command(flatten)]
    pub options: ImportOptions,
    /// How to read buckets.
    #[command(flatten)]
    pub s3: S3,
    /// Which database to use.
    #[command(flatten)]
    pub database: Database,
}

/// `landfall follow`.
#[derive(Args, Debug)]
pub struct Follow {
    /// Where dumps are: s3://BUCKET/PREFIX
    #[arg(env = "LANDFALL_SOURCE", required = true, value_name = "SOURCE")]
    pub sources: Vec<Location>,
    /// SQS queue that gets the event notifications of the buckets
    #[arg(long, env = "LANDFALL_QUEUE", value_name = "URL")]
    pub queue: QueueUrl,
    /// Time between listings, which find the dumps that no message told of; 0s: never, not even at the start
    #[arg(long, env = "LANDFALL_LIST_EVERY", value_name = "DURATION", default_value = "1h", value_parser = duration)]
    pub list_every: Duration,
    /// How long others do not see a message in hand; it begins anew while the dump lands
    #[arg(long, env = "LANDFALL_VISIBILITY_TIMEOUT", value_name = "DURATION", default_value = "1m", value_parser = visibility_timeout)]
    pub visibility_timeout: Duration,
    /// Dumps to fetch and decode at once
    #[arg(short, long, env = "LANDFALL_JOBS", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: u16,
    /// Serve metrics for Prometheus at /metrics; of a port alone, on loopback
    #[arg(long, env = "LANDFALL_METRICS", value_name = "ADDRESS", value_parser = consume::metrics_address)]
    pub metrics: Option<SocketAddr>,
    /// How to read buckets.
    #[command(flatten)]
    pub s3: S3,
    /// Which database to use.
    #[command(flatten)]
    pub database: Database,
}

/// `landfall retry`.
#[derive(Args, Debug)]
pub struct Retry {
    /// Where to look for them [default: wherever they were seen]
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<Location>,
    /// How to import.
    #[command(flatten)]
    pub options: ImportOptions,
    /// How to read buckets.
    #[command(flatten)]
    pub s3: S3,
    /// Which database to use.
    #[command(flatten)]
    pub database: Database,
}

const WITHDRAW_EXAMPLE: &str = "\
All revisions of the dump are withdrawn. Where other dumps have a price for a row, that price is restored.
The same bytes do not land again; other bytes under the same name do.

Example:
  landfall withdraw --dry-run spotprices_20261101_038520252753_eu-west-3.json";

/// `landfall withdraw`.
#[derive(Args, Debug)]
#[command(after_help = WITHDRAW_EXAMPLE)]
pub struct Withdraw {
    /// Name of the dump, or key or location of its object as reports print it
    #[arg(value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub key: String,
    /// Show what would be withdrawn, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Which database to use.
    #[command(flatten)]
    pub database: Database,
}

/// `landfall status`.
#[derive(Args, Debug)]
pub struct Status {
    /// Exit with 4 if the newest day of any account and region ended longer ago, such as 25h or 2days
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub max_lag: Option<Duration>,
    /// Count the rows, too, beside what the ledger says that there are
    #[arg(long)]
    pub counts: bool,
    /// With --counts: what the ledger said then, such as 2026-11-20T06:00:00Z
    #[arg(long, value_name = "TIME", requires = "counts")]
    pub until: Option<DateTime<Utc>>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Which database to use.
    #[command(flatten)]
    pub database: Database,
}

const CHART_EXAMPLE: &str = "\
Example:
  landfall chart --region eu-west-3 --instance-type c5.large --product Linux/UNIX -o c5.png";

/// `landfall chart`.
#[derive(Args, Debug)]
#[command(after_help = CHART_EXAMPLE, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true, disable_help_subcommand = true)]
pub struct Chart {
    /// What else than prices.
    #[command(subcommand)]
    pub other: Option<ChartOther>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub pools: spot::Pools,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub days: spot::Days,
    /// Where to write: a file or s3://BUCKET/KEY that ends with .svg or .png, or - for SVG on standard output
    #[arg(short, long, value_name = "FILE", value_parser = chart_output, required = true)]
    pub output: Option<ChartOutput>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub database: Database,
}

impl Chart {
    fn database(&self) -> &Database {
        match &self.other {
            Some(ChartOther::Events(args)) => &args.database,
            None => &self.database,
        }
    }
}

/// What else can be drawn.
#[derive(Debug, Subcommand)]
pub enum ChartOther {
    /// Draw the number of application events of each day
    Events(events::Chart),
}

/// Where a chart is written, and its format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChartOutput {
    /// SVG on standard output.
    Stdout,
    /// A file or an object.
    File(ChartFormat, Location),
}

/// Formats of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChartFormat {
    /// `.svg`
    Svg,
    /// `.png`
    Png,
}

fn duration(text: &str) -> Result<Duration, &'static str> {
    humantime::parse_duration(text).map_err(|_| "write a number and a unit, such as 90s, 30m, 25h or 2days")
}

fn visibility_timeout(text: &str) -> Result<Duration, &'static str> {
    // What SQS takes.
    let allowed = Duration::from_secs(1)..=Duration::from_secs(12 * 60 * 60);
    duration(text).and_then(|duration| match duration.subsec_nanos() {
        0 if allowed.contains(&duration) => Ok(duration),
        _ => Err("write whole seconds, from 1s to 12h"),
    })
}

fn chart_output(text: &str) -> Result<ChartOutput, String> {
    if text == "-" {
        return Ok(ChartOutput::Stdout);
    }
    let format = match Path::new(text).extension().and_then(OsStr::to_str) {
        Some("svg") => ChartFormat::Svg,
        Some("png") => ChartFormat::Png,
        _ => {
            return Err(
                "write a name that ends with .svg or .png, or - for SVG on standard output".to_owned()
            );
        }
    };
    let location = if text.starts_with("s3://") {
        text.parse().map_err(|error: LocationError| error.to_string())?
    } else {
        Location::Path(PathBuf::from(text))
    };
    match &location {
        Location::S3 { prefix, .. } if prefix.is_empty() => {
            Err(format!("`{text}` has no key: write s3://BUCKET/KEY"))
        }
        _ => Ok(ChartOutput::File(format, location)),
    }
}

const LISTEN: &str = "127.0.0.1:8080";

/// `landfall serve`.
#[derive(Args, Debug)]
pub struct Serve {
    /// Address and port to listen on
    #[arg(long, env = "LANDFALL_LISTEN", value_name = "ADDRESS", default_value = LISTEN)]
    pub listen: SocketAddr,
    /// Token that clients must send to post or withdraw batches; without it, none can
    #[arg(long, env = "LANDFALL_API_TOKEN", hide_env_values = true, value_name = "TOKEN", value_parser = API_TOKEN)]
    pub api_token: Option<Token>,
    /// Connections to the database for queries [default: one for each core, 2 at least]
    #[arg(long, env = "LANDFALL_READERS", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub readers: Option<u16>,
    /// Batches stored at once; more get 429
    #[arg(long, env = "LANDFALL_UPLOADS", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub uploads: u16,
    /// Size limit of a batch, in MiB
    #[arg(long, env = "LANDFALL_MAX_BATCH_MIB", value_name = "MIB", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub max_batch_mib: u16,
    /// How long to go on serving after a stop signal, while health checks already fail: as long as a load balancer
    /// takes to notice
    #[arg(long, env = "LANDFALL_DRAIN_PERIOD", value_name = "DURATION", default_value = "1s", value_parser = duration)]
    pub drain_period: Duration,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub database: Database,
}

/// `landfall healthcheck`.
#[derive(Args, Debug)]
pub struct Healthcheck {
    /// Where the server listens; 0.0.0.0 is asked on loopback
    #[arg(long, env = "LANDFALL_LISTEN", value_name = "ADDRESS", default_value = LISTEN)]
    pub listen: SocketAddr,
}

/// `landfall migrate`.
#[derive(Args, Debug)]
pub struct Migrate {
    /// Which database to use.
    #[command(flatten)]
    pub database: Database,
}

const ROLES_AFTER: &str = "\
Run it as an administrator of the database: the master user of RDS is enough.
Missing roles are created, without a password: set one with \\password in `landfall psql`, or pass
--rds-iam. The owner takes over what the administrator owns in the schema.

Example:
  landfall roles --owner landfall --reader landfall_reader";

/// `landfall roles`.
#[derive(Args, Debug)]
#[command(after_help = ROLES_AFTER)]
pub struct Roles {
    /// Role that owns the tables, for migrate, import, retry, withdraw and serve
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub owner: String,
    /// Role that reads them
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub reader: String,
    /// Let both log in at RDS with tokens of IAM only, no passwords
    #[arg(long)]
    pub rds_iam: bool,
    /// Which database to use.
    #[command(flatten)]
    pub database: DatabaseLocation,
}

/// `landfall psql`.
#[derive(Args, Debug)]
pub struct Psql {
    /// Which database to use.
    #[command(flatten)]
    pub database: Database,
    /// Arguments for psql, such as -- -c 'SELECT count(*) FROM spot_prices'
    #[arg(last = true, value_name = "ARGS")]
    pub args: Vec<String>,
}

/// `landfall simulate`.
#[derive(Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    disable_help_subcommand = true
)]
pub struct Simulate {
    /// What else than dumps of spot prices.
    #[command(subcommand)]
    pub other: Option<SimulateOther>,
    /// Directory to write dumps of spot prices to; created if missing
    #[arg(value_name = "DIR", required = true)]
    pub out: Option<PathBuf>,
    /// Accounts
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub accounts: u32,
    /// Region; may be given several times
    #[arg(long = "region", value_name = "REGION", default_value = "eu-west-3", value_parser = NonEmptyStringValueParser::new())]
    pub regions: Vec<String>,
    /// Pools in each account and region
    #[arg(long, default_value_t = 100)]
    pub pools: usize,
    /// First day [default: so that the last day is yesterday]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub first_day: Option<NaiveDate>,
    /// Days
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub days: u32,
    /// Price changes a pool and day, on average, besides the restatements of unchanged prices
    #[arg(long, value_name = "N", default_value_t = crate::feed::spot::simulate::DEFAULT_CHANGES_PER_DAY)]
    pub changes_per_day: f64,
    /// The same seed gives the same dumps, to the byte
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// What else can be simulated.
#[derive(Debug, Subcommand)]
pub enum SimulateOther {
    /// Write application events to a directory, or send them to a queue
    Events(events::Simulate),
}

/// `landfall completions`.
#[derive(Args, Debug)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// `landfall man-pages`.
#[derive(Args, Debug)]
pub struct ManPages {
    /// The folder, created if it is missing; existing pages are overwritten
    pub dir: PathBuf,
}

const DATABASE_URL: Secret<DatabaseUrl> = Secret {
    read: DatabaseUrl::parse,
    otherwise: "is not a URL such as postgres://user@host/database; without it, Landfall uses a private Postgres (special characters in a password must be percent-encoded)",
};

const API_TOKEN: Secret<Token> = Secret {
    // A shorter one is easy to guess.
    read: |text| (text.len() >= 16).then(|| Token::new(text)),
    otherwise: "is too short: it must have 16 characters at least",
};

/// Rejects a value without printing it, unlike clap.
#[derive(Clone)]
struct Secret<T> {
    read: fn(&str) -> Option<T>,
    otherwise: &'static str,
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Secret<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        self.parse_ref_(command, argument, value, ValueSource::CommandLine)
    }

    fn parse_ref_(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
        source: ValueSource,
    ) -> Result<T, clap::Error> {
        value.to_str().and_then(self.read).ok_or_else(|| {
            let variable =
                argument.and_then(clap::Arg::get_env).filter(|_| source == ValueSource::EnvVariable);
            let option = argument.and_then(clap::Arg::get_long).unwrap_or_default();
            let name = variable.map_or(format!("--{option}"), |variable| variable.display().to_string());
            command.clone().error(ErrorKind::ValueValidation, format!("{name} {}", self.otherwise))
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn verify_cli() {
        super::Cli::command().debug_assert();
    }
}
