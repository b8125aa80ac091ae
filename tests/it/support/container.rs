//! A container of the image that `LANDFALL_IMAGE` names, as a cautious platform runs it.

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::{NamedTempFile, TempDir};

use super::Run;

/// The docker archive under test.
pub(crate) fn archive() -> PathBuf {
    let path = std::env::var_os("LANDFALL_IMAGE");
    path.unwrap_or_else(|| panic!("set LANDFALL_IMAGE to a docker archive: scripts/image writes one")).into()
}

/// The image, loaded into a store of its own.
pub(crate) struct Image {
    store: TempDir,
    id: String,
}

impl Image {
    pub(crate) fn load() -> Self {
        let store = tempfile::Builder::new().prefix("landfall-image-").tempdir_in("/tmp").unwrap();
        let mut image = Self { store, id: String::new() };
        let loaded = image.podman().args(["load", "--quiet", "--input"]).arg(archive()).output().unwrap();
        let loaded = Run::from(loaded).expect(0);
        image.id = loaded.stdout.trim().trim_start_matches("Loaded image: ").to_owned();
        image
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
        podman.args(["--cap-drop=all", "--security-opt=no-new-privileges"]);
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
