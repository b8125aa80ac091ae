use std::io;
use std::path::{Path, PathBuf};

use super::binaries::OLDEST_MAJOR;

/// Why there is no private Postgres. Each message says what to do about it.
///
/// Where it would help to choose another data folder, the message ends with that advice, so that a
/// program can append which of its options sets the folder.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrivatePostgresError {
    /// The name cannot be that of a superuser and a database.
    #[error(
        "{name:?} cannot name a user and a database; choose up to 63 lower-case letters, digits and underscores that begin \
         with a letter, other than postgres, template0, template1 and what begins with pg_"
    )]
    UnusableName {
        /// The name in question.
        name: String,
    },

    /// No searched folder has the binary.
    #[error(
        "no {name} in PATH, /usr/lib/postgresql/*/bin or Homebrew's folders; install Postgres {OLDEST_MAJOR} or newer \
         ({package}), or set PG_BINDIR to its bin folder"
    )]
    BinaryMissing {
        /// `postgres`, `initdb` or `psql`.
        name: String,
        /// The package that has it, by system.
        package: &'static str,
    },

    /// `PG_BINDIR` is set and wrong; nothing else is searched then.
    #[error(
        "PG_BINDIR is {}, where there is no {name}; unset it or set it to the bin folder of an installed Postgres ({package})",
        dir.display()
    )]
    NotInBindir {
        /// `postgres`, `initdb` or `psql`.
        name: String,
        /// The value of `PG_BINDIR`.
        dir: PathBuf,
        /// The package that has it, by system.
        package: &'static str,
    },

    /// There are server binaries, but none that run and are new enough.
    #[error(
        "Postgres {OLDEST_MAJOR} or newer is needed, but there is only {found}; install a newer one, or set PG_BINDIR to \
         its bin folder"
    )]
    NoUsableServer {
        /// What was found, with folders.
        found: String,
    },

    /// The data was made by a major version that is not installed.
    #[error(
        "{} was made by Postgres {major}, but there is only {found}; install Postgres {major} (Debian: postgresql-{major}, \
         Homebrew: postgresql@{major}, Nix: postgresql_{major}), set PG_BINDIR to its bin folder, or choose another data \
         folder",
        cluster.display()
    )]
    OtherMajorVersion {
        /// The folder with the data.
        cluster: PathBuf,
        /// The version in its `PG_VERSION`.
        major: u32,
        /// What was found, with folders.
        found: String,
    },

    /// The folder with the data has no readable `PG_VERSION`.
    #[error(
        "{} exists but is not a Postgres data folder (no valid PG_VERSION); move it away, or choose another data folder",
        cluster.display()
    )]
    NotACluster {
        /// The folder in question.
        cluster: PathBuf,
    },

    /// The data is not this user's, or is root's, as whom Postgres refuses to run.
    #[error("{} belongs to user {owner}; {advice}, or choose another data folder", cluster.display())]
    WrongOwner {
        /// The folder with the data.
        cluster: PathBuf,
        /// Name or number of its owner.
        owner: String,
        /// What to do.
        advice: &'static str,
    },

    /// Root has no user to run the server as.
    #[error(
        "postgres refuses to run as root, and there is no user postgres or nobody; create one, or run as another user"
    )]
    NoAccount,

    /// The server's user cannot enter a folder above the data.
    #[error(
        "the server runs as user {account}, who cannot enter {}; run `chmod o+x {}`, or choose another data folder",
        closed.display(), closed.display()
    )]
    ParentClosed {
        /// The user the server would run as.
        account: String,
        /// The first folder on the way that the user cannot enter.
        closed: PathBuf,
    },

    /// The path has a character that Postgres takes for a separator, and that nothing can quote.
    #[error(
        "{} has a comma or a line break in it, where Postgres ends the path of a socket; choose another data folder",
        data_dir.display()
    )]
    UnusablePath {
        /// The data folder.
        data_dir: PathBuf,
    },

    /// The socket's path does not fit the operating system's limit.
    #[error(
        "the socket {} has {bytes} bytes, {limit} are possible; choose a data folder whose path is shorter by {} bytes",
        socket.display(), bytes - limit
    )]
    SocketPathTooLong {
        /// The path of the socket.
        socket: PathBuf,
        /// Its length in bytes.
        bytes: usize,
        /// The maximum length of a path in bytes.
        limit: usize,
    },

    /// The data folder or a file in it cannot be used.
    #[error("cannot use {}: {reason}; choose a data folder that this user may write, with space left", path.display())]
    Folder {
        /// The file or folder in question.
        path: PathBuf,
        /// The operating system's reason.
        reason: io::Error,
    },

    /// A server binary cannot be run.
    #[error("cannot run {}: {reason}; repair the Postgres installation or set PG_BINDIR to another", program.display())]
    Run {
        /// The binary.
        program: PathBuf,
        /// The operating system's reason.
        reason: io::Error,
    },

    /// The data could not be created.
    #[error("{step} failed: {output}; solve what it says")]
    Create {
        /// The program that failed.
        step: &'static str,
        /// The last lines it wrote.
        output: String,
    },

    /// The server ended before it took connections.
    #[error("postgres ended at once ({status}); solve what the end of {} says:\n{lines}", log.display())]
    EndedAtOnce {
        /// How it ended.
        status: String,
        /// The server's log.
        log: PathBuf,
        /// Its last lines.
        lines: String,
    },

    /// The server runs, but did not take connections in time. It is left running if it got far
    /// enough to be found again: a recovery after a crash that is stopped would start over.
    #[error("postgres is not ready after {seconds} s; try again in a while, or see the end of {}:\n{lines}", log.display())]
    NotReady {
        /// How long it was waited for, in seconds.
        seconds: u64,
        /// The server's log.
        log: PathBuf,
        /// Its last lines.
        lines: String,
    },

    /// A server that is not visible from here uses the data.
    #[error(
        "{} is in use by a server in another container or by remains of a killed one; run in that container, stop it, or \
         choose another data folder", data_dir.display()
    )]
    HeldElsewhere {
        /// The data folder.
        data_dir: PathBuf,
    },

    /// The variables of libpq cannot be got rid of.
    #[error(
        "cannot start again without {variables}, which would lead elsewhere than to the private Postgres: {reason}; unset them"
    )]
    Restart {
        /// Names of environment variables.
        variables: String,
        /// The operating system's reason.
        reason: io::Error,
    },

    /// The server did not stop in time.
    #[error("postgres (pid {pid}) is still shutting down after {seconds} s; see {}", log.display())]
    NotStopped {
        /// The server's process.
        pid: i32,
        /// How long it was waited for, in seconds.
        seconds: u64,
        /// The server's log.
        log: PathBuf,
    },
}

impl PrivatePostgresError {
    pub(super) fn folder(path: &Path, reason: io::Error) -> Self {
        Self::Folder { path: path.to_owned(), reason }
    }
}
