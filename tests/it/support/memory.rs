//! Memory of processes.

use std::fs;

/// The peak so far, in KiB; nothing once the process has ended, or where the system does not report it.
pub(crate) fn peak_kib(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}
