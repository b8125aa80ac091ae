//! Dumps in a directory, or a single file.

use std::ffi::OsStr;
use std::fs::{self, DirEntry, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::mem;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use nix::errno::Errno;
use nix::fcntl::OFlag;

use super::{Listing, Object, Source, SourceError, StoredBody, Unreadable, partitions};

/// Seconds since 1970 that both Postgres and chrono can represent as an instant: from 4713 BC to the year 262000.
const INSTANT_RANGE: (i64, i64) = (-210_863_433_600, 8_205_754_204_800);

/// Files that `fsck` puts there have lost their names: they are not dumps.
const LOST_AND_FOUND: &str = "lost+found";

/// Objects in a page of the listing.
const PAGE_OBJECTS: usize = 1_000;

const NOT_UTF8: &str = "its name is not UTF-8: rename it";

/// A directory with everything below it, or one file.
#[derive(Debug)]
pub struct Directory {
    root: PathBuf,
}

impl Directory {
    /// Name of all files in the ledger.
    pub const NAME: &str = "file://";

    /// Uses the absolute path, so that the ledger recognizes a file from any working directory.
    pub fn open(path: &Path) -> Result<Self, SourceError> {
        let root = path.canonicalize().map_err(|error| SourceError::Fatal(explain(path, &error)))?;
        Ok(Self { root })
    }
}

impl Source for Directory {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn location(&self) -> String {
        self.root.display().to_string()
    }

    fn list(&self, since: Option<NaiveDate>, each_page: &mut dyn FnMut(Listing)) -> Result<(), SourceError> {
        let fatal = |error: io::Error| SourceError::Fatal(explain(&self.root, &error));
        let mut walk = Walk { since, each_page, page: Listing::default(), pending: Vec::new() };
        let metadata = fs::metadata(&self.root).map_err(fatal)?;
        if metadata.is_dir() {
            walk.read_directory(&self.root).map_err(fatal)?;
        } else if metadata.is_file() {
            let Some(object) = object(&self.root, &metadata) else {
                return Err(SourceError::Fatal(format!("cannot read {}: {NOT_UTF8}", self.root.display())));
            };
            walk.add(object);
        } else {
            return Err(SourceError::Fatal(not_a_file(&self.root)));
        }
        while let Some(directory) = walk.pending.pop() {
            if let Err(error) = walk.read_directory(&directory) {
                walk.skip_directory(&directory, &error);
            }
        }
        walk.finish();
        Ok(())
    }

    fn look_up(&self, key: &str) -> Result<Object, SourceError> {
        let path = Path::new(key);
        let metadata = fs::metadata(path).map_err(|error| classify(path, &error))?;
        object(path, &metadata)
            .filter(|_| metadata.is_file())
            .ok_or_else(|| SourceError::Unreadable(not_a_file(path)))
    }

    fn open(&self, listed: &Object) -> Result<StoredBody, SourceError> {
        let path = Path::new(&listed.key);
        // If a pipe has replaced the file meanwhile, opening it must not wait for its other end.
        let file = OpenOptions::new()
            .read(true)
            .custom_flags(OFlag::O_NONBLOCK.bits())
            .open(path)
            .map_err(|error| classify(path, &error))?;
        let metadata = file.metadata().map_err(|error| classify(path, &error))?;
        if !metadata.is_file() {
            return Err(SourceError::Unreadable(not_a_file(path)));
        }
        if object(path, &metadata).as_ref() != Some(listed) {
            return Err(SourceError::Changed(listed.key.clone()));
        }
        let bytes = Box::new(Unchanged { file, listed: listed.clone() });
        Ok(StoredBody { bytes, content_encoding: None })
    }
}

/// A walk through a directory that continues after errors.
struct Walk<'w> {
    /// Folders of earlier days are left out.
    since: Option<NaiveDate>,
    each_page: &'w mut dyn FnMut(Listing),
    page: Listing,
    /// Directories yet to be read.
    pending: Vec<PathBuf>,
}

