//! `landfall extract`.

mod events;
mod incomplete;
mod loans;
mod look;
mod monthly_report;
mod report;
mod table_report;
mod tables;

use super::Exit;
use crate::cli::extract::{Extract, What};

pub(super) fn run(args: &Extract) -> anyhow::Result<Exit> {
    match &args.what {
        What::Events(args) => events::run(args),
        What::Loans(args) => loans::run(args),
        What::Spot(args) => tables::spot(args),
        What::Freight(args) => tables::freight(args),
    }
}
