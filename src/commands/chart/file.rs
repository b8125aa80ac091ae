//! Files that are written as a whole.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::Context;

pub(super) fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    // A device or a pipe is written to; only a file can be replaced.
    let written = match fs::canonicalize(path) {
        Ok(target) if !target.is_file() => fs::write(target, bytes),
        Ok(target) => replace(&target, bytes),
        Err(_) => replace(path, bytes),
    };
    written.with_context(|| format!("cannot write {}", path.display()))
}

/// Replaces a file as a whole, or not at all.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // As for any new file: the umask of the process applies.
    let mode = Permissions::from_mode(0o666);
    let mut file = tempfile::Builder::new().permissions(mode).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}
