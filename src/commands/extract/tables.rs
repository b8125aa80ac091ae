//! Tables of events, spot prices and freight rates.

use chrono::{NaiveDate, Utc};
use tokio::runtime::Runtime;

use super::table_report;
use crate::cli::extract::{Events, Freight, Spot, SpotTable, Table, TableFormat};
use crate::commands::database::Database;
use crate::commands::spot::filter;
use crate::commands::usage::wrong_usage;
use crate::commands::{Exit, destination};
use crate::db::snapshot;
use crate::extract::monthly::Months;
use crate::extract::tables::{FileFormat, TableSelection, run, stale_table};
use crate::feed::ExtractTable;
use crate::feed::events::extract::EventsTable;
use crate::feed::freight::extract::RatesTable;
use crate::feed::interval::InvalidInterval;
use crate::feed::spot::extract::{RecordsTable, Summaries, SummariesTable};
use crate::month::Month;
use crate::source::Location;

/// From one day to another, if not from the first or to the last.
type Days = (Option<NaiveDate>, Option<NaiveDate>);

pub(super) fn events(args: &Events) -> anyhow::Result<Exit> {
    if let (Some(from), Some(to)) = (args.from, args.to)
        && to < from
    {
        wrong_usage("extract events", format!("--to: {}", InvalidInterval::Backwards));
    }
    extract(&args.output, &EventsTable, (args.from, args.to))
}

pub(super) fn spot(args: &Spot) -> anyhow::Result<Exit> {
    let filter = filter(&args.pools);
    let summaries = |by| Box::new(SummariesTable { by, filter: filter.clone() });
    let table: Box<dyn ExtractTable> = match args.table {
        SpotTable::Daily => summaries(Summaries::Daily),
        SpotTable::Monthly => summaries(Summaries::Monthly),
        SpotTable::Records => Box::new(RecordsTable { filter }),
    };
    extract(&args.output, table.as_ref(), months("extract spot", args.month))
}

pub(super) fn freight(args: &Freight) -> anyhow::Result<Exit> {
    extract(&args.output, &RatesTable, months("extract freight", args.month))
}

/// First and last day: of a month, else of all that are over.
fn months(command: &str, month: Option<Month>) -> Days {
    let today = Utc::now().date_naive();
    if let Err(error) = Months::new(month, today) {
        wrong_usage(command, format!("--month: {error}"));
    }
    let last = month.unwrap_or_else(|| Month::last_complete(today));
    (month.map(Month::first), Some(last.last()))
}

fn extract(args: &Table, table: &dyn ExtractTable, (from, to): Days) -> anyhow::Result<Exit> {
    let format = match args.format {
        TableFormat::Parquet => FileFormat::Parquet,
        TableFormat::Csv => FileFormat::Csv,
    };
    let selection = TableSelection { table, format, from, to, full: args.full };
    let runtime = Runtime::new()?;
    let sink = destination::open(&args.destination, args.s3.addressing.into(), &runtime)?;
    let database = Database::open(&args.database)?;
    let mut reader = database.current()?;
    if args.dry_run {
        let destination = sink.location();
        let stale = snapshot(&mut reader, |reader| stale_table(reader, &destination, &selection))?;
        table_report::print_plan(&destination, &table.name(), &stale, args.json)?;
        return Ok(Exit::Success);
    }
    if matches!(args.destination, Location::Path(_)) {
        sink.check()?;
    }
    let report = run(sink.as_ref(), &selection, &mut reader, &mut database.connect()?)?;
    table_report::print(&report, args.json)?;
    Ok(Exit::Success)
}
