//! `landfall status`.

use std::io::{self, Write};

use chrono::{DateTime, NaiveDate, Utc};
use comfy_table::{Table, presets};
use serde::Serialize;

use super::Exit;
use super::database::Database;
use super::output;
use crate::cli;
use crate::db::coverage::{self, Coverage, FeedCoverage, FutureDump, coverage, latest_day};
use crate::db::{self, SchemaError, ledger, snapshot};
use crate::landing::location;

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Status {
    markets: Vec<Market>,
    /// Feeds whose dumps are of no account and region.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    feeds: Vec<Feed>,
    /// Landed dumps of days that have not come, which count nowhere else.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    future: Vec<Future>,
    rejected: Vec<Rejected>,
    /// Seconds since the end of the newest day of the market that lags most; null if nothing has landed.
    lag_seconds: Option<i64>,
}

/// A landed dump of a day that has not come.
#[derive(Debug, Serialize)]
struct Future {
    feed: String,
    dump: String,
    day: NaiveDate,
}

/// What has landed of one feed.
#[derive(Debug, Serialize)]
struct Feed {
    feed: String,
    dumps: i64,
    last_day: Option<NaiveDate>,
    rejected: i64,
}

/// What has landed for one account and region.
#[derive(Debug, Serialize)]
struct Market {
    account_id: String,
    region: String,
    first_day: NaiveDate,
    last_day: NaiveDate,
    days: i64,
    empty_days: Vec<NaiveDate>,
    missing: Vec<Gap>,
    missing_days: i64,
    disagreeing: i64,
    lag_seconds: i64,
}

/// Days without a dump, both ends included.
#[derive(Debug, Serialize)]
struct Gap {
    from: NaiveDate,
    to: NaiveDate,
}

/// An object that was rejected when it was last seen.
#[derive(Debug, Serialize)]
struct Rejected {
    location: String,
    reason: Option<String>,
    record: Option<i64>,
    field: Option<String>,
    offset: Option<i64>,
    seen_at: DateTime<Utc>,
}

pub(super) fn run(args: &cli::Status) -> anyhow::Result<Exit> {
    let database = Database::open(&args.database)?;
    let mut connection = database.connect()?;
    let now = Utc::now();
    let latest = latest_day(now);
    let (markets, feeds, future, rejected) = snapshot(&mut connection, |connection| {
        match db::check_tables(connection, &["ledger"]) {
            // The first import makes them: until then, there is nothing to show, and nothing wrong.
            Err(SchemaError::Missing { .. }) => return Ok(Default::default()),
            tables => tables?,
        }
        anyhow::Ok((
            coverage(connection, latest)?,
            coverage::feeds(connection, latest)?,
            coverage::future(connection, latest)?,
            ledger::rejected(connection)?,
        ))
    })?;
    let markets: Vec<Market> = markets.into_iter().map(|coverage| Market::at(now, coverage)).collect();
    let feeds = feeds.into_iter().map(Feed::from).collect();
    let future = future.into_iter().map(Future::from).collect();
    let rejected = rejected.into_iter().map(Rejected::from).collect();
    let lag_seconds = markets.iter().map(|market| market.lag_seconds).max();
    let status = Status { markets, feeds, future, rejected, lag_seconds };
    output::print(|out| print(out, &status, args.json))?;
    Ok(match args.max_lag {
        Some(max_lag) if lag_seconds.is_none_or(|lag| lag > max_lag.as_secs().cast_signed()) => Exit::Lagging,
        _ => Exit::Well,
    })
}

impl From<FeedCoverage> for Feed {
    fn from(coverage: FeedCoverage) -> Self {
        let FeedCoverage { feed, dumps, last_day, rejected } = coverage;
        Self { feed, dumps, last_day, rejected }
    }
}

impl From<FutureDump> for Future {
    fn from(FutureDump { feed, name, day }: FutureDump) -> Self {
        Self { feed, dump: name, day }
    }
}

