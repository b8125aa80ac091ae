use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Child;

use super::binaries::Installation;
use super::error::PrivatePostgresError;
use super::folder::{Folder, own_file};

/// Names the socket; there is no network port.
pub(super) const PORT: &str = "5432";

/// The server's settings, all but `cluster_name`. They are on its command line, so that no older
/// `postgresql.conf` decides otherwise.
const SETTINGS: &[(&str, &str)] = &[
    // Nothing but the Unix socket, in a folder of its own.
    ("listen_addresses", ""),
    ("port", PORT),
    ("unix_socket_permissions", "0700"),
    // A laptop has other things to do with its memory; the operating system caches the rest.
    ("shared_buffers", "256MB"),
    // Much may be written in one go: fewer checkpoints, and smaller full-page images, make that
    // faster.
    ("max_wal_size", "2GB"),
    ("checkpoint_timeout", "15min"),
    ("wal_compression", "on"),
    // Nothing replicates it. What a transaction writes into a table that it created is then written once, not twice.
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    // A handful of processes with a small pool each, on a machine with many cores. One that is not open costs nothing.
    ("max_connections", "100"),
    // The same wherever the server runs.
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    // The log is cut only at a start, so a server that runs for months has to be terse.
    ("log_min_messages", "warning"),
    ("log_checkpoints", "off"),
    ("log_destination", "stderr"),
    ("logging_collector", "off"),
];

/// Starts the server. `lock` becomes its standard input, an empty file: this is how the server and
/// all of its sessions hold the lock until the last of them has ended.
pub(super) fn launch(
    folder: &Folder,
    installation: &Installation,
    lock: File,
) -> Result<Child, PrivatePostgresError> {
    let account = folder.account();
    let run = folder.run();
    make_private(&run).map_err(|source| PrivatePostgresError::folder(&run, source))?;
    account.own(&run)?;

    let log = folder.log();
    let open_log = || {
        let file = own_file().append(true).open(&log)?;
        file.set_len(0)?;
        Ok((file.try_clone()?, file))
    };
    let (stdout, stderr) = open_log().map_err(|source| PrivatePostgresError::folder(&log, source))?;

    let program = installation.postgres();
    let mut command = account.command(&program);
    command.arg("-D").arg(folder.cluster());
    for (name, value) in SETTINGS {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    let mut sockets = OsString::from("unix_socket_directories=");
    sockets.push(&run);
    command.arg("-c").arg(sockets);
    // Shows in process lists whose server it is.
    command.arg("-c").arg(format!("cluster_name={}", folder.name()));
    // A group of its own: Ctrl-C in the terminal is meant for its users.
    command.process_group(0).stdin(lock).stdout(stdout).stderr(stderr);
    command.spawn().map_err(|reason| PrivatePostgresError::Run { program, reason })
}

fn make_private(folder: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.symlink_metadata()?.is_dir() => {}
        result => result?,
    }
    fs::set_permissions(folder, Permissions::from_mode(0o700))
}
