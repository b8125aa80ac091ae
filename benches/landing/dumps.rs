//! Simulated dumps.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};
use chrono::{NaiveDate, TimeDelta};

use crate::scale::Scale;
use crate::support::Bench;

/// What `landfall simulate` writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dumps {
    pub(crate) accounts: usize,
    pub(crate) regions: &'static [&'static str],
    /// In each account and region.
    pub(crate) pools: usize,
    pub(crate) first_day: NaiveDate,
    pub(crate) days: usize,
    pub(crate) changes_per_day: f64,
}

/// The first of 2020.
pub(crate) const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();

impl Default for Dumps {
    fn default() -> Self {
        Self {
            accounts: 1,
            regions: &["eu-west-3"],
            pools: 20_000,
            first_day: FIRST_DAY,
            days: 30,
            // The default of `landfall simulate`.
            changes_per_day: 0.84,
        }
    }
}

impl Dumps {
    /// 30 days of one market.
    pub(crate) fn large(scale: Scale) -> Self {
        Self { pools: scale.of(20_000), ..Self::default() }
    }

    /// 30 days of twelve markets.
    pub(crate) fn small(scale: Scale) -> Self {
        let regions = &["us-east-1", "us-west-2", "eu-west-1"];
        Self { accounts: 4, regions, pools: scale.of(1_400), ..Self::default() }
    }

    /// Days are counted from 0.
    pub(crate) fn day(&self, number: usize) -> NaiveDate {
        self.first_day + TimeDelta::days(number as i64)
    }
}

impl Bench {
    /// Writes dumps to a folder of this name, and returns it.
    pub(crate) fn simulate(&self, name: &str, dumps: &Dumps) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        let status = Command::new(env!("CARGO_BIN_EXE_landfall"))
            .args(["--quiet", "simulate", "--seed", "1"])
            .args(["--accounts", &dumps.accounts.to_string()])
            .args(dumps.regions.iter().flat_map(|region| ["--region", region]))
            .args(["--pools", &dumps.pools.to_string()])
            .args(["--first-day", &dumps.first_day.to_string()])
            .args(["--days", &dumps.days.to_string()])
            .args(["--changes-per-day", &dumps.changes_per_day.to_string()])
            .arg(&folder)
            .status()?;
        ensure!(status.success(), "simulate failed");
        // What the disk has yet to write would slow down what is measured.
        ensure!(Command::new("sync").status()?.success(), "sync failed");
        Ok(folder)
    }
}