impl Market {
    fn at(now: DateTime<Utc>, coverage: Coverage) -> Self {
        let (lag, missing_days) = (coverage.lag(now), coverage.missing_days());
        let missing: Vec<Gap> =
            coverage.gaps_from.into_iter().zip(coverage.gaps_to).map(|(from, to)| Gap { from, to }).collect();
        Self {
            account_id: coverage.account_id,
            region: coverage.region,
            first_day: coverage.first_day,
            last_day: coverage.last_day,
            days: coverage.days,
            empty_days: coverage.empty_days,
            missing_days,
            missing,
            disagreeing: coverage.disagreeing,
            lag_seconds: lag.num_seconds(),
        }
    }
}

impl From<ledger::Rejected> for Rejected {
    fn from(entry: ledger::Rejected) -> Self {
        Self {
            location: location(&entry.source, &entry.key),
            reason: entry.reason,
            record: entry.reason_record,
            field: entry.reason_field,
            offset: entry.reason_offset,
            seen_at: entry.seen_at,
        }
    }
}

fn print(mut out: &mut dyn Write, status: &Status, json: bool) -> io::Result<()> {
    if json {
        serde_json::to_writer_pretty(&mut out, status)?;
        return writeln!(out);
    }
    if status.markets.is_empty() && status.feeds.is_empty() && status.future.is_empty() {
        writeln!(out, "nothing has landed yet: landfall import SOURCE")?;
    }
    if !status.markets.is_empty() {
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY);
        table.set_header([
            "account",
            "region",
            "first day",
            "last day",
            "days",
            "empty",
            "missing",
            "disagreeing",
            "lag",
        ]);
        for market in &status.markets {
            table.add_row([
                market.account_id.clone(),
                market.region.clone(),
                market.first_day.to_string(),
                market.last_day.to_string(),
                market.days.to_string(),
                market.empty_days.len().to_string(),
                market.missing_days.to_string(),
                market.disagreeing.to_string(),
                lag(market.lag_seconds),
            ]);
        }
        writeln!(out, "{table}")?;
    }
    for Feed { feed, dumps, last_day, rejected } in &status.feeds {
        let newest = last_day.map(|day| format!(", newest of {day}")).unwrap_or_default();
        writeln!(out, "{feed}: {dumps} dumps landed{newest}, {rejected} rejected")?;
    }
    for market in &status.markets {
        for gap in &market.missing {
            writeln!(out, "missing: {} {} {}", market.account_id, market.region, days(gap))?;
        }
        for day in &market.empty_days {
            writeln!(out, "empty: {} {} {day}", market.account_id, market.region)?;
        }
    }
    for Future { dump, day, .. } in &status.future {
        writeln!(
            out,
            "warning: {dump} is of {day}, which has not come, and counts nowhere: landfall withdraw {dump}"
        )?;
    }
    for rejected in &status.rejected {
        write!(out, "rejected: {}: {}", rejected.location, rejected.reason.as_deref().unwrap_or_default())?;
        let details = [
            rejected.record.map(|record| format!("record {record}")),
            rejected.field.clone(),
            rejected.offset.map(|offset| format!("byte {offset}")),
        ];
        let details: Vec<String> = details.into_iter().flatten().collect();
        if details.is_empty() { writeln!(out)? } else { writeln!(out, " ({})", details.join(", "))? }
    }
    Ok(())
}

fn days(gap: &Gap) -> String {
    if gap.from == gap.to { gap.from.to_string() } else { format!("{} to {}", gap.from, gap.to) }
}

/// Hours and minutes, or days and hours: nobody reads seconds of a lag.
fn lag(seconds: i64) -> String {
    let minutes = seconds / 60;
    if minutes < 48 * 60 {
        format!("{}h {:02}m", minutes / 60, minutes % 60)
    } else {
        format!("{}d {}h", minutes / (24 * 60), minutes / 60 % 24)
    }
}
