//! What a receiver sees who fetches the files by SFTP, from the server that Debian has.

use std::fs::{self, File, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use super::{Bank, Model, files_of};
use crate::support::{Database, wait_until};

/// A server on loopback for one user, who has no password, is shut in one directory, and may only read there.
struct Server {
    folder: TempDir,
    user: String,
    port: u16,
    server: Child,
}

fn run(program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Server {
    fn start() -> Self {
        assert!(nix::unistd::geteuid().is_root(), "to add a user, run this as root");
        // sshd demands that nobody but root may write to any directory above.
        let folder = tempfile::Builder::new().prefix("landfall-sftp-").tempdir_in("/var/lib").unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        for (key, comment) in [("host", "host"), ("key", "receiver")] {
            run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", &path(key)]);
        }
        fs::copy(path("key.pub"), path("authorized")).unwrap();
        fs::create_dir(path("files")).unwrap();
        let user = format!("landfall-{}", std::process::id());
        // No password is this one, but the account is not locked.
        run("useradd", &["--no-create-home", "--shell", "/usr/sbin/nologin", "--password", "*", &user]);
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        fs::write(
            path("config"),
            format!(
                "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nPidFile none\nAuthorizedKeysFile {}\n\
                 AllowUsers {user}\nAuthenticationMethods publickey\nUsePAM no\nDisableForwarding yes\n\
                 Subsystem sftp internal-sftp\nForceCommand internal-sftp -R\nChrootDirectory {}\n",
                path("host"),
                path("authorized"),
                path("files")
            ),
        )
        .unwrap();
        let host = fs::read_to_string(path("host.pub")).unwrap();
        fs::write(path("known"), format!("[127.0.0.1]:{port} {host}")).unwrap();
        fs::create_dir_all("/run/sshd").unwrap();
        let server = Command::new("/usr/sbin/sshd")
            .args(["-D", "-e", "-f", &path("config")])
            .stdin(Stdio::null())
            .stderr(File::create(path("log")).unwrap())
            .spawn()
            .unwrap();
        wait_until("an SFTP server", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { folder, user, port, server }
    }

    fn files(&self) -> PathBuf {
        self.folder.path().join("files")
    }

    /// Runs a command of the client, in a directory for what is fetched.
    fn sftp(&self, command: &str) -> Output {
        let path = |name: &str| self.folder.path().join(name);
        fs::create_dir_all(path("fetched")).unwrap();
        fs::write(path("batch"), format!("{command}\n")).unwrap();
        let known = format!("UserKnownHostsFile={}", path("known").display());
        Command::new("sftp")
            .args([
                "-q",
                "-F",
                "none",
                "-o",
                "BatchMode=yes",
                "-o",
                "StrictHostKeyChecking=yes",
                "-o",
                &known,
            ])
            .args(["-o", "IdentitiesOnly=yes", "-P", &self.port.to_string(), "-i"])
            .arg(path("key"))
            .arg("-b")
            .arg(path("batch"))
            .arg(format!("{}@127.0.0.1", self.user))
            .current_dir(path("fetched"))
            .env("LC_ALL", "C.UTF-8")
            .output()
            .unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
        run("userdel", &[&self.user]);
    }
}

#[test]
#[ignore = "takes root and Debian's openssh-server: scripts/test runs it"]
fn a_receiver_fetches_the_files_and_can_do_nothing_else() {
    let (server, ledger) = (Server::start(), Database::new());
    let mut model = Model::with_banks(3, "2023-11-01".parse().unwrap(), 3);
    model.banks = (1..).zip(["First Harbour Bank", "Second Bank", "Third Bank"].map(str::to_owned)).collect();
    let bank = Bank::new(&model);
    let extract = |umask: &str, destination: &std::path::Path, month: &str| {
        let landfall = bank.extract(&ledger, &["--month", month]).arg(destination);
        landfall.by_shell(&format!("umask {umask} && exec \"$0\" \"$@\"")).run().expect(0);
    };
    for month in ["2023-12", "2024-01"] {
        extract("022", &server.files(), month);
    }
    let expected: std::collections::BTreeMap<_, _> =
        model.files("2023-12").into_iter().chain(model.files("2024-01")).collect();
    assert_eq!(files_of(&server.files()), expected);

    let listing = server.sftp("ls -l BankName=*/year=*/month=*/*");
    let listing = String::from_utf8(listing.stdout).unwrap();
    println!("{listing}");
    let lines: Vec<&str> = listing.lines().filter(|line| !line.starts_with("sftp>")).collect();
    assert_eq!(lines.len(), expected.len(), "{listing}");
    for (line, name) in lines.into_iter().zip(expected.keys()) {
        assert!(line.starts_with("-rw-r--r-- ") && line.ends_with(&format!(" {name}")), "{line}");
    }
    // Without that umask, the receiver may not enter the folders.
    let hidden = server.files().join("hidden");
    extract("077", &hidden, "2024-01");
    let refused = server.sftp("ls hidden");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("Permission denied"), "{refused:?}");
    fs::remove_dir_all(hidden).unwrap();
    let fetched = server.sftp("get -r BankName=* .");
    assert!(fetched.status.success(), "{}", String::from_utf8_lossy(&fetched.stderr));
    assert_eq!(files_of(&server.folder.path().join("fetched")), expected);

    // Not the owner of files keeps the receiver from changing them, but the server.
    for folder in fs::read_dir(server.files()).unwrap() {
        run("chown", &["-R", &server.user, folder.unwrap().path().to_str().unwrap()]);
    }
    let file = "BankName=First_Harbour_Bank-1/year=2024/month=01/First_Harbour_Bank-1_20240131.csv";
    assert!(expected.contains_key(file));
    let fetched = server.folder.path().join("fetched").join(file);
    let (here, elsewhere) = (fetched.display(), "BankName=First_Harbour_Bank-1/x.csv");
    for command in [
        format!("put {here} {file}"),
        format!("put {here} {elsewhere}"),
        format!("put {here} new.csv"),
        format!("rm {file}"),
        format!("rename {file} {elsewhere}"),
        format!("ln {file} {elsewhere}"),
        format!("symlink /etc/passwd {elsewhere}"),
        format!("chmod 777 {file}"),
        "mkdir BankName=x".to_owned(),
        "rmdir BankName=First_Harbour_Bank-1".to_owned(),
        "get /etc/passwd".to_owned(),
        "get ../../../../etc/passwd".to_owned(),
        format!("get {}", server.folder.path().join("key").display()),
    ] {
        let output = server.sftp(&command);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        println!("{command}: {}", text.trim());
        assert!(!output.status.success(), "{command}");
        assert!(
            ["Permission denied", "does not support", "not found"].iter().any(|part| text.contains(part)),
            "{command}: {text}"
        );
    }
    // Neither commands nor another way in.
    let output = Command::new("ssh")
        .args([
            "-F",
            "none",
            "-o",
            "BatchMode=yes",
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
        ])
        .args(["-o", "PubkeyAuthentication=no", "-p", &server.port.to_string()])
        .args([&format!("{}@127.0.0.1", server.user), "cat /etc/passwd"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("Permission denied (publickey)"), "{output:?}");
    assert_eq!(files_of(&server.files()), expected);
}
