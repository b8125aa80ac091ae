//! `landfall extract`.

mod incomplete;
mod loans;
mod look;
mod monthly_report;
mod table_report;
mod tables;

use super::Exit;
use crate::cli::extract::{Extract, What};

pub(super) fn run(args: &Extract) -> anyhow::Result<Exit> {
    match &args.what {
        What::Events(args) => tables::events(args),
        What::Loans(args) => loans::run(args),
        What::Spot(args) => tables::spot(args),
        What::Freight(args) => tables::freight(args),
    }
}
