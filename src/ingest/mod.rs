//! The engine: source → plan (listed keys − ledger) → fetch and decode → one transaction a batch → report.
//!
//! `run.rs` is where a run begins. `docs/architecture.md` follows a dump through it.

mod body;
mod bulk;
mod classify;
mod commit;
mod compression;
mod context;
mod effort;
mod error;
mod fetch;
mod fetch_outcome;
mod fetchers;
mod lanes;
mod lock_wait;
mod lookup;
mod missed;
mod outcome;
mod pause;
mod plan;
mod progress;
mod queue;
mod registry;
mod report;
mod run;
mod selection;
mod session;
mod sized_reader;
mod source_health;
mod stop;
mod task;
mod too_early;
mod transaction;
mod unstorable;
mod upload;
mod withdraw;

pub use effort::{Bulk, Effort};
pub use error::IngestError;
pub use lookup::{DumpLookup, FoundDump, look_up};
pub use missed::{FailedSource, SkippedEntry};
pub use pause::{Pause, jittered};
pub use plan::{Plan, PlanMode, plan};
pub use progress::Progress;
pub use registry::{FEEDS, ImportableFeed, feeds, periods};
pub use report::{Failure, RejectedDump, Report};
pub use run::run;
pub use selection::Selection;
pub use stop::Stop;
pub use task::{Task, location};
pub use too_early::TooEarly;
pub use upload::{ReceiveError, UPLOADS, Upload, Uploaded};
pub use withdraw::{Withdrawal, preview_withdrawal, withdraw};
