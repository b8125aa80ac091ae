//! `landfall prices`.

use std::io;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::PgConnection;
use diesel::connection::SimpleConnection;

use super::Exit;
use super::database::Database;
use super::output;
use super::rows::table;
use super::spot::{filter, interval};
use super::usage::wrong_usage;
use crate::cli::spot::{self, Days, Format};
use crate::db::snapshot;
use crate::feed::spot::query::{
    self, DumpCoverage, Interval, MAX_DAYS, Pool, PoolFilter, Record, RecordEncoder, coverage, matching,
    prices,
};

/// Records read at once.
const CHUNK_ROWS: usize = 5_000;

/// Rows of a table without `--limit`.
const DEFAULT_TABLE_ROWS: u64 = 100;

pub(super) fn run(args: &spot::Prices) -> anyhow::Result<Exit> {
    if let (Some(from), Some(to)) = (args.from, args.to) {
        check(from, to).unwrap_or_else(|wrong| wrong_usage("prices", wrong));
    }
    let database = Database::open(&args.database)?;
    let mut connection = database.current()?;
    let filter = filter(&args.pools);
    snapshot(&mut connection, |connection| run_query(connection, args, &filter))?;
    Ok(Exit::Success)
}

/// Prints the records while they are read.
fn run_query(connection: &mut PgConnection, args: &spot::Prices, filter: &PoolFilter) -> anyhow::Result<()> {
    // A pager may stay open for longer than the timeout of other transactions.
    connection.batch_execute("SET LOCAL idle_in_transaction_session_timeout = '1h'")?;
    let (account, region) = (filter.account.as_deref(), filter.region.as_deref());
    let days = Days { from: args.from.map(|from| from.date_naive()), to: args.to.map(|to| to.date_naive()) };
    let days = interval(connection, days, account, region)?;
    let (from, to) = (args.from.unwrap_or(days.start()), args.to.unwrap_or(days.end()));
    check(from, to).map_err(anyhow::Error::msg)?;
    let days = Interval::around(from, to);
    let pools = matching(connection, filter, days)??;
    let coverage_of_days = DumpCoverage::of(&coverage(connection, account, region, days)??);
    let query = PriceQuery { pools, from, to };
    let more = match args.format {
        Format::Table => query.table(connection, args.limit.unwrap_or(DEFAULT_TABLE_ROWS))?,
        format => {
            let format = if format == Format::Csv { query::Format::Csv } else { query::Format::Json };
            query.encoded(connection, format, &coverage_of_days, args.limit)?
        }
    };
    if more {
        tracing::warn!("there are more records: raise --limit, or query less");
    }
    tracing::info!(
        %from, %to, pools = query.pools.len(), landed = coverage_of_days.landed, empty = coverage_of_days.empty,
        missing = coverage_of_days.missing, rejected = coverage_of_days.rejected, "result of the dumps of these days"
    );
    Ok(())
}

/// Checks that two instants are a valid range.
fn check(from: DateTime<Utc>, to: DateTime<Utc>) -> Result<(), String> {
    if to <= from {
        return Err(format!("--to: {to} is not after {from}: write a later one"));
    }
    if to - from > TimeDelta::days(MAX_DAYS) {
        return Err(format!("--to: {to} is more than {MAX_DAYS} days after {from}: write an earlier one"));
    }
    Ok(())
}

/// The pools and the range of a query.
struct PriceQuery {
    pools: Vec<Pool>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl PriceQuery {
    /// Passes the records to `take`, chunk by chunk; returns whether there are more than the limit.
    fn read(
        &self,
        connection: &mut PgConnection,
        limit: Option<u64>,
        mut take: impl FnMut(&[Record<'_>]) -> io::Result<()>,
    ) -> anyhow::Result<bool> {
        let ids: Vec<i32> = self.pools.iter().map(|pool| pool.id).collect();
        let mut remaining = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        let mut after = None;
        loop {
            // One more than is wanted, to detect whether there is one.
            let wanted = remaining.saturating_add(1).min(CHUNK_ROWS);
            let chunk = prices(connection, &ids, self.from, self.to, after, wanted)?;
            let taken = &chunk[..chunk.len().min(remaining)];
            take(&Record::of(taken, &self.pools))?;
            if taken.len() < chunk.len() || chunk.len() < wanted {
                return Ok(taken.len() < chunk.len());
            }
            remaining -= taken.len();
            after = chunk.last().map(|last| (last.pool_id, last.observed_at));
        }
    }

    fn table(&self, connection: &mut PgConnection, limit: u64) -> anyhow::Result<bool> {
        let mut rows = Vec::new();
        let more = self.read(connection, Some(limit), |records| {
            rows.extend(records.iter().map(Record::cells).map(
                |[_, account, _, zone, kind, product, timestamp, price, _]| {
                    [account, zone, kind, product, timestamp, price]
                },
            ));
            Ok(())
        })?;
        let header = ["account", "zone", "type", "product", "from", "price"];
        output::print(|out| table(out, header, rows.into_iter(), &["account", "product"], &[]))?;
        Ok(more)
    }

    fn encoded(
        &self,
        connection: &mut PgConnection,
        format: query::Format,
        coverage_of_days: &DumpCoverage,
        limit: Option<u64>,
    ) -> anyhow::Result<bool> {
        let mut encoder = RecordEncoder::new(format);
        let more = output::print(|out| {
            out.write_all(&encoder.head(coverage_of_days)?)?;
            let more = self.read(connection, limit, |records| out.write_all(&encoder.rows(records)?))?;
            out.write_all(&encoder.tail(None)?)?;
            anyhow::Ok(more)
        })?;
        // A reader that closed its end has read enough.
        Ok(more.unwrap_or(false))
    }
}
