//! `landfall extract`.

mod events;
mod loans;
mod monthly_report;
mod report;

use super::Exit;
use crate::cli::extract::{Extract, What};

pub(super) fn run(args: &Extract) -> anyhow::Result<Exit> {
    match &args.what {
        What::Events(args) => events::run(args),
        What::Loans(args) => loans::run(args),
    }
}
