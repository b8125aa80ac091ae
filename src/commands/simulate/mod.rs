//! `landfall simulate`.

mod dumps;
mod events;

use std::path::Path;

use chrono::{Days, NaiveDate, Utc};

use super::Exit;
use crate::cli::{Simulate, SimulateOther};

pub(super) fn run(args: &Simulate) -> anyhow::Result<Exit> {
    match (&args.other, &args.out) {
        (Some(SimulateOther::Events(args)), _) => events::run(args),
        (None, out) => dumps::run(args, out.as_deref().unwrap_or(Path::new("."))),
    }
}

/// The first day of so many, of which the last one is yesterday.
fn first_day(days: u32) -> NaiveDate {
    Utc::now().date_naive() - Days::new(days.into())
}
