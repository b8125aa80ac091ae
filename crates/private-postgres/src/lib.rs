//! A Postgres server of a program's own: run from installed binaries, with its data in one folder,
//! reachable by Unix socket only, and only while a process uses it.
//!
//! Any number of processes may use a data folder at once. Two lock files decide who starts and who
//! stops the server: a process holds `start.lock` while it starts to use the server or ceases to,
//! and a shared lock on `users.lock` in between. A process that ceases to use the server and can
//! then lock `users.lock` exclusively was the last one, and stops the server. The kernel drops the
//! locks of a killed process: the server that it leaves behind is used, and stopped at the end, by
//! the next process.
//!
//! The server itself holds a third lock, `server.lock`, so that there are never two servers on one
//! folder, not even in two containers that share it.
//!
//! Its settings suit loading and querying much data on a machine that has other work to do, and
//! times are in UTC.

mod account;
mod binaries;
mod cluster;
mod environment;
mod error;
mod folder;
mod launch;
mod postmaster;
mod server;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Instant;

use nix::unistd::geteuid;

pub use binaries::find_binary;
pub use environment::restart_without_client_variables;
pub use error::PrivatePostgresError;
use folder::Folder;

/// A handle to the running server of a data folder. The server stops when the last handle, in any
/// process, is dropped.
///
/// Dropping blocks until the server has ended, usually for some 20 ms. The server is in a process
/// group of its own: neither Ctrl-C nor the death of the process that started it ends it.
#[derive(Debug)]
pub struct PrivatePostgres {
    url: String,
    folder: Folder,
    users: File,
    server: Option<Child>,
}

impl PrivatePostgres {
    /// Returns a handle to the server of `data_dir`. If the server does not run it is started, and if
    /// there is no data it is created first. Blocks until the server takes connections.
    ///
    /// `name` is that of the superuser and of the database: up to 63 lower-case letters, digits and
    /// underscores. It has to be the same at every start on one folder.
    ///
    /// The folder is created if missing. Under root the server runs as the owner of the data, or as
    /// the user `postgres`, else `nobody`, if there is none yet.
    ///
    /// # Errors
    ///
    /// The name cannot be used; server binaries are missing or of another major version than the
    /// data; the folder cannot be used or its path is too long for a socket; the server stops at
    /// once or is not ready within 30 seconds.
    pub fn start(data_dir: &Path, name: &str) -> Result<PrivatePostgres, PrivatePostgresError> {
        let began = Instant::now();
        check_name(name)?;
        let folder = Folder::prepare(data_dir, name)?;
        let start_lock = folder.lock_start()?;
        let users = folder.lock_users()?;
        let server = server::ensure_ready(&folder)?;
        drop(start_lock);
        tracing::debug!(
            data_dir = %folder.path().display(),
            started = server.is_some(),
            elapsed_ms = began.elapsed().as_millis() as u64,
            "private postgres is ready"
        );
        Ok(PrivatePostgres { url: folder.url(), folder, users, server })
    }

    /// The last lines of the server's log, at most 20: they show why the server has ended, if it has.
    pub fn log_ending(&self) -> String {
        server::log_ending(&self.folder.log())
    }

    /// A libpq URL of the database, such as
    /// `postgresql://app@/app?host=%2Fvar%2Flib%2Fapp%2Frun&port=5432`.
    ///
    /// It has no password: the socket's folder is open to the server's user and root only.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn end_use(&mut self) -> Result<(), PrivatePostgresError> {
        let _start_lock = self.folder.lock_start()?;
        let lock_error = |source| PrivatePostgresError::folder(self.folder.path(), source);
        // Closing the file would not do: a process just forked elsewhere holds a copy of it until
        // its exec.
        self.users.unlock().map_err(lock_error)?;
        match self.users.try_lock() {
            Ok(()) => server::stop(&self.folder, self.server.as_mut()),
            Err(TryLockError::WouldBlock) => Ok(()),
            Err(TryLockError::Error(source)) => Err(lock_error(source)),
        }
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        if let Err(error) = self.end_use() {
            tracing::warn!(data_dir = %self.folder.path().display(), %error, "private postgres was left running");
        }
    }
}

/// Where `program` keeps its data by default: `/var/lib/PROGRAM` for root, else `PROGRAM`
/// in `$XDG_DATA_HOME` or in `~/.local/share`. `None` if there is no home folder.
pub fn default_data_dir(program: &str) -> Option<PathBuf> {
    if geteuid().is_root() {
        return Some(Path::new("/var/lib").join(program));
    }
    // The XDG specification wants relative paths ignored.
    let xdg = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home =
        || std::env::home_dir().filter(|path| path.is_absolute()).map(|home| home.join(".local/share"));
    Some(xdg.or_else(home)?.join(program))
}

/// Whether SQL, a URL and a command line can all contain the name as it is, and Postgres has no use of
/// its own for it.
fn check_name(name: &str) -> Result<(), PrivatePostgresError> {
    let spelt = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
        && name.len() <= 63;
    let taken = name.starts_with("pg_") || matches!(name, "postgres" | "template0" | "template1");
    if spelt && !taken { Ok(()) } else { Err(PrivatePostgresError::UnusableName { name: name.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn names_that_postgres_would_reject_or_change_are_rejected() {
        for name in ["app", "a", "app_2", "user", &"x".repeat(63)] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", "App", "2app", "_app", "a-b", "a b", "a\nb", "ä", "pg_app", "postgres", "template1"]
        {
            assert!(check_name(name).is_err(), "{name:?}");
        }
        assert!(check_name(&"x".repeat(64)).is_err());
    }
}
