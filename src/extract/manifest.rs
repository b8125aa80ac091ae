//! The manifest of the files of an extract, as `COPY` of Redshift reads it.

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

/// A manifest that demands every file; each is given with its size.
pub(super) fn manifest<'f>(files: impl Iterator<Item = (&'f str, u64)>) -> serde_json::Result<Vec<u8>> {
    let entries =
        files.map(|(url, size)| Entry { url, mandatory: true, meta: Meta { content_length: size } });
    let mut text = serde_json::to_vec_pretty(&Manifest { entries: entries.collect() })?;
    text.push(b'\n');
    Ok(text)
}
