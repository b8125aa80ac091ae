//! What others wrote in Python: [DuckDB](https://duckdb.org) to read files, [SQLGlot](https://sqlglot.com)
//! to parse SQL, [fastavro](https://fastavro.readthedocs.io) to read the manifests of Iceberg.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Runs a script with arguments, and returns what it prints.
#[track_caller]
pub(crate) fn python(script: &str, args: &[&str]) -> String {
    static PYTHON: OnceLock<String> = OnceLock::new();
    let python = PYTHON.get_or_init(|| std::env::var("LANDFALL_TEST_PYTHON").unwrap_or_else(|_| installed()));
    let output = Command::new(python)
        .args(["-c", script])
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "{script}");
    String::from_utf8(output.stdout).unwrap()
}

/// Installs them from PyPI, unless they are there.
fn installed() -> String {
    let output = Command::new("bash")
        .arg("-c")
        .arg(
            r#"set -euo pipefail
               . scripts/lib/venv
               venv readers "$duckdb" fastavro==1.12.2 sqlglot==30.30.0 >&2
               echo "$venv/bin/python""#,
        )
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "DuckDB, fastavro and SQLGlot cannot be installed: name a Python that has them with LANDFALL_TEST_PYTHON"
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
