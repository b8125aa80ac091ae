use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;

use super::account::Account;
use super::error::PrivatePostgresError;
use super::launch::PORT;

/// The bytes a socket's path may have: `sun_path` less its final zero.
const SOCKET_PATH_LIMIT: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// The name of Postgres' own data folder.
const CLUSTER: &str = "postgres";

/// The paths in a data folder, and its owner.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    name: String,
    account: Account,
}

impl Folder {
    /// Creates what is missing of the folder, once it is certain that a server can live there.
    pub(super) fn prepare(data_dir: &Path, name: &str) -> Result<Folder, PrivatePostgresError> {
        let failed = |source| PrivatePostgresError::folder(data_dir, source);
        let path = resolve(data_dir).map_err(failed)?;
        let account = Account::for_cluster(&path.join(CLUSTER))?;
        let mut folder = Folder { path, name: name.to_owned(), account };
        folder.check_socket_path()?;
        folder.account.check_entry(&folder.path)?;
        create_all(&folder.path, folder.account.folder_mode()).map_err(failed)?;
        // The server's files name the folder: every process has to arrive at the same name for it.
        folder.path = folder.path.canonicalize().map_err(failed)?;
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The name of the superuser and of the database.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The user the server runs as.
    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    /// Postgres' own data folder.
    pub(super) fn cluster(&self) -> PathBuf {
        self.path.join(CLUSTER)
    }

    /// The folder of the socket.
    pub(super) fn run(&self) -> PathBuf {
        self.path.join("run")
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.run().join(format!(".s.PGSQL.{PORT}"))
    }

    pub(super) fn log(&self) -> PathBuf {
        self.path.join("server.log")
    }

    pub(super) fn url(&self) -> String {
        let (name, host) = (&self.name, percent_encode(self.run().as_os_str().as_bytes()));
        format!("postgresql://{name}@/{name}?host={host}&port={PORT}")
    }

    /// Waits until no other process starts or stops the server.
    pub(super) fn lock_start(&self) -> Result<StartLock, PrivatePostgresError> {
        let path = self.path.join("start.lock");
        let lock = || {
            let file = open_lock(&path)?;
            file.lock()?;
            Ok(StartLock(file))
        };
        lock().map_err(|source| PrivatePostgresError::folder(&path, source))
    }

    /// Counts this process among the users of the server. The caller holds the start lock.
    pub(super) fn lock_users(&self) -> Result<File, PrivatePostgresError> {
        let path = self.path.join("users.lock");
        let lock = || {
            let file = open_lock(&path)?;
            file.lock_shared()?;
            Ok(file)
        };
        lock().map_err(|source| PrivatePostgresError::folder(&path, source))
    }

    /// The file that the server itself keeps locked, see `launch`.
    pub(super) fn open_server_lock(&self) -> Result<File, PrivatePostgresError> {
        let path = self.path.join("server.lock");
        open_lock(&path).map_err(|source| PrivatePostgresError::folder(&path, source))
    }

    fn check_socket_path(&self) -> Result<(), PrivatePostgresError> {
        let socket = self.socket();
        if socket.as_os_str().as_bytes().iter().any(|byte| b",\n".contains(byte)) {
            return Err(PrivatePostgresError::UnusablePath { data_dir: self.path.clone() });
        }
        let bytes = socket.as_os_str().len();
        if bytes > SOCKET_PATH_LIMIT {
            return Err(PrivatePostgresError::SocketPathTooLong { socket, bytes, limit: SOCKET_PATH_LIMIT });
        }
        Ok(())
    }
}

/// The right to start or stop the server, until dropped.
#[derive(Debug)]
pub(super) struct StartLock(File);

impl Drop for StartLock {
    fn drop(&mut self) {
        // Explicitly, for the same reason as with `users.lock`; should it fail, closing the file
        // does it a moment later.
        let _ = self.0.unlock();
    }
}

/// Opened close-on-exec, as std opens everything: the server must not inherit the locks of its
/// users.
fn open_lock(path: &Path) -> io::Result<File> {
    own_file().read(true).write(true).open(path)
}

/// For a file that only its owner may read. Links are not followed: root may work in a folder of
/// another user's.
pub(super) fn own_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).mode(0o600).custom_flags(OFlag::O_NOFOLLOW.bits());
    options
}

/// Resolves symlinks in the part of the path that exists.
fn resolve(data_dir: &Path) -> io::Result<PathBuf> {
    let path = std::path::absolute(data_dir)?;
    for parent in path.ancestors() {
        match parent.canonicalize() {
            Ok(real) => {
                let rest = path.strip_prefix(parent).map_err(io::Error::other)?;
                // Collected from components, so that there is no slash at the end.
                return Ok(real.join(rest).components().collect());
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::NotFound.into())
}

/// As `create_dir_all`, but with a mode that a strict umask cannot narrow.
fn create_all(path: &Path, mode: u32) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        create_all(parent, mode)?;
    }
    match DirBuilder::new().mode(mode).create(path) {
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(mode)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

fn percent_encode(bytes: &[u8]) -> String {
    let mut encoded = String::with_capacity(bytes.len() * 2);
    for &byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte))
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
