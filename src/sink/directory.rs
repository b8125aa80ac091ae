//! Objects as files of a directory.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::Builder;

use super::{HashedFile, Placed, Sink, SinkError};

/// A directory, created if it is missing.
#[derive(Debug)]
pub struct DirectorySink {
    root: PathBuf,
}

impl DirectorySink {
    /// Uses a directory; nothing is created yet.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    fn write(&self, path: &Path, body: &mut dyn Read) -> io::Result<()> {
        let folder = path.parent().unwrap_or(&self.root);
        filled(folder, body)?.persist(path).map_err(|error| error.error)?;
        // The name is durable once the directory is.
        File::open(folder)?.sync_all()
    }

    fn write_new(&self, path: &Path, body: &[u8]) -> io::Result<Placed> {
        let folder = path.parent().unwrap_or(&self.root);
        let placed =
            match filled(folder, &mut &body[..])?.persist_noclobber(path) {
                Ok(_) => Placed::Written,
                Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                    if fs::read(path)? == body { Placed::Same } else { Placed::Different }
                }
                Err(error) => return Err(error.error),
            };
        // Whoever wrote it may not have got so far.
        File::open(folder)?.sync_all()?;
        Ok(placed)
    }
}

impl Sink for DirectorySink {
    fn location(&self) -> String {
        self.root.display().to_string()
    }

    fn url(&self, key: &str) -> String {
        format!("file://{}", self.root.join(key).display())
    }

    fn check(&self) -> Result<(), SinkError> {
        let checked = create(&self.root).and_then(|()| temporary(&self.root));
        checked.map(drop).map_err(|error| SinkError::Fatal(explain(&self.root, &error)))
    }

    fn put(&self, key: &str, body: &[u8]) -> Result<(), SinkError> {
        let path = self.root.join(key);
        self.write(&path, &mut &body[..]).map_err(|error| SinkError::Transient(explain(&path, &error)))
    }

    fn put_new(&self, key: &str, body: &[u8]) -> Result<Placed, SinkError> {
        let path = self.root.join(key);
        self.write_new(&path, body).map_err(|error| SinkError::Transient(explain(&path, &error)))
    }

    fn delete(&self, key: &str) -> Result<(), SinkError> {
        let path = self.root.join(key);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(SinkError::Transient(format!("cannot delete {}: {error}", path.display())))
            }
            _ => Ok(()),
        }
    }

    fn put_file(&self, key: &str, file: &HashedFile) -> Result<(), SinkError> {
        let path = self.root.join(key);
        if path.is_file() {
            return Ok(());
        }
        self.write(&path, &mut file.reader()).map_err(|error| SinkError::Transient(explain(&path, &error)))
    }
}

/// A durable file of a folder, which is created if it is missing.
fn filled(folder: &Path, body: &mut dyn Read) -> io::Result<tempfile::NamedTempFile> {
    create(folder)?;
    let mut file = temporary(folder)?;
    io::copy(body, &mut file)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// A file without the name of a dump, removed unless it gets another.
fn temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    // As other programs create files: the umask says who may read them.
    let permissions = Permissions::from_mode(0o666);
    Builder::new().prefix(".").suffix(".tmp").permissions(permissions).tempfile_in(folder)
}

/// Creates a directory and those above it, each durable in the one above.
fn create(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    create(above)?;
    match DirBuilder::new().create(folder) {
        // Another consumer may create it as well.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && fs::metadata(folder)?.is_dir() => {}
        created => created?,
    }
    File::open(above)?.sync_all()
}

fn explain(path: &Path, error: &io::Error) -> String {
    let advice = match error.kind() {
        io::ErrorKind::PermissionDenied => "; give the user who runs this the right to write there",
        io::ErrorKind::ReadOnlyFilesystem => "; it is mounted read-only: choose another place",
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => "; name a directory",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; free some space",
        _ => "",
    };
    format!("cannot write {}: {error}{advice}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_whole_and_alone() {
        let folder = tempfile::tempdir().unwrap();
        let sink = DirectorySink::new(folder.path().join("a/b"));
        sink.check().unwrap();
        for body in ["one", "one", "two"] {
            sink.put("dt=2026-11-27/x.gz", body.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(folder.path().join("a/b/dt=2026-11-27/x.gz")).unwrap(), body);
        }
        let names = |path: &str| fs::read_dir(folder.path().join(path)).unwrap().count();
        assert_eq!((names("a/b"), names("a/b/dt=2026-11-27")), (1, 1));
    }

    #[test]
    fn a_new_object_leaves_the_one_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let sink = DirectorySink::new(folder.path().join("a"));
        let put = |body: &str| sink.put_new("b/c", body.as_bytes()).unwrap();
        assert_eq!([put("one"), put("one"), put("two")], [Placed::Written, Placed::Same, Placed::Different]);
        assert_eq!(fs::read_to_string(folder.path().join("a/b/c")).unwrap(), "one");
        assert_eq!(fs::read_dir(folder.path().join("a/b")).unwrap().count(), 1);
    }

    #[test]
    fn a_file_in_the_way_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "").unwrap();
        let error = DirectorySink::new(path.clone()).check().unwrap_err();
        assert!(matches!(error, SinkError::Fatal(_)), "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
}