impl Walk<'_> {
    fn add(&mut self, object: Object) {
        self.page.objects.push(object);
        if self.page.objects.len() == PAGE_OBJECTS {
            (self.each_page)(mem::take(&mut self.page));
        }
    }

    fn finish(self) {
        (self.each_page)(self.page);
    }

    fn read_directory(&mut self, directory: &Path) -> io::Result<()> {
        for entry in fs::read_dir(directory)? {
            // The rest of a directory that breaks off in the middle is lost like one that cannot be opened.
            let entry = entry?;
            if let Err(error) = self.visit(&entry) {
                self.skip(&entry.path(), explain(&entry.path(), &error), false);
            }
        }
        Ok(())
    }

    fn visit(&mut self, entry: &DirEntry) -> io::Result<()> {
        let path = entry.path();
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if path.to_str().is_none() {
                self.skip(&path, cannot_read(&path, NOT_UTF8), true);
            } else if self.is_of_earlier_day(&path) {
                self.page.left_out = true;
            } else {
                self.pending.push(path);
            }
            return Ok(());
        }
        // Looked up in its directory, an entry takes half the time of its whole path; a link leads elsewhere.
        let metadata = entry
            .metadata()
            .and_then(|found| if found.is_symlink() { fs::metadata(&path) } else { Ok(found) });
        let metadata = match metadata {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound && kind.is_symlink() => {
                self.skip(&path, cannot_read(&path, "the link leads to nothing: fix or remove it"), false);
                return Ok(());
            }
            // Deleted since its directory was read.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        if metadata.is_dir() {
            // A linked directory may lead back up: following only links to files ends every walk.
        } else if !metadata.is_file() {
            self.skip(&path, not_a_file(&path), false);
        } else if let Some(object) = object(&path, &metadata) {
            self.add(object);
        } else {
            self.skip(&path, cannot_read(&path, NOT_UTF8), false);
        }
        Ok(())
    }

    fn is_of_earlier_day(&self, directory: &Path) -> bool {
        let name = directory.file_name().and_then(OsStr::to_str);
        self.since.zip(name).is_some_and(|(since, name)| partitions::is_earlier(name, since))
    }

    fn skip_directory(&mut self, directory: &Path, error: &io::Error) {
        if error.kind() != ErrorKind::NotFound {
            let may_contain_objects = directory.file_name().is_none_or(|name| name != LOST_AND_FOUND);
            self.skip(directory, explain(directory, error), may_contain_objects);
        }
    }

    fn skip(&mut self, path: &Path, error: String, may_contain_objects: bool) {
        let key = path.to_string_lossy().into_owned();
        self.page.unreadable.push(Unreadable { key, error, may_contain_objects });
    }
}

/// Reads a file and checks at its end that it is still the file that was listed.
struct Unchanged {
    file: File,
    listed: Object,
}

impl Read for Unchanged {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let path = Path::new(&self.listed.key);
        let failed = |error: io::Error| match error.kind() {
            ErrorKind::Interrupted => error,
            _ => io::Error::other(classify(path, &error)),
        };
        let read = self.file.read(buffer).map_err(failed)?;
        if read == 0 && !buffer.is_empty() {
            let metadata = self.file.metadata().map_err(failed)?;
            if object(path, &metadata).as_ref() != Some(&self.listed) {
                return Err(io::Error::other(SourceError::Changed(self.listed.key.clone())));
            }
        }
        Ok(read)
    }
}

/// The object of a file; nothing if its path is not UTF-8.
fn object(path: &Path, metadata: &Metadata) -> Option<Object> {
    let (seconds, nanoseconds) = (metadata.mtime(), metadata.mtime_nsec());
    Some(Object {
        key: path.to_str()?.to_owned(),
        size: metadata.len(),
        modified_at: instant(seconds, nanoseconds),
        // As the file system has them: its years are not those of a calendar.
        fingerprint: format!("{}-{seconds}.{nanoseconds:09}", metadata.len()),
        archived: false,
    })
}

/// The instant of a file's time, or the nearest that can be stored.
fn instant(seconds: i64, nanoseconds: i64) -> DateTime<Utc> {
    let (earliest, latest) = INSTANT_RANGE;
    let nanoseconds = u32::try_from(nanoseconds).unwrap_or(0);
    DateTime::from_timestamp(seconds.clamp(earliest, latest), nanoseconds).unwrap_or(DateTime::UNIX_EPOCH)
}

