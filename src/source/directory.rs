//! Dumps in a directory, or a single file.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::{Object, Source, SourceError};

/// A directory with everything below it, or one file.
#[derive(Debug)]
pub struct Directory {
    root: PathBuf,
}

impl Directory {
    /// Takes the absolute path, so that the ledger knows a file again whatever the working directory.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let root = path.canonicalize().map_err(|error| fatal(path, &error))?;
        Ok(Self { root })
    }
}

impl Source for Directory {
    fn name(&self) -> &str {
        "file://"
    }

    fn list(&self) -> Result<Vec<Object>, SourceError> {
        let mut objects = Vec::new();
        let mut pending = vec![self.root.clone()];
        while let Some(path) = pending.pop() {
            let metadata = match fs::metadata(&path) {
                Ok(metadata) => metadata,
                // A dangling link, or a file deleted since its directory was read.
                Err(error) if error.kind() == io::ErrorKind::NotFound && path != self.root => continue,
                Err(error) => return Err(fatal(&path, &error)),
            };
            if path.to_str().is_none() {
                tracing::warn!(path = %path.display(), "passed over: its name is not UTF-8");
            } else if metadata.is_file() {
                objects.push(object(&path, &metadata)?);
            } else if metadata.is_dir() {
                for entry in fs::read_dir(&path).map_err(|error| fatal(&path, &error))? {
                    let entry = entry.map_err(|error| fatal(&path, &error))?;
                    let kind = entry.file_type().map_err(|error| fatal(&path, &error))?;
                    // A linked directory may lead back up: following only links to files ends every walk.
                    if !(kind.is_symlink() && entry.path().is_dir()) {
                        pending.push(entry.path());
                    }
                }
            }
        }
        objects.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(objects)
    }

    fn look_up(&self, key: &str) -> Result<Object, SourceError> {
        let metadata = fs::metadata(key).map_err(|error| gone_or_transient(key, &error))?;
        object(Path::new(key), &metadata)
    }

    fn open(&self, object: &Object) -> Result<Box<dyn Read + Send>, SourceError> {
        let file = File::open(&object.key).map_err(|error| gone_or_transient(&object.key, &error))?;
        Ok(Box::new(Unchanged { file, object: object.clone() }))
    }
}

/// Reads a file and checks at its end that it is still the file that was listed.
struct Unchanged {
    file: File,
    object: Object,
}

impl Read for Unchanged {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        if read == 0 && !buffer.is_empty() {
            let now =
                object(Path::new(&self.object.key), &self.file.metadata()?).map_err(io::Error::other)?;
            if now != self.object {
                return Err(io::Error::other(SourceError::Changed(self.object.key.clone())));
            }
        }
        Ok(read)
    }
}

fn object(path: &Path, metadata: &Metadata) -> Result<Object, SourceError> {
    let key = path.to_str().ok_or_else(|| {
        SourceError::Fatal(format!("the path {} is not UTF-8: rename the file", path.display()))
    })?;
    let modified_at: DateTime<Utc> = metadata.modified().map_err(|error| fatal(path, &error))?.into();
    Ok(Object {
        key: key.to_owned(),
        size: metadata.len(),
        modified_at,
        fingerprint: format!("{}-{}", metadata.len(), modified_at.format("%s%.9f")),
        archived: false,
    })
}

fn fatal(path: &Path, error: &io::Error) -> SourceError {
    let advice = match error.kind() {
        io::ErrorKind::NotFound => ": name an existing directory or file, or s3://BUCKET/PREFIX",
        io::ErrorKind::PermissionDenied => ": let this user read it",
        _ => "",
    };
    SourceError::Fatal(format!("cannot read {}: {error}{advice}", path.display()))
}

fn gone_or_transient(key: &str, error: &io::Error) -> SourceError {
    match error.kind() {
        io::ErrorKind::NotFound => SourceError::Gone(key.to_owned()),
        io::ErrorKind::PermissionDenied => fatal(Path::new(key), error),
        _ => SourceError::Transient(format!("cannot read {key}: {error}")),
    }
}
