//! The manifest of the files of an extract, as `COPY` of Redshift reads it.

use chrono::{DateTime, Utc};
use serde::Serialize;

#[derive(Serialize)]
struct Manifest<'f> {
    entries: Vec<Entry<'f>>,
}

#[derive(Serialize)]
struct Entry<'f> {
    url: &'f str,
    mandatory: bool,
    meta: Meta,
}

#[derive(Serialize)]
struct Meta {
    content_length: u64,
}

/// The key of the manifest of a snapshot. Manifests in the order of their keys are in the order of their snapshots, so whoever
/// loads them in that order ends with what the last snapshot showed.
pub(super) fn key(snapshot: DateTime<Utc>) -> String {
    format!("manifests/events_{}.manifest", snapshot.format("%Y%m%dT%H%M%S%.6fZ"))
}

/// A manifest that demands every file; each is given with its size.
pub(super) fn manifest<'f>(files: impl Iterator<Item = (&'f str, u64)>) -> serde_json::Result<Vec<u8>> {
    let entries =
        files.map(|(url, size)| Entry { url, mandatory: true, meta: Meta { content_length: size } });
    let mut text = serde_json::to_vec_pretty(&Manifest { entries: entries.collect() })?;
    text.push(b'\n');
    Ok(text)
}
