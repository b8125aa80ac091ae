//! `scripts/release-notes`, on a changelog that is made up.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use crate::documents::root;

const CHANGELOG: &str = "\
# Changelog

What is no version.

## [0.3.0] - Unreleased

### Added

- What comes next.

## [0.2.10] - 2026-12-01

### Added

- An item that goes on
  on a second line, and
  a third.
- Another.

### Fixed

- The last one,
  of two lines.

## [0.2.1] - 2026-11-30

- What came before.

## [0.1.0] - 2026-11-29
";

/// The notes of a version, or what is wrong; Cargo.toml has the version `current`.
fn notes(version: &str, current: &str) -> Result<String, String> {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("scripts")).unwrap();
    let script = folder.path().join("scripts/release-notes");
    fs::copy(root().join("scripts/release-notes"), &script).unwrap();
    let manifest = format!("[package]\nname = \"landfall\"\nversion = \"{current}\"\n");
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.path().join("CHANGELOG.md"), CHANGELOG).unwrap();
    // Through bash: the file was written just now, and could be "busy" if another test forks meanwhile.
    let output = Command::new("bash").arg(&script).arg(version).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

#[test]
fn are_one_section_of_the_changelog_each_item_on_one_line() {
    let expected = "\
### Added

- An item that goes on on a second line, and a third.
- Another.

### Fixed

- The last one, of two lines.
";
    assert_eq!(notes("0.2.10", "0.2.10").as_deref().map(str::trim_end), Ok(expected.trim_end()));
    assert_eq!(notes("v0.2.1", "0.2.1").unwrap().trim_end(), "- What came before.");
}

#[test]
fn are_refused_for_what_cannot_be_released() {
    for (version, current, reason) in [
        ("0.2.10", "0.3.0", "0.2.10 is not the version in Cargo.toml"),
        ("v0.9.0", "0.9.0", "CHANGELOG.md has no version 0.9.0"),
        ("0.2.1.", "0.2.1", "0.2.1. is not the version in Cargo.toml"),
        ("0.3.0", "0.3.0", "CHANGELOG.md has no date for 0.3.0"),
        ("0.1.0", "0.1.0", "CHANGELOG.md says nothing about 0.1.0"),
    ] {
        let error = notes(version, current).unwrap_err();
        assert!(error.contains(reason), "{version}: {error}");
    }
}

/// So that a release only needs a version and a date.
#[test]
fn are_there_for_the_version_in_development() {
    let changelog = crate::documents::read("CHANGELOG.md");
    let heading = format!("## [{}]", env!("CARGO_PKG_VERSION"));
    assert!(changelog.lines().any(|line| line.starts_with(&heading)), "CHANGELOG.md has no {heading}");
}
