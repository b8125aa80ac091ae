//! Who is behind a `postmaster.pid`.
//!
//! The file outlives a crash, and its process number may since belong to any other process: it
//! counts as our server only if that process was started as a postgres of this very data folder.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;

/// The process named in `postmaster.pid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// There is no such file, process or text in it, or the process is certainly something else.
    NoProcess,
    /// The server of this data folder.
    Server(Pid, Status),
    /// Unknown. Postgres decides when it starts, which never harms the data.
    Unclear,
}

/// The content of the file that the server writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Not yet ready for connections.
    Starting,
    /// Takes connections.
    Ready,
    /// On its way out.
    Stopping,
}

impl Holder {
    /// Reads who holds `cluster`.
    pub(super) fn of(cluster: &Path) -> io::Result<Holder> {
        let content = match fs::read(cluster.join("postmaster.pid")) {
            Ok(content) => content,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Holder::NoProcess),
            Err(error) => return Err(error),
        };
        // Pid, data folder, start time, port, socket folder, listen address, shared memory, status.
        let lines: Vec<&[u8]> = content.split(|&byte| byte == b'\n').collect();
        let pid = lines
            .first()
            .and_then(|line| str::from_utf8(line).ok())
            .and_then(|line| line.trim().parse().ok());
        // A power cut may leave an empty file, which Postgres takes for that of a server about to
        // start.
        let Some(pid) = pid.filter(|&pid: &i32| pid > 1).map(Pid::from_raw) else {
            return Ok(Holder::NoProcess);
        };
        if lines.get(1).is_none_or(|&line| line != cluster.as_os_str().as_bytes()) {
            return Ok(Holder::Unclear);
        }
        let status = match lines.get(7).map(|line| line.trim_ascii()) {
            Some(b"ready") => Status::Ready,
            Some(b"stopping") => Status::Stopping,
            _ => Status::Starting,
        };
        Ok(match identify(pid, cluster) {
            Identity::Server => Holder::Server(pid, status),
            Identity::Other => Holder::NoProcess,
            Identity::Unclear => Holder::Unclear,
        })
    }
}

/// Whether `pid` is still the server of `cluster`; not so once it has exited, even if its parent
/// has yet to notice.
pub(super) fn is_server(pid: Pid, cluster: &Path) -> bool {
    identify(pid, cluster) == Identity::Server
}

#[derive(PartialEq, Eq)]
enum Identity {
    Server,
    Other,
    Unclear,
}

fn identify(pid: Pid, cluster: &Path) -> Identity {
    if kill(pid, None) == Err(Errno::ESRCH) {
        return Identity::Other;
    }
    let Some(command_line) = command_line(pid) else {
        return Identity::Unclear;
    };
    // As `launch` writes it.
    let ours = [b"/postgres -D ", cluster.as_os_str().as_bytes(), b" -c "].concat();
    let launched_here = command_line.windows(ours.len()).any(|window| window == ours);
    let program = command_line.split(|&byte| byte == b' ').next().unwrap_or_default();
    if !launched_here && !program.ends_with(b"/postgres") && program != b"postgres" {
        return Identity::Other;
    }
    match working_folder(pid) {
        // Postgres works in its data folder, which shows one started by hand with another spelling
        // of it.
        Some(folder) if folder == cluster => Identity::Server,
        Some(_) => Identity::Other,
        None if launched_here => Identity::Server,
        None => Identity::Unclear,
    }
}

/// The command of a process, with a space between its arguments; empty for one that has exited but
/// still has its number.
#[cfg(target_os = "linux")]
fn command_line(pid: Pid) -> Option<Vec<u8>> {
    let mut arguments = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    arguments.iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b' ');
    Some(arguments)
}

#[cfg(not(target_os = "linux"))]
fn command_line(pid: Pid) -> Option<Vec<u8>> {
    let output = std::process::Command::new("ps")
        .args(["-ww", "-o", "command=", "-p", &pid.to_string()])
        .output()
        .ok()?;
    // A process that has exited but still has its number shows as its name in brackets.
    Some(if output.stdout.starts_with(b"(") { Vec::new() } else { output.stdout })
}

/// The folder a process works in. `None` where that is hidden, as in a container without the right
/// to trace processes.
fn working_folder(pid: Pid) -> Option<std::path::PathBuf> {
    fs::read_link(format!("/proc/{pid}/cwd")).ok()
}
