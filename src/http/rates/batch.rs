//! A batch, as the API returns it.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ingest;
use crate::ledger::Entry;

/// A batch of prices.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Batch {
    /// `ledger.id`.
    #[schema(example = 7)]
    id: i32,
    /// Its idempotency key; null if it came as a file.
    #[schema(example = "2021-01-31-a")]
    key: Option<String>,
    /// `landed`: its prices count; `withdrawn`: removed on demand; `superseded`: a newer one counts instead;
    /// `unchanged`: the same as an earlier one; `rejected`: nothing of it is stored.
    #[schema(example = "landed")]
    status: String,
    /// Why it was rejected.
    reason: Option<String>,
    /// Records in it.
    #[schema(example = 3)]
    records: i64,
    /// Rows it added.
    #[schema(example = 3)]
    rows_new: i64,
    /// Rows removed, when it was withdrawn or because it replaced an earlier one.
    #[schema(example = 0)]
    rows_removed: i64,
    /// When its prices began to count.
    landed_at: Option<DateTime<Utc>>,
    /// When it was withdrawn.
    withdrawn_at: Option<DateTime<Utc>>,
}

impl From<Entry> for Batch {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            key: (entry.source == ingest::UPLOADS).then_some(entry.key),
            status: entry.status,
            reason: entry.reason,
            records: entry.records,
            rows_new: entry.rows_new,
            rows_removed: entry.rows_removed,
            landed_at: entry.landed_at,
            withdrawn_at: entry.withdrawn_at,
        }
    }
}

/// A price of a batch.
//
// Only for the API's description: the feed reads them itself.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "it only describes")]
pub(super) struct Price {
    /// Port to ship from.
    #[schema(example = "CNGGZ", pattern = "^[A-Z0-9]{5}$")]
    orig_code: String,
    /// Port to ship to.
    #[schema(example = "EETLL", pattern = "^[A-Z0-9]{5}$")]
    dest_code: String,
    /// From 1970-01-01 to 2100-12-31.
    #[schema(example = "2021-01-31")]
    day: NaiveDate,
    /// Whole number, written without a fraction.
    #[schema(example = 1154, minimum = 0)]
    price: i32,
}
