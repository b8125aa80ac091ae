//! Tables of spot prices and freight rates.

use chrono::Utc;
use tokio::runtime::Runtime;

use super::table_report;
use crate::cli::extract::{Freight, Spot, SpotTable, Table, TableFormat};
use crate::commands::database::Database;
use crate::commands::spot::filter;
use crate::commands::usage::wrong_usage;
use crate::commands::{Exit, destination};
use crate::db::snapshot;
use crate::extract::monthly::Months;
use crate::extract::tables::{FileFormat, TableSelection, run, stale_table};
use crate::feed::ExtractTable;
use crate::feed::freight::extract::RatesTable;
use crate::feed::spot::extract::{RecordsTable, Summaries, SummariesTable};
use crate::month::Month;
use crate::source::Location;

pub(super) fn spot(args: &Spot) -> anyhow::Result<Exit> {
    let filter = filter(&args.pools);
    let summaries = |by| Box::new(SummariesTable { by, filter: filter.clone() });
    let table: Box<dyn ExtractTable> = match args.table {
        SpotTable::Daily => summaries(Summaries::Daily),
        SpotTable::Monthly => summaries(Summaries::Monthly),
        SpotTable::Records => Box::new(RecordsTable { filter }),
    };
    extract("extract spot", &args.output, table.as_ref())
}

pub(super) fn freight(args: &Freight) -> anyhow::Result<Exit> {
    extract("extract freight", &args.output, &RatesTable)
}

fn extract(command: &str, args: &Table, table: &dyn ExtractTable) -> anyhow::Result<Exit> {
    let today = Utc::now().date_naive();
    if let Err(error) = Months::new(args.month, today) {
        wrong_usage(command, format!("--month: {error}"));
    }
    let format = match args.format {
        TableFormat::Parquet => FileFormat::Parquet,
        TableFormat::Csv => FileFormat::Csv,
    };
    let last = Month::last_complete(today);
    let selection = TableSelection { table, format, month: args.month, last, full: args.full };
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
