use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, lchown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::unistd::{Gid, Uid, User, geteuid};

use super::error::PrivatePostgresError;

/// What a server may need of the environment: where programs, libraries, locales and time zones
/// are. The rest may contain the caller's credentials, or settings such as PGPORT and PGTZ that are
/// meant for its clients.
const KEPT_VARIABLES: &[&str] =
    &["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LOCALE_ARCHIVE", "LOCPATH", "TZDIR"];

/// The user whom the server and its tools run as: Postgres refuses to run as root.
#[derive(Debug, Clone)]
pub(super) enum Account {
    /// The user of this process.
    Caller,
    /// The user whom root runs them as.
    Other { name: String, uid: Uid, gid: Gid },
}

impl Account {
    /// The owner of the data if there is data, else this user, or `postgres` or `nobody` instead of
    /// root.
    pub(super) fn for_cluster(cluster: &Path) -> Result<Account, PrivatePostgresError> {
        match cluster.metadata() {
            Ok(metadata) => Account::owner(cluster, &metadata),
            Err(error) if error.kind() == ErrorKind::NotFound => Account::for_new_cluster(),
            Err(source) => Err(PrivatePostgresError::folder(cluster, source)),
        }
    }

    fn owner(cluster: &Path, metadata: &Metadata) -> Result<Account, PrivatePostgresError> {
        let uid = Uid::from_raw(metadata.uid());
        let user = User::from_uid(uid).ok().flatten();
        let name = user.as_ref().map_or_else(|| uid.to_string(), |user| user.name.clone());
        let wrong = |owner, advice| {
            Err(PrivatePostgresError::WrongOwner { cluster: cluster.to_owned(), owner, advice })
        };
        match (geteuid().is_root(), uid.is_root()) {
            (true, true) => {
                wrong(name, "postgres refuses to run as root: give it to user postgres with chown -R")
            }
            (true, false) => Ok(Account::Other {
                name,
                uid,
                gid: user.map_or_else(|| Gid::from_raw(metadata.gid()), |user| user.gid),
            }),
            (false, _) if uid == geteuid() => Ok(Account::Caller),
            (false, _) => wrong(name, "run as that user or as root"),
        }
    }

    fn for_new_cluster() -> Result<Account, PrivatePostgresError> {
        if !geteuid().is_root() {
            return Ok(Account::Caller);
        }
        let user = ["postgres", "nobody"].into_iter().find_map(|name| User::from_name(name).ok().flatten());
        let User { name, uid, gid, .. } = user.ok_or(PrivatePostgresError::NoAccount)?;
        Ok(Account::Other { name, uid, gid })
    }

    /// A command that runs as this user, in a folder everybody may read.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").stdin(Stdio::null()).env_clear();
        command.envs(KEPT_VARIABLES.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        // Messages in English, as this module looks for some of them, and no search for the name of
        // the local time zone.
        command.envs([("LC_ALL", "C"), ("TZ", "UTC")]);
        if let Account::Other { uid, gid, .. } = self {
            command.uid(uid.as_raw()).gid(gid.as_raw());
        }
        command
    }

    /// Gives a file or folder, but not what a link there leads to, to this user.
    pub(super) fn own(&self, path: &Path) -> Result<(), PrivatePostgresError> {
        match self {
            Account::Caller => Ok(()),
            Account::Other { uid, gid, .. } => lchown(path, Some(uid.as_raw()), Some(gid.as_raw()))
                .map_err(|source| PrivatePostgresError::folder(path, source)),
        }
    }

    /// Root's folders have to let the server's user through; those of others let no other user in.
    pub(super) fn folder_mode(&self) -> u32 {
        match self {
            Account::Caller => 0o700,
            Account::Other { .. } => 0o755,
        }
    }

    /// Checks that this user can reach `path`, as far as it exists.
    pub(super) fn check_entry(&self, path: &Path) -> Result<(), PrivatePostgresError> {
        let Account::Other { name, .. } = self else {
            return Ok(());
        };
        let mut existing = path.ancestors().filter(|folder| folder.is_dir());
        let Some(deepest) = existing.next().filter(|folder| !self.can_enter(folder)) else {
            return Ok(());
        };
        // The closed folder nearest to the root keeps this user out of all below it.
        let closed = existing.filter(|folder| !self.can_enter(folder)).last().unwrap_or(deepest);
        Err(PrivatePostgresError::ParentClosed { account: name.clone(), closed: closed.to_owned() })
    }

    /// Tries it rather than to read mode bits, which know nothing of access lists. Only a refusal
    /// counts as one.
    fn can_enter(&self, folder: &Path) -> bool {
        let mut shell = self.command(Path::new("/bin/sh"));
        let attempt = shell.args(["-c", "exit 0"]).current_dir(folder).status();
        !attempt.is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
    }
}
