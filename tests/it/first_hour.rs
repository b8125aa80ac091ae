//! `scripts/landfall` on machines that are made up: its commands are fakes in a folder, which is all of `PATH`.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::documents::root;
use crate::support::{Run, run_of};

struct Machine {
    folder: TempDir,
}

impl Machine {
    /// One that lacks nothing. Its cargo makes a program that says how it was called, and exits with 3.
    fn complete() -> Self {
        let machine = Self { folder: tempfile::tempdir().unwrap() };
        for name in ["bin", "home"] {
            fs::create_dir(machine.folder.path().join(name)).unwrap();
        }
        for tool in ["bash", "cat", "chmod", "dirname", "env", "ln", "mkdir", "sed", "sh", "tee", "uname"] {
            let path = std::env::var_os("PATH").unwrap();
            let real =
                std::env::split_paths(&path).map(|folder| folder.join(tool)).find(|file| file.is_file());
            symlink(real.unwrap(), machine.path(tool)).unwrap();
        }
        for name in ["cc", "pg_config", "initdb", "curl"] {
            machine.fake(name, "");
        }
        machine.fake("uname", "echo Linux");
        machine.fake("sudo", r#"exec "$@""#);
        machine.fake("apt-get", r#"echo "apt-get $*"; echo "$*" >>"$HOME/apt-get""#);
        machine.fake(
            "cargo",
            r#"[ "$1" != --version ] || { echo "cargo 1.999.0 (a fake)"; exit; }
            echo "cargo's output"
            mkdir -p "$CARGO_TARGET_DIR/release"
            cat >"$CARGO_TARGET_DIR/release/landfall" <<'END'
#!/bin/sh
printf '<%s>' "$@"
cat
exit 3
END
            chmod +x "$CARGO_TARGET_DIR/release/landfall""#,
        );
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("bin").join(name)
    }

    fn fake(&self, name: &str, script: &str) {
        // Instead of what a link leads to.
        let _ = fs::remove_file(self.path(name));
        fs::write(self.path(name), format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(self.path(name), Permissions::from_mode(0o755)).unwrap();
    }

    fn without(self, names: &[&str]) -> Self {
        for name in names {
            fs::remove_file(self.path(name)).unwrap();
        }
        self
    }

    fn run(&self, args: &[&str]) -> Run {
        let home = self.folder.path().join("home");
        fs::write(home.join("input"), "[input]").unwrap();
        let mut command = Command::new(self.path("bash"));
        command.arg(root().join("scripts/landfall")).args(args).env_clear();
        command.env("PATH", self.folder.path().join("bin")).env("HOME", &home);
        command.env("CARGO_TARGET_DIR", self.folder.path().join("target")).env("SSL_CERT_FILE", "/dev/null");
        // So that no Postgres is installed, nor its settings written, whatever the machine has.
        command.env("DATABASE_URL", "postgresql://localhost/none");
        command
            .stdin(fs::File::open(home.join("input")).unwrap())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        run_of(command.spawn().unwrap())
    }

    /// What apt-get was told.
    fn installed(&self) -> String {
        fs::read_to_string(self.folder.path().join("home/apt-get")).unwrap_or_default()
    }

    fn built(&self) -> bool {
        self.path("../target").exists()
    }
}

#[test]
fn the_script_adds_nothing_to_what_the_command_gets_and_prints() {
    let machine = Machine::complete();
    for _ in 0..2 {
        let run = machine.run(&["import", "a folder", "", "*"]).expect(3);
        assert_eq!(run.stdout, "<import><a folder><><*>[input]");
        assert!(run.stderr.contains("cargo's output"), "{}", run.stderr);
    }
    assert_eq!(machine.installed(), "");
}

#[test]
fn what_is_missing_is_told_and_installed() {
    let machine = Machine::complete().without(&["cc", "pg_config"]);
    let run = machine.run(&["status"]).expect(3);
    assert_eq!(run.stdout, "<status>[input]");
    assert!(run.stderr.contains("\n  libpq-dev: libpq, Postgres' client library\n"), "{}", run.stderr);
    let installed = machine.installed();
    assert!(
        installed.starts_with("update ") && installed.ends_with(" build-essential libpq-dev\n"),
        "{installed}"
    );
}

#[test]
fn nothing_is_built_if_what_it_takes_cannot_be_installed() {
    let machine = Machine::complete().without(&["pg_config", "apt-get"]);
    let run = machine.run(&["status"]).expect(1);
    assert!(run.stderr.contains("there is no apt-get"), "{}", run.stderr);
    assert_eq!((run.stdout.as_str(), machine.built()), ("", false));

    let machine = Machine::complete().without(&["pg_config"]);
    machine.fake("apt-get", "exit 100");
    let run = machine.run(&["status"]).expect(1);
    assert!(run.stderr.contains("apt-get did not install it"), "{}", run.stderr);
    assert_eq!((run.stdout.as_str(), machine.built()), ("", false));
}

#[test]
fn rust_comes_from_rustup() {
    let machine = Machine::complete().without(&["cargo"]);
    machine.fake("curl", "exit 6");
    let run = machine.run(&["status"]).expect(1);
    assert!(run.stderr.contains("rustup cannot be downloaded from https://sh.rustup.rs"), "{}", run.stderr);
    assert_eq!(run.stdout, "");

    let machine = Machine::complete();
    fs::rename(machine.path("cargo"), machine.path("downloaded")).unwrap();
    let installer = r#"echo "installing $*"; mkdir -p "$HOME/.cargo/bin"; ln -s "$(command -v downloaded)" "$HOME/.cargo/bin/cargo""#;
    machine.fake("curl", &format!("cat <<'END'\n{installer}\nEND"));
    assert_eq!(machine.run(&["status"]).expect(3).stdout, "<status>[input]");
    // A shell that does not know of it yet.
    let run = machine.run(&["status"]).expect(3);
    assert!(!run.stderr.contains("rustup"), "{}", run.stderr);

    // Debian's, for instance.
    let machine = Machine::complete();
    machine.fake("cargo", "echo 'cargo 1.65.0'");
    machine.fake("rustup", "");
    let run = machine.run(&["status"]).expect(1);
    assert!(run.stderr.contains("run `rustup default stable && rustup update stable`"), "{}", run.stderr);
}

#[test]
fn on_macos_packages_come_from_homebrew_and_the_compiler_from_xcode() {
    let machine = Machine::complete().without(&["apt-get", "curl", "cargo"]);
    machine.fake("uname", "echo Darwin");
    machine.fake("xcode-select", "exit 2");
    let run = machine.run(&["status"]).expect(1);
    assert!(run.stderr.contains("run `xcode-select --install`"), "{}", run.stderr);

    machine.fake("xcode-select", "");
    let run = machine.run(&["status"]).expect(1);
    assert!(run.stderr.contains("get it from https://brew.sh"), "{}", run.stderr);

    machine.fake("brew", r#"echo "brew $*"; exit 1"#);
    let run = machine.run(&["status"]).expect(1);
    assert!(run.stderr.contains("\nbrew install --quiet curl\n"), "{}", run.stderr);
    assert_eq!(run.stdout, "");
}
