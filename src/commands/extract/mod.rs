//! `landfall extract`.

mod events;
mod report;

use super::Exit;
use crate::cli::extract::{Extract, What};

pub(super) fn run(args: &Extract) -> anyhow::Result<Exit> {
    match &args.what {
        What::Events(args) => events::run(args),
    }
}
