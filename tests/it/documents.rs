//! What the documents say is true of the code, and their links lead somewhere.

mod compose;
mod links;
mod literals;
mod markdown;
mod messages;
mod reference;

use std::fs;
use std::path::{Path, PathBuf};

/// Set to anything, the tests write what is generated into the documents instead of comparing it with them.
pub(crate) const UPDATE: &str = "LANDFALL_UPDATE_DOCS";

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of this repository, by its path in it.
#[track_caller]
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file below a folder whose name ends so, in order.
pub(crate) fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Compares a document with what it should be; writes that instead if [`UPDATE`] is set.
#[track_caller]
pub(crate) fn assert_is(path: &str, expected: &str) {
    if std::env::var_os(UPDATE).is_some() {
        fs::write(root().join(path), expected).unwrap();
        return;
    }
    let found = fs::read_to_string(root().join(path)).unwrap_or_default();
    let differs = found.lines().zip(expected.lines()).position(|(found, expected)| found != expected);
    let line = differs.unwrap_or_else(|| found.lines().count().min(expected.lines().count()));
    assert!(
        found == expected,
        "{path} is out of date from line {} on; write it again: {UPDATE}=1 cargo test --test it document\n   has {:?}\nshould {:?}",
        line + 1,
        found.lines().nth(line),
        expected.lines().nth(line),
    );
}