/// Whether an error of the file system is about one file, or about the disk or server that it is on.
fn classify(path: &Path, error: &io::Error) -> SourceError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            return SourceError::Deleted(path.display().to_string());
        }
        ErrorKind::TimedOut
        | ErrorKind::NotConnected
        | ErrorKind::ConnectionAborted
        | ErrorKind::ConnectionRefused
        | ErrorKind::ConnectionReset
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::NetworkUnreachable
        | ErrorKind::StaleNetworkFileHandle
        | ErrorKind::WouldBlock
        | ErrorKind::Interrupted
        | ErrorKind::OutOfMemory => return SourceError::Transient(explain(path, error)),
        _ => {}
    }
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::EMFILE | Errno::ENFILE | Errno::EHOSTDOWN | Errno::EREMOTEIO) => {
            SourceError::Transient(explain(path, error))
        }
        // A file that may not be read, bad blocks, a loop of links: it will be so next time, too.
        _ => SourceError::Unreadable(explain(path, error)),
    }
}

fn explain(path: &Path, error: &io::Error) -> String {
    let advice = match error.kind() {
        ErrorKind::NotFound => ": name an existing directory or file, or s3://BUCKET/PREFIX",
        ErrorKind::PermissionDenied => ": let this user read it",
        _ if error.raw_os_error() == Some(Errno::ELOOP as i32) => ": fix or remove the links",
        _ => "",
    };
    cannot_read(path, &format!("{error}{advice}"))
}

fn not_a_file(path: &Path) -> String {
    cannot_read(path, "it is neither a file nor a directory")
}

fn cannot_read(path: &Path, why: &str) -> String {
    format!("cannot read {}: {why}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every file would be fetched again if these changed.
    #[test]
    fn fingerprints_are_size_and_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for (modified, fingerprint) in [
            (Ok(std::time::Duration::new(1_600_000_000, 5)), "3-1600000000.000000005"),
            (Err(std::time::Duration::from_millis(1_500)), "3--2.500000000"),
        ] {
            fs::write(&path, "abc").unwrap();
            let epoch = std::time::SystemTime::UNIX_EPOCH;
            let time = modified.map_or_else(|before| epoch - before, |after| epoch + after);
            File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
            let object = object(&path, &fs::metadata(&path).unwrap()).unwrap();
            assert_eq!(object.fingerprint, fingerprint);
            assert_eq!(object.modified_at, DateTime::<Utc>::from(time));
        }
    }

    #[test]
    fn times_outside_of_the_calendar_become_the_nearest() {
        let written = |seconds| instant(seconds, 999_999_999).format("%F").to_string();
        assert_eq!(written(0), "1970-01-01");
        assert_eq!(written(i64::MIN), written(INSTANT_RANGE.0));
        assert_eq!(written(i64::MAX), written(INSTANT_RANGE.1));
        assert_eq!(written(i64::MIN), "-4712-01-02");
        assert_eq!(written(i64::MAX), "+262000-01-01");
    }

    #[test]
    fn a_pipe_that_replaced_a_file_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "abc").unwrap();
        let directory = Directory::open(folder.path()).unwrap();
        let mut objects = Vec::new();
        directory.list(None, &mut |page| objects.extend(page.objects)).unwrap();
        let object = objects.remove(0);
        fs::remove_file(&path).unwrap();
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRUSR).unwrap();
        assert!(matches!(directory.open(&object), Err(SourceError::Unreadable(_))));
        assert!(matches!(directory.look_up(&object.key), Err(SourceError::Unreadable(_))));
        fs::remove_file(&path).unwrap();
        assert!(matches!(directory.open(&object), Err(SourceError::Deleted(_))));
    }

    #[test]
    fn errors_of_one_file_are_not_those_of_the_disk() {
        let class = |errno: Errno| {
            let error = classify(Path::new("/x"), &io::Error::from_raw_os_error(errno as i32));
            format!("{error:?}").split('(').next().unwrap().to_owned()
        };
        for errno in [Errno::EACCES, Errno::EPERM, Errno::EIO, Errno::ELOOP, Errno::ENXIO, Errno::EUCLEAN] {
            assert_eq!(class(errno), "Unreadable", "{errno}");
        }
        for errno in [Errno::ENOTCONN, Errno::ESTALE, Errno::ETIMEDOUT, Errno::EMFILE, Errno::EHOSTDOWN] {
            assert_eq!(class(errno), "Transient", "{errno}");
        }
        assert_eq!(class(Errno::ENOENT), "Deleted");
    }
}
