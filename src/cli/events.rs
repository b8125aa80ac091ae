//! Options of the commands of application events.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::spot::{Days, Format};
use super::{ChartOutput, Database, chart_output};
use crate::feed::events::simulate::Share;
use crate::queue::QueueUrl;

/// A filter of events.
#[derive(Args, Clone, Debug)]
pub struct Events {
    /// Only those called this, such as submission_success
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub event: Option<String>,
    /// Only those of this kind of device, such as android
    #[arg(long, value_name = "TYPE", value_parser = NonEmptyStringValueParser::new())]
    pub device: Option<String>,
}

const DAILY_EXAMPLE: &str = "\
Days are those of the events' timestamps. Users are distinct anonymous ids.

Example:
  landfall events --event submission_success --from 2026-11-01 --to 2026-11-30 --format csv";

/// `landfall events`.
#[derive(Args, Debug)]
#[command(after_help = DAILY_EXAMPLE)]
pub struct Daily {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub events: Events,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub days: Days,
    /// How to print them
    #[arg(long, default_value = "table")]
    pub format: Format,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub database: Database,
}

const CHART_EXAMPLE: &str = "\
A line for each event and kind of device, the twelve most frequent ones. In FILE, %Y, %m, %d, %H and %M
stand for the time (UTC).

Example:
  landfall chart events --event submission_success -o events-%Y%m%dT%H%MZ.svg";

/// `landfall chart events`.
#[derive(Args, Debug)]
#[command(after_help = CHART_EXAMPLE)]
pub struct Chart {
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub events: Events,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub days: Days,
    /// Where to write: a file or s3://BUCKET/KEY that ends with .svg or .png, or - for SVG on standard output
    #[arg(short, long, value_name = "FILE", value_parser = chart_output)]
    pub output: ChartOutput,
    #[command(flatten)]
    #[expect(missing_docs, reason = "its own type has them")]
    pub database: Database,
}

const SIMULATE_EXAMPLE: &str = "\
Examples:
  landfall simulate events events --count 100000 --days 14
  landfall simulate events --queue http://127.0.0.1:5000/123456789012/events --rate 50";

/// `landfall simulate events`.
#[derive(Args, Debug)]
#[command(after_help = SIMULATE_EXAMPLE)]
pub struct Simulate {
    /// Directory to write objects to, as a consumer of a queue would; created if missing
    #[arg(value_name = "DIR", required_unless_present = "queue", conflicts_with = "queue")]
    pub out: Option<PathBuf>,
    /// SQS queue to send them to, one a message
    #[arg(long, value_name = "URL")]
    pub queue: Option<QueueUrl>,
    /// Messages a second to the queue; 0: as many as it takes
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub rate: u32,
    /// Messages in all, malformed ones and duplicates included
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub count: u64,
    /// Messages in an object
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub batch: u32,
    /// First day on which they are received [default: so that the last day is yesterday]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub first_day: Option<NaiveDate>,
    /// Days
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub days: u32,
    /// What events are called, the most frequent first; may be given several times
    #[arg(long = "event", value_name = "NAME", default_values = ["submission_success", "registration_initiated", "registration_success"], value_parser = NonEmptyStringValueParser::new())]
    pub events: Vec<String>,
    /// Kinds of devices, the most frequent first; may be given several times
    #[arg(long = "device", value_name = "TYPE", default_values = ["android", "ios"], value_parser = NonEmptyStringValueParser::new())]
    pub devices: Vec<String>,
    /// Ratio of messages that come again
    #[arg(long, value_name = "RATIO", default_value = "0.02")]
    pub duplicates: Share,
    /// Ratio of events that are sent long after they happened: a day on average
    #[arg(long, value_name = "RATIO", default_value = "0.02")]
    pub late: Share,
    /// Ratio of messages that others overtake
    #[arg(long, value_name = "RATIO", default_value = "0.02")]
    pub out_of_order: Share,
    /// Ratio of messages that are no events
    #[arg(long, value_name = "RATIO", default_value = "0.01")]
    pub malformed: Share,
    /// The same seed gives the same messages, to the byte
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}
