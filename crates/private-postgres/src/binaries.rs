use std::env;
use std::path::{Path, PathBuf};

use super::account::Account;
use super::error::PrivatePostgresError;

/// The oldest major version that is supported.
pub(super) const OLDEST_MAJOR: u32 = 13;

/// Folders with one folder per version, and what comes before and after the version in the path to
/// its binaries.
const VERSIONED: &[(&str, &str, &str)] = &[
    ("/usr/lib/postgresql", "", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
];

const SERVER_PACKAGE: &str = "Debian: postgresql, Homebrew: postgresql@17, Nix: postgresql";
const CLIENT_PACKAGE: &str = "Debian: postgresql-client, Homebrew: postgresql@17, Nix: postgresql";

/// The path of `postgres`, `initdb` or `psql`: in `PG_BINDIR` if that is set, else in the first
/// folder of `PATH`, `/usr/lib/postgresql/*/bin` (the highest version first) or Homebrew's that has
/// it.
///
/// `postgres` and `initdb` are taken from a folder that has both.
///
/// # Errors
///
/// There is none; the message names the package to install.
pub fn find_binary(name: &str) -> Result<PathBuf, PrivatePostgresError> {
    if matches!(name, "postgres" | "initdb") {
        return server_dirs(name)?.first().map(|dir| dir.join(name)).ok_or_else(|| missing(name));
    }
    if let Some(dir) = bindir() {
        return in_bindir(&dir, name);
    }
    // Symlinks stay as they are: Debian's psql is a wrapper that goes by the name it is called by.
    search_path()
        .into_iter()
        .map(|dir| dir.join(name))
        .find(|path| path.is_file())
        .ok_or_else(|| missing(name))
}

/// Binaries of one server version.
#[derive(Debug)]
pub(super) struct Installation {
    dir: PathBuf,
}

impl Installation {
    /// The first installation `account` can run that is of version `wanted`, or of any supported
    /// version.
    pub(super) fn choose(
        account: &Account,
        cluster: &Path,
        wanted: Option<u32>,
    ) -> Result<Self, PrivatePostgresError> {
        let mut others = Vec::new();
        for dir in server_dirs("postgres")? {
            match major_version(account, &dir.join("postgres")) {
                Ok(major) if wanted.map_or(major >= OLDEST_MAJOR, |wanted| major == wanted) => {
                    return Ok(Self { dir });
                }
                Ok(major) => others.push(format!("{major} in {}", dir.display())),
                Err(reason) => others.push(format!("an unusable one in {} ({reason})", dir.display())),
            }
        }
        let found = others.join(", ");
        Err(match wanted {
            Some(major) => {
                PrivatePostgresError::OtherMajorVersion { cluster: cluster.to_owned(), major, found }
            }
            None => PrivatePostgresError::NoUsableServer { found },
        })
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.dir.join("postgres")
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.dir.join("initdb")
    }
}

/// Every folder that has both server binaries, at least one; `name` is the one to miss if there is
/// none.
fn server_dirs(name: &str) -> Result<Vec<PathBuf>, PrivatePostgresError> {
    if let Some(dir) = bindir() {
        in_bindir(&dir, "postgres")?;
        in_bindir(&dir, "initdb")?;
        return Ok(vec![dir]);
    }
    let mut dirs = Vec::new();
    for dir in search_path() {
        // A link such as /usr/local/bin/postgres leads to the folder where initdb of the same
        // version is.
        let real = dir.join("postgres").canonicalize().ok().and_then(|path| Some(path.parent()?.to_owned()));
        if let Some(real) = real.filter(|real| real.join("initdb").is_file() && !dirs.contains(real)) {
            dirs.push(real);
        }
    }
    if dirs.is_empty() { Err(missing(name)) } else { Ok(dirs) }
}

/// Absolute, because the binaries are run from another folder.
fn bindir() -> Option<PathBuf> {
    let dir = env::var_os("PG_BINDIR").filter(|dir| !dir.is_empty()).map(PathBuf::from)?;
    Some(std::path::absolute(&dir).unwrap_or(dir))
}

fn in_bindir(dir: &Path, name: &str) -> Result<PathBuf, PrivatePostgresError> {
    let path = Some(dir.join(name)).filter(|path| path.is_file());
    path.ok_or_else(|| PrivatePostgresError::NotInBindir {
        name: name.to_owned(),
        dir: dir.to_owned(),
        package: package(name),
    })
}

/// The folders of `PATH`, then those of the systems' packages.
fn search_path() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    // Relative entries would mean another folder once the working directory changes.
    let mut dirs: Vec<PathBuf> = env::split_paths(&path).filter(|dir| dir.is_absolute()).collect();
    for &(parent, prefix, bin) in VERSIONED {
        dirs.extend(versions(Path::new(parent), prefix).into_iter().map(|dir| dir.join(bin)));
    }
    dirs
}

/// The folders in `parent` that are named `prefix` and a version, the highest first.
fn versions(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let version = |path: &Path| path.file_name()?.to_str()?.strip_prefix(prefix)?.parse::<f64>().ok();
    let entries = parent.read_dir().into_iter().flatten().flatten();
    let mut found: Vec<(f64, PathBuf)> =
        entries.filter_map(|entry| Some((version(&entry.path())?, entry.path()))).collect();
    found.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    found.into_iter().map(|(_, path)| path).collect()
}

/// Reads `postgres (PostgreSQL) 15.18 (Debian …)`; the error is a readable reason.
fn major_version(account: &Account, postgres: &Path) -> Result<u32, String> {
    let output = account.command(postgres).arg("--version").output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    parse_major(&text).ok_or_else(|| format!("`--version` says {:?}", text.trim()))
}

fn parse_major(text: &str) -> Option<u32> {
    let version = text.strip_prefix("postgres (PostgreSQL) ")?;
    let digits = version.find(|c: char| !c.is_ascii_digit()).map_or(version, |end| &version[..end]);
    digits.parse().ok()
}

fn missing(name: &str) -> PrivatePostgresError {
    PrivatePostgresError::BinaryMissing { name: name.to_owned(), package: package(name) }
}

fn package(name: &str) -> &'static str {
    if name == "psql" { CLIENT_PACKAGE } else { SERVER_PACKAGE }
}

#[cfg(test)]
mod tests {
    use super::{parse_major, versions};

    #[test]
    fn major_versions_are_read_from_releases_and_betas() {
        assert_eq!(parse_major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(parse_major("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(parse_major("postgres (PostgreSQL) 17"), Some(17));
        assert_eq!(parse_major("mysqld 8"), None);
    }

    #[test]
    fn the_highest_version_comes_first_by_number() {
        let parent = tempfile::tempdir().unwrap();
        for name in ["postgresql@9.6", "postgresql@17", "postgresql@13", "postgresql", "openssl@3"] {
            std::fs::create_dir(parent.path().join(name)).unwrap();
        }
        let found = versions(parent.path(), "postgresql@");
        let names: Vec<_> = found.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["postgresql@17", "postgresql@13", "postgresql@9.6"]);
    }
}
