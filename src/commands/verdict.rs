//! What `landfall status` says last: whether all is well, and what to do if not.

use std::io::{self, Write};
use std::time::Duration;

use super::lag::lag;
use super::output::Palette;
use super::status_report::{ScopeStatus, StatusReport};

/// Whether all is well.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing has landed, nothing was rejected.
    Empty,
    /// Nothing to do, and what that means.
    Well(String),
    /// What is wrong, and what to do about each.
    Problems(Vec<String>),
}

impl Verdict {
    /// `max_lag` replaces the rule that a dump is due within a day.
    pub(super) fn of(status: &StatusReport, max_lag: Option<Duration>) -> Self {
        let problems: Vec<String> = [
            behind(status, max_lag),
            missing(status),
            rejected(status),
            rejected_records(status),
            future(status),
        ]
        .into_iter()
        .flatten()
        .collect();
        if !problems.is_empty() {
            return Self::Problems(problems);
        }
        match status.scopes.iter().map(|scope| scope.lag_seconds).max() {
            Some(longest) => Self::Well(format!("no day is missing, the newest ended {} ago", lag(longest))),
            None if status.feeds.is_empty() => Self::Empty,
            None => Self::Well("nothing is rejected".to_owned()),
        }
    }

    pub(super) fn write(&self, out: &mut dyn Write, palette: Palette) -> io::Result<()> {
        let Palette { good, bad, .. } = palette;
        match self {
            Self::Empty => writeln!(out, "nothing has landed yet: landfall import SOURCE"),
            Self::Well(why) => writeln!(out, "{good}all is well{good:#}: {why}"),
            Self::Problems(problems) => {
                writeln!(out, "{bad}not well{bad:#}:")?;
                problems.iter().try_for_each(|problem| writeln!(out, "- {problem}"))
            }
        }
    }
}

fn behind(status: &StatusReport, max_lag: Option<Duration>) -> Option<String> {
    let is_behind = |scope: &&ScopeStatus| match max_lag {
        Some(max_lag) => scope.lag_seconds > max_lag.as_secs().cast_signed(),
        None => scope.is_overdue,
    };
    let behind = status.scopes.iter().filter(is_behind);
    let longest = behind.clone().max_by_key(|scope| scope.lag_seconds)?;
    let others = match behind.count() - 1 {
        0 => String::new(),
        others => format!(", {others} more behind"),
    };
    let (name, lag) = (longest.name(), lag(longest.lag_seconds));
    Some(format!(
        "the newest day of {name} ended {lag} ago{others}: land newer dumps with landfall import SOURCE"
    ))
}

fn missing(status: &StatusReport) -> Option<String> {
    let days = status.scopes.iter().map(|scope| scope.missing_days).sum::<i64>();
    let what = match days {
        0 => return None,
        1 => "1 day is missing".to_owned(),
        _ => format!("{days} days are missing"),
    };
    Some(format!("{what}: have their dumps delivered, then landfall import SOURCE"))
}

fn rejected(status: &StatusReport) -> Option<String> {
    let what = match status.rejected.len() {
        0 => return None,
        1 => "1 dump is rejected".to_owned(),
        dumps => format!("{dumps} dumps are rejected"),
    };
    Some(format!("{what}: have them corrected and delivered again, then landfall import SOURCE"))
}

fn rejected_records(status: &StatusReport) -> Option<String> {
    let what = match status.records_rejected.iter().map(|dump| dump.records).sum::<i64>() {
        0 => return None,
        1 => "1 record is rejected".to_owned(),
        records => format!("{records} records are rejected"),
    };
    Some(format!("{what}: see the table dead_letters, and once their cause is gone, landfall retry"))
}

fn future(status: &StatusReport) -> Option<String> {
    let what = match status.future.len() {
        0 => return None,
        1 => "1 dump is of a day still to come".to_owned(),
        dumps => format!("{dumps} dumps are of days still to come"),
    };
    Some(format!("{what}: landfall withdraw DUMP"))
}
