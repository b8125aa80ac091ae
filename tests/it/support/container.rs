//! A container of an image under test, as a cautious platform runs it.

use std::fmt::Display;
use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::{NamedTempFile, TempDir};

use super::{Run, Server};

/// The docker archive under test.
pub(crate) fn archive() -> PathBuf {
    archive_in("LANDFALL_IMAGE", "scripts/image")
}

/// The one with Postgres in it.
pub(crate) fn standalone_archive() -> PathBuf {
    archive_in("LANDFALL_STANDALONE_IMAGE", "scripts/image --standalone")
}

fn archive_in(variable: &str, script: &str) -> PathBuf {
    let path = std::env::var_os(variable);
    path.unwrap_or_else(|| panic!("set {variable} to a docker archive: {script} writes one")).into()
}

/// The image, loaded into a store of its own.
pub(crate) struct Image {
    store: TempDir,
    id: String,
}

impl Image {
    pub(crate) fn load() -> Self {
        Self::from(&archive())
    }

    pub(crate) fn standalone() -> Self {
        Self::from(&standalone_archive())
    }

    fn from(archive: &Path) -> Self {
        let store = tempfile::Builder::new().prefix("landfall-image-").tempdir_in("/tmp").unwrap();
        let mut image = Self { store, id: String::new() };
        let loaded = image.podman().args(["load", "--quiet", "--input"]).arg(archive).output().unwrap();
        let loaded = Run::from(loaded).expect(0);
        image.id = loaded.stdout.trim().trim_start_matches("Loaded image: ").to_owned();
        image
    }

    /// A file in a volume, on this machine.
    pub(crate) fn in_volume(&self, volume: &str, file: &str) -> PathBuf {
        self.store.path().join("root/volumes").join(volume).join("_data").join(file)
    }

    fn podman(&self) -> Command {
        let mut podman = Command::new("podman");
        podman.arg("--root").arg(self.store.path().join("root"));
        podman.arg("--runroot").arg(self.store.path().join("run"));
        // What needs neither systemd nor cgroups of version 2.
        podman.args(["--runtime=runc", "--cgroup-manager=cgroupfs", "--storage-driver=overlay"]);
        podman
    }

    /// A container with nothing to write to but its volumes, no privilege, and the host's network.
    pub(crate) fn container(&self) -> Container<'_> {
        let mut podman = self.podman();
        podman.args(["run", "--rm", "--network=host", "--read-only", "--read-only-tmpfs=false"]);
        // Podman has systemd run health checks, which may not be there.
        podman.args(["--cap-drop=all", "--security-opt=no-new-privileges", "--no-healthcheck"]);
        // Podman would raise the limits, which the host may not allow.
        podman.args(["--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"]);
        Container { image: self, podman, files: Vec::new() }
    }
}

/// A container about to run.
pub(crate) struct Container<'a> {
    image: &'a Image,
    podman: Command,
    files: Vec<NamedTempFile>,
}

impl Container<'_> {
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.podman.args(["--env", &format!("{name}={value}")]);
        self
    }

    /// Mounts a folder of this machine, or a volume by its name.
    pub(crate) fn mount(mut self, from: impl Display, path: &str) -> Self {
        self.podman.arg(format!("--volume={from}:{path}"));
        self
    }

    /// Puts a text over a file of the image.
    pub(crate) fn file(mut self, path: &str, text: &str) -> Self {
        let mut file = NamedTempFile::new_in("/tmp").unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.as_file().set_permissions(Permissions::from_mode(0o644)).unwrap();
        self.podman.arg(format!("--volume={}:{path}:ro", file.path().display()));
        self.files.push(file);
        self
    }

    pub(crate) fn run(mut self, args: &[&str]) -> Run {
        self.podman.arg(&self.image.id).args(args).output().unwrap().into()
    }

    /// Serves on this machine's loopback.
    pub(crate) fn serve(mut self) -> Server {
        self.podman.arg(&self.image.id).args(Server::ARGS).stdout(Stdio::null()).stderr(Stdio::piped());
        Server::listening(self.podman.spawn().unwrap())
    }

    /// Starts it. Signals to this process reach the container's first.
    pub(crate) fn spawn(mut self, args: &[&str]) -> Running {
        self.podman.arg(&self.image.id).args(args).stdout(Stdio::null()).stderr(Stdio::null());
        let podman = self.podman.spawn().unwrap();
        Running { podman, _files: self.files }
    }
}

/// A container at work.
pub(crate) struct Running {
    pub(crate) podman: Child,
    _files: Vec<NamedTempFile>,
}
