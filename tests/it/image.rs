//! The container images: their content and their metadata.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use chrono::DateTime;
use serde_json::{Value, json};
use tar::{Archive, EntryType};

use crate::support::{archive, standalone_archive};

/// All layers together, in bytes.
const SIZE_BUDGET: u64 = 128 << 20;
/// The same, with Postgres.
const STANDALONE_SIZE_BUDGET: u64 = 320 << 20;

/// A file or folder of a layer.
struct Item {
    kind: EntryType,
    link: Option<PathBuf>,
    mode: u32,
    owner: u64,
    modified: u64,
    body: Vec<u8>,
}

/// A docker archive, read.
struct Contents {
    manifest: Value,
    config: Value,
    layers: Vec<BTreeMap<PathBuf, Item>>,
}

fn unpack(from: impl Read) -> BTreeMap<PathBuf, Item> {
    let mut items = BTreeMap::new();
    for entry in Archive::new(from).entries().unwrap() {
        let mut entry = entry.unwrap();
        // Nix's layers name files from the root, Debian's from the current directory.
        let path = entry.path().unwrap();
        let path = path.components().filter(|part| matches!(part, Component::Normal(_))).collect();
        let link = entry.link_name().unwrap().map(PathBuf::from);
        let header = entry.header();
        let (kind, mode) = (header.entry_type(), header.mode().unwrap());
        let (owner, modified) = (header.uid().unwrap(), header.mtime().unwrap());
        let mut body = Vec::new();
        entry.read_to_end(&mut body).unwrap();
        items.insert(path, Item { kind, link, mode, owner, modified, body });
    }
    items
}

impl Contents {
    fn read(archive: PathBuf) -> Self {
        Self::of(File::open(archive).unwrap())
    }

    fn of(archive: impl Read) -> Self {
        let archive = unpack(archive);
        let json = |name: &str| serde_json::from_slice(&archive[Path::new(name)].body).unwrap();
        let manifest: Value = json("manifest.json");
        let config = json(manifest[0]["Config"].as_str().unwrap());
        let layers = manifest[0]["Layers"].as_array().unwrap().iter();
        let layers =
            layers.map(|name| unpack(&archive[Path::new(name.as_str().unwrap())].body[..])).collect();
        Self { manifest, config, layers }
    }

    fn items(&self) -> impl Iterator<Item = (&PathBuf, &Item)> {
        self.layers.iter().flatten()
    }

    /// The content of a file, wherever links lead.
    fn file(&self, path: &str) -> String {
        let mut path = PathBuf::from(path);
        for _ in 0..9 {
            let (_, item) = self.items().find(|(at, _)| **at == path).unwrap();
            match &item.link {
                None => return String::from_utf8(item.body.clone()).unwrap(),
                Some(link) => path = path.parent().unwrap().join(link).strip_prefix("/").unwrap().to_owned(),
            }
        }
        panic!("the links of {} go round", path.display());
    }
}

#[test]
#[ignore = "needs a container image: scripts/test makes one"]
fn is_what_the_registry_should_get() {
    let image = Contents::read(archive());
    let mut config = image.config["config"].clone();
    let labels = config.as_object_mut().unwrap().remove("Labels").unwrap();
    assert_eq!(
        config,
        json!({
            "Entrypoint": ["/bin/landfall"],
            "Env": ["SSL_CERT_FILE=/etc/ssl/certs/ca-bundle.crt"],
            "User": "65534:65534",
            "Volumes": { "/tmp": {} },
        })
    );
    check_metadata(&image, &labels, "landfall");
}

/// What the metadata of both images says.
fn check_metadata(image: &Contents, labels: &Value, name: &str) {
    let label = |name: &str| labels[format!("org.opencontainers.image.{name}")].as_str().unwrap().to_owned();
    let revision = label("revision");
    let commit = revision.trim_end_matches("-dirty");
    assert!(
        revision == "unversioned"
            || (commit.len() == 40 && commit.chars().all(|digit| digit.is_ascii_hexdigit())),
        "{revision}"
    );
    assert!(label("source").split_once(':').is_some_and(|(_, hash)| hash.len() >= 40), "{}", label("source"));
    assert_eq!((label("title").as_str(), label("licenses").as_str()), (name, "Apache-2.0"));
    let created = DateTime::parse_from_rfc3339(image.config["created"].as_str().unwrap()).unwrap();
    assert_eq!(created.timestamp(), 1, "the same source gives the same image");
    let tag = image.manifest[0]["RepoTags"][0].as_str().unwrap();
    assert!(tag.starts_with(&format!("{name}:")) && !tag.ends_with(":latest"), "{tag}");
}

