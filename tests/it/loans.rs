//! `landfall extract loans`: against a model of its own, whatever the tables are called and however runs end.

mod bank;
mod endings;
mod figures;
mod months;
mod names;
mod refused;
mod s3;
mod sftp;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bank::{Bank, Model};

/// All files below a directory but those without a name yet, by their paths in it.
fn files_of(folder: &Path) -> BTreeMap<String, String> {
    fn add(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                add(root, &path, files);
            } else if path.extension().is_none_or(|extension| extension != "tmp") {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                files.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut files = BTreeMap::new();
    if folder.is_dir() {
        add(folder, folder, &mut files);
    }
    files
}

/// How often each status is in a report.
fn statuses(report: &serde_json::Value) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for month in report["months"].as_array().unwrap() {
        for file in month["files"].as_array().unwrap() {
            *counts.entry(file["status"].as_str().unwrap()).or_default() += 1;
        }
    }
    counts
}
