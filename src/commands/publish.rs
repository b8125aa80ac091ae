//! `landfall publish`.

use std::io::{self, Write};

use anyhow::Context;
use chrono::{TimeDelta, Utc};
use serde_json::json;
use tokio::runtime::Runtime;

use super::Exit;
use super::database::Database;
use super::output::counted;
use super::usage::wrong_usage;
use super::{destination, output};
use crate::cli::publish::Publish;
use crate::db::snapshot;
use crate::glue::{Glue, IcebergTable, point_to};
use crate::ingest::feeds;
use crate::publish::{Expired, Report, Scope, StalePart, Target, expirable, expire, publish, stale_parts};
use crate::source::Location;

pub(super) fn run(args: &Publish) -> anyhow::Result<Exit> {
    if args.glue.is_some() && matches!(args.destination, Location::Path(_)) {
        wrong_usage("publish", "--glue is for tables in a bucket: write s3://BUCKET/PREFIX");
    }
    if let Some(unknown) = args.feeds.iter().find(|name| !is_published(name)) {
        let known: Vec<&str> =
            feeds().iter().map(|feed| feed.name()).filter(|name| is_published(name)).collect();
        wrong_usage(
            "publish",
            format!("there is no table of {unknown}: --feed is one of {}", known.join(", ")),
        );
    }
    let runtime = Runtime::new()?;
    let sink = destination::open(&args.destination, args.s3.addressing.into(), &runtime)?;
    let targets: Vec<Target<'_>> = feeds()
        .into_iter()
        .filter(|feed| args.feeds.is_empty() || args.feeds.iter().any(|name| name == feed.name()))
        .filter_map(|feed| Target::new(sink.as_ref(), &args.catalog, feed))
        .collect();
    let glue = args.glue.is_some().then(|| Glue::open(runtime.handle().clone())).transpose()?;
    let scope = if args.full { Scope::All } else { Scope::Changed };
    let before =
        args.expire.map(|age| TimeDelta::from_std(age).context("--expire is too long")).transpose()?;
    let before = before.map(|age| Utc::now() - age);
    let database = Database::open(&args.database)?;
    let mut reader = database.current()?;
    if args.dry_run {
        let plans: Vec<Plan> = snapshot(&mut reader, |reader| {
            targets
                .iter()
                .map(|target| {
                    let stale = stale_parts(reader, target, scope)?;
                    let expired = before.map(|before| expirable(target, before, reader)).transpose()?;
                    anyhow::Ok(Plan { feed: target.feed(), stale, expired })
                })
                .collect()
        })?;
        output::print(|out| write_plans(out, &plans, args.json))?;
        return Ok(Exit::Success);
    }
    if matches!(args.destination, Location::Path(_)) {
        sink.check()?;
    }
    let mut recorder = database.connect()?;
    let mut reports = Vec::new();
    for target in &targets {
        let mut report = publish(target, scope, &mut reader, &mut recorder)?;
        if let Some(before) = before {
            let expired = expire(target, before, &mut recorder)?;
            report.metadata = expired.metadata.or(report.metadata);
            report.expired = Some(expired.counts);
        }
        reports.push(report);
    }
    // Once everything is committed: whoever finds Glue behind, because this failed, only has to publish again.
    for (target, report) in targets.iter().zip(&reports) {
        if let (Some(database), Some(glue), Some(metadata)) = (&args.glue, &glue, &report.metadata) {
            point_to_metadata(glue, database, target, metadata)?;
        }
    }
    let printed = output::print(|out| write_reports(out, &reports, args.json)).map(drop);
    printed.context("everything is published, but the report is lost")?;
    Ok(Exit::Success)
}

fn is_published(name: &str) -> bool {
    feeds().iter().any(|feed| feed.name() == name && feed.lake_table().is_some())
}

fn point_to_metadata(glue: &Glue, database: &str, target: &Target<'_>, metadata: &str) -> anyhow::Result<()> {
    let (table, location) = (target.feed(), target.location());
    let table = IcebergTable { database, table, location: &location, metadata, columns: target.columns() };
    if point_to(glue, &table)? {
        tracing::info!(database, table = target.feed(), metadata, "AWS Glue points to it");
    }
    Ok(())
}

/// What a run would do to a table.
struct Plan {
    feed: &'static str,
    stale: Vec<StalePart>,
    expired: Option<Expired>,
}

fn write_plans(out: &mut dyn Write, plans: &[Plan], json: bool) -> io::Result<()> {
    if json {
        let part = |part: &StalePart| json!({ "part": part.part, "rows": part.count.rows, "published_before": part.is_published });
        let plans = plans.iter().map(|Plan { feed, stale, expired }| {
            json!({ "feed": feed, "parts": stale.iter().map(part).collect::<Vec<_>>(), "expired": expired })
        });
        return writeln!(out, "{:#}", plans.collect::<serde_json::Value>());
    }
    for Plan { feed, stale, expired } in plans {
        for StalePart { part, count, is_published } in stale {
            let what = if *is_published { "again" } else { "new" };
            writeln!(out, "{what:>6}  {feed}  {part}  {}", counted(count.rows, "row"))?;
        }
        writeln!(out, "{feed}: {} to publish", counted(stale.len() as i64, "part"))?;
        if let Some(Expired { snapshots, files }) = expired {
            let (snapshots, files) = (counted(*snapshots as i64, "snapshot"), counted(*files as i64, "file"));
            writeln!(out, "{feed}: {snapshots} to expire, {files} to delete")?;
        }
    }
    Ok(())
}

fn write_reports(mut out: &mut dyn Write, reports: &[Report], json: bool) -> io::Result<()> {
    if json {
        serde_json::to_writer_pretty(&mut out, reports)?;
        return writeln!(out);
    }
    reports.iter().try_for_each(|report| write_report(out, report))
}

fn write_report(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let feed = report.feed;
    let Some(metadata) = &report.metadata else { return writeln!(out, "{feed}: nothing has landed") };
    match report.snapshot {
        Some(_) => writeln!(
            out,
            "{feed}: {} with {} and {} bytes written, {} replaced or removed",
            counted(report.files_added as i64, "file"),
            counted(report.rows_added, "row"),
            report.bytes_added,
            report.files_removed
        )?,
        None => writeln!(out, "{feed}: nothing has changed")?,
    }
    for part in &report.incomplete {
        writeln!(
            out,
            "{feed}: {} stays as it was published: of {} rows that landed, Postgres has {}, because a partition was dropped",
            part.part, part.landed, part.stored
        )?;
    }
    if let Some(Expired { snapshots, files }) = report.expired {
        let (snapshots, files) = (counted(snapshots as i64, "snapshot"), counted(files as i64, "file"));
        writeln!(out, "{feed}: {snapshots} expired, {files} deleted")?;
    }
    writeln!(
        out,
        "{feed}: {} in {}, {} bytes: {metadata}",
        counted(report.rows, "row"),
        counted(report.files as i64, "file"),
        report.bytes
    )
}
