//! What must be true of whole simulations.

mod bytes;
mod meaning;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

use super::{DEFAULT_CHANGES_PER_DAY, Dump, Simulation};

/// Zone, instance type, product.
type Pool = [String; 3];

struct DumpRow {
    pool: Pool,
    price: String,
    at: DateTime<Utc>,
}

fn simulation() -> Simulation {
    Simulation {
        accounts: 1,
        regions: vec!["eu-west-3".into()],
        pools: 2_000,
        first_day: NaiveDate::from_ymd_opt(2020, 5, 4).unwrap(),
        days: 6,
        changes_per_day: DEFAULT_CHANGES_PER_DAY,
        seed: 7,
    }
}

fn json(dump: &Dump) -> Vec<u8> {
    let mut bytes = Vec::new();
    dump.write_json(&mut bytes).unwrap();
    bytes
}

fn rows(dump: &Dump) -> Vec<DumpRow> {
    let values: Vec<Value> = serde_json::from_slice(&json(dump)).unwrap();
    let text = |value: &Value, field: &str| value[field].as_str().unwrap().to_owned();
    let row = |value: &Value| DumpRow {
        pool: ["AvailabilityZone", "InstanceType", "ProductDescription"].map(|field| text(value, field)),
        price: text(value, "SpotPrice"),
        at: text(value, "Timestamp").parse().unwrap(),
    };
    values.iter().map(row).collect()
}