#[test]
#[ignore = "needs a container image: scripts/test makes one"]
fn holds_landfall_and_nothing_to_attack_it_with() {
    let image = Contents::read(archive());
    let in_bin: Vec<&PathBuf> =
        image.items().map(|(path, _)| path).filter(|path| path.starts_with("bin")).collect();
    assert!(
        in_bin.iter().all(|path| **path == Path::new("bin") || **path == Path::new("bin/landfall")),
        "{in_bin:?}"
    );
    for (path, item) in image.items() {
        let name = path.file_name().unwrap_or_default().to_str().unwrap();
        let shells =
            ["sh", "ash", "bash", "dash", "zsh", "busybox", "toybox", "coreutils", "env", "perl", "python3"];
        // A folder may have the name of one: completions for zsh are in `zsh`.
        assert!(item.kind == EntryType::Directory || !shells.contains(&name), "{}", path.display());
        assert_eq!(item.owner, 0, "{}: Landfall itself must not own it", path.display());
    }
    check_files(&image, SIZE_BUDGET);
}

/// What holds for the files of both images.
fn check_files(image: &Contents, size_budget: u64) {
    assert!(image.layers.len() > 1, "an update should not ship the libraries again");
    for (path, item) in image.items() {
        assert!(item.modified <= 1, "{}: {}", path.display(), item.modified);
        assert_eq!(item.mode & 0o6000, 0, "{} has a privilege", path.display());
        let open_to_all = item.mode & 0o002 != 0 && item.kind != EntryType::Symlink;
        assert!(!open_to_all || path == Path::new("tmp"), "{} is open to all", path.display());
    }
    assert!(image.items().any(|(path, item)| path == Path::new("tmp") && item.mode & 0o7777 == 0o1777));
    let size: u64 = image.items().map(|(_, item)| item.body.len() as u64).sum();
    assert!((10 << 20..size_budget).contains(&size), "{size} bytes");
    for (bundle, least) in [("ca-bundle.crt", 100), ("rds.pem", 80)] {
        let roots = image.file(&format!("etc/ssl/certs/{bundle}")).matches("BEGIN CERTIFICATE").count();
        assert!(roots >= least, "{bundle}: {roots}");
    }
}

#[test]
#[ignore = "needs a container image: scripts/test makes one"]
fn with_postgres_it_serves_by_default_and_owns_only_its_data() {
    let image = Contents::read(standalone_archive());
    let config = &image.config["config"];
    assert_eq!(
        (&config["Entrypoint"], &config["Cmd"], &config["User"]),
        (&json!(["/bin/landfall"]), &json!(["serve"]), &json!("65532:65532"))
    );
    assert_eq!(config["Volumes"], json!({ "/tmp": {}, "/var/lib/landfall": {} }));
    assert_eq!(config["Healthcheck"]["Test"], json!(["CMD", "/bin/landfall", "healthcheck"]));
    let variables = config["Env"].as_array().unwrap();
    for variable in ["LANDFALL_DATA_DIR=/var/lib/landfall", "LANDFALL_LISTEN=0.0.0.0:8080"] {
        assert!(variables.contains(&json!(variable)), "{variables:?}");
    }
    check_metadata(&image, &config["Labels"], "landfall-standalone");
    check_files(&image, STANDALONE_SIZE_BUDGET);
    let owned: Vec<_> = image.items().filter(|(_, item)| item.owner != 0).collect();
    assert!(
        matches!(owned[..], [(path, item)] if path == Path::new("var/lib/landfall") && item.owner == 65532 && item.mode & 0o7777 == 0o700),
        "{:?}",
        owned.iter().map(|(path, _)| path).collect::<Vec<_>>()
    );
    let accounts = image.file("etc/passwd");
    assert!(accounts.lines().any(|line| line.starts_with("landfall:x:65532:65532:")), "{accounts}");
}

/// A header with all that [`unpack`] reads.
fn header(kind: EntryType, size: usize) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(0o555);
    header.set_uid(0);
    header.set_mtime(1);
    header.set_size(size as u64);
    header
}

/// Names files from the root, as Nix does, or from the current directory, as `scripts/image` does.
fn layer(root: &str) -> Vec<u8> {
    let mut layer = tar::Builder::new(Vec::new());
    for (path, kind) in [("bin/landfall", EntryType::Regular), ("share/zsh", EntryType::Directory)] {
        let (name, mut header) = (format!("{root}{path}"), header(kind, 0));
        // `Header::set_path` refuses absolute names.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        layer.append(&header, std::io::empty()).unwrap();
    }
    layer.into_inner().unwrap()
}

#[test]
fn reads_archives_whether_nix_or_the_script_made_them() {
    for root in ["/", "./"] {
        let mut archive = tar::Builder::new(Vec::new());
        for (name, body) in [
            ("manifest.json", json!([{ "Config": "c.json", "Layers": ["l.tar"] }]).to_string().into_bytes()),
            ("c.json", b"{}".to_vec()),
            ("l.tar", layer(root)),
        ] {
            archive.append_data(&mut header(EntryType::Regular, body.len()), name, &body[..]).unwrap();
        }
        let image = Contents::of(&archive.into_inner().unwrap()[..]);
        let paths: Vec<_> = image.items().map(|(path, _)| path.to_str().unwrap()).collect();
        assert_eq!(paths, ["bin/landfall", "share/zsh"]);
    }
}
