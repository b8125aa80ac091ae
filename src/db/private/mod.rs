//! A Postgres of Landfall's own: run from installed server binaries, kept in one data folder,
//! reachable by Unix socket only.
//!
//! Any number of processes may use a data folder at once. Two lock files decide who starts and who
//! stops the server: `start.lock` is held while a process comes or goes, `users.lock` is held
//! shared for as long as it stays. Whoever leaves and can then take `users.lock` for itself was the
//! last one, and stops the server. The kernel drops the locks of a killed process, so the server it
//! leaves behind serves the next process, which stops it in turn.
//!
//! A third, `server.lock`, is held by the server itself, so that there are never two of them on one
//! folder, not even in two containers that share it.

mod account;
mod binaries;
mod cluster;
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
pub use error::PrivatePostgresError;
use folder::Folder;

/// The name of the superuser and of the database.
const NAME: &str = "landfall";

/// A share in the running server of a data folder; the server stops when the last share, in any
/// process, is dropped.
///
/// Dropping blocks until the server is gone, usually for some 20 ms. The server is in a process
/// group of its own: neither Ctrl-C nor the death of the process that started it ends it.
#[derive(Debug)]
pub struct PrivatePostgres {
    url: String,
    folder: Folder,
    users: File,
    server: Option<Child>,
}

impl PrivatePostgres {
    /// Joins the server of `data_dir`, and creates and starts it first where needed. Blocks until
    /// it takes connections.
    ///
    /// The folder is created if missing. Root gives the server to the user `postgres`, else
    /// `nobody`, or to the owner of the data that is there.
    ///
    /// # Errors
    ///
    /// Server binaries are missing or of another major version than the data; the folder cannot be
    /// used or its path is too long for a socket; the server stops at once or is not ready within
    /// 30 seconds.
    pub fn start(data_dir: &Path) -> Result<PrivatePostgres, PrivatePostgresError> {
        let began = Instant::now();
        let folder = Folder::prepare(data_dir)?;
        let turn = folder.wait_for_turn()?;
        let users = folder.join_users()?;
        let server = server::ensure_ready(&folder)?;
        drop(turn);
        tracing::info!(
            data_dir = %folder.path().display(),
            started = server.is_some(),
            elapsed_ms = began.elapsed().as_millis() as u64,
            "private postgres is ready"
        );
        Ok(PrivatePostgres { url: folder.url(), folder, users, server })
    }

    /// The end of the server's log: why it is gone, if it is.
    pub fn log_ending(&self) -> String {
        server::log_ending(&self.folder.log())
    }

    /// A libpq URL, such as
    /// `postgresql://landfall@/landfall?host=%2Fvar%2Flib%2Flandfall%2Frun&port=5432`.
    ///
    /// It holds no password: the socket's folder is open to the server's user and root only.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn leave(&mut self) -> Result<(), PrivatePostgresError> {
        let _turn = self.folder.wait_for_turn()?;
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
        if let Err(error) = self.leave() {
            tracing::warn!(data_dir = %self.folder.path().display(), %error, "private postgres was left running");
        }
    }
}

/// Where a private Postgres lives unless told otherwise: `/var/lib/landfall` for root, else
/// `landfall` in `$XDG_DATA_HOME` or in `~/.local/share`. `None` if there is no home folder.
pub fn default_data_dir() -> Option<PathBuf> {
    if geteuid().is_root() {
        return Some(PathBuf::from("/var/lib/landfall"));
    }
    // The XDG specification wants relative paths ignored.
    let xdg = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home =
        || std::env::home_dir().filter(|path| path.is_absolute()).map(|home| home.join(".local/share"));
    Some(xdg.or_else(home)?.join("landfall"))
}
