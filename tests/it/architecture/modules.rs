//! Which file of `src` uses which, and which other crates, read from the `use` declarations and paths of its text.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module by its path: `feed::spot::key`. The crate itself is empty.
pub(super) type Module = String;

/// What a file uses.
#[derive(Debug, Default)]
pub(super) struct Uses {
    pub(super) modules: BTreeSet<Module>,
    pub(super) crates: BTreeSet<String>,
}

/// The modules of the crate, tests left out.
pub(super) struct Modules {
    texts: BTreeMap<Module, String>,
    /// What a module re-exports of its children: name, and module that has it.
    exports: BTreeMap<(Module, String), Module>,
}

impl Modules {
    pub(super) fn of_crate() -> Self {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut texts = BTreeMap::new();
        for file in rust_files(&src) {
            let place = file.strip_prefix(&src).unwrap().with_extension("");
            let mut parts: Vec<&str> = place.iter().map(|part| part.to_str().unwrap()).collect();
            if parts.contains(&"tests") || parts == ["main"] {
                continue;
            }
            if matches!(parts.last(), Some(&"mod" | &"lib")) {
                parts.pop();
            }
            texts.insert(parts.join("::"), code(&fs::read_to_string(&file).unwrap()));
        }
        let mut modules = Self { texts, exports: BTreeMap::new() };
        let names: Vec<Module> = modules.texts.keys().cloned().collect();
        for module in &names {
            for (path, _) in declarations(&modules.texts[module]).into_iter().filter(|(_, public)| *public) {
                let Some((from, name)) = path.rsplit_once("::") else { continue };
                if let Some(target) = modules.absolute(module, from).filter(|target| modules.has(target)) {
                    modules.exports.insert((module.clone(), name.to_owned()), target);
                }
            }
        }
        modules
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &Module> {
        self.texts.keys()
    }

    /// What a module uses itself.
    pub(super) fn uses(&self, module: &str) -> Uses {
        let text = &self.texts[module];
        let mut uses = Uses::default();
        let declared = declarations(text);
        // A re-export is for others: it is resolved where it is used.
        let of_this_module = declared.iter().filter(|(_, public)| !public || module.is_empty());
        let paths = of_this_module.map(|(path, _)| path.clone()).chain(inline_paths(text));
        for path in paths {
            match self.resolve(module, &path) {
                Some(target) if target != *module => drop(uses.modules.insert(target)),
                Some(_) => {}
                None => drop(uses.crates.insert(path.split("::").next().unwrap().to_owned())),
            }
        }
        uses.modules.remove("");
        uses
    }

    /// What a module uses, and what that uses, and so on.
    pub(super) fn reach(&self, module: &str) -> Uses {
        let mut all = Uses::default();
        let mut next = vec![module.to_owned()];
        while let Some(module) = next.pop() {
            let uses = self.uses(&module);
            all.crates.extend(uses.crates);
            next.extend(uses.modules.into_iter().filter(|module| all.modules.insert(module.clone())));
        }
        all
    }

    /// Groups of modules each of which reaches all others of its group.
    pub(super) fn cycles(&self) -> Vec<Vec<Module>> {
        let reach: BTreeMap<&Module, BTreeSet<Module>> =
            self.names().map(|module| (module, self.reach(module).modules)).collect();
        let mut cycles = BTreeSet::new();
        for (module, reached) in &reach {
            if reached.contains(*module) {
                let group = reached.iter().filter(|other| reach[*other].contains(*module));
                cycles.insert(group.cloned().collect::<Vec<_>>());
            }
        }
        cycles.into_iter().collect()
    }

    fn has(&self, module: &str) -> bool {
        self.texts.contains_key(module)
    }

    /// The module that has what a path names; nothing if that is in another crate.
    fn resolve(&self, module: &str, path: &str) -> Option<Module> {
        let path = self.absolute(module, path)?;
        let mut found = String::new();
        for name in path.split("::").filter(|name| !name.is_empty()) {
            let child = join(&found, name);
            if self.has(&child) {
                found = child;
            } else {
                if let Some(exported) = self.exports.get(&(found.clone(), name.to_owned())) {
                    // It may be re-exported by that module, too.
                    let name = format!("crate::{exported}::{name}");
                    return if *exported == found { Some(found) } else { self.resolve("", &name) };
                }
                break;
            }
        }
        Some(found)
    }

    /// A path from the root of the crate; nothing if it leads to another crate.
    fn absolute(&self, module: &str, path: &str) -> Option<String> {
        let mut base: Vec<&str> = module.split("::").filter(|name| !name.is_empty()).collect();
        let mut names = path.split("::").peekable();
        match names.peek().copied()? {
            "crate" => {
                names.next();
                base.clear();
            }
            "self" => drop(names.next()),
            "super" => {
                while names.next_if_eq(&"super").is_some() {
                    base.pop()?;
                }
            }
            name if self.has(&join(module, name)) => {}
            _ => return None,
        }
        Some(base.into_iter().chain(names).collect::<Vec<_>>().join("::"))
    }
}

pub(super) fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

fn join(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") }
}

/// A source text without comments and tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = text.lines().map(|line| line.split("//").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

/// The paths of all `use` declarations, groups taken apart, and whether they are public.
fn declarations(text: &str) -> Vec<(String, bool)> {
    let mut paths = Vec::new();
    for (start, _) in text.match_indices("use ") {
        let line = text[..start].rsplit('\n').next().unwrap();
        let visibility = line.trim();
        if !(visibility.is_empty() || visibility.starts_with("pub")) {
            continue;
        }
        let tree = text[start + "use ".len()..].split(';').next().unwrap();
        let tree: String = tree.split_whitespace().collect::<Vec<_>>().join(" ");
        // The words of a text in quotation marks are no declaration.
        if !tree.chars().all(|c| c.is_ascii_alphanumeric() || "_:{}, *".contains(c)) {
            continue;
        }
        flatten("", &tree, &mut |path| paths.push((path, !visibility.is_empty())));
    }
    paths
}

/// Takes a tree such as `a::{b, c::{d, e}}` apart.
fn flatten(prefix: &str, tree: &str, each: &mut impl FnMut(String)) {
    let tree = tree.trim();
    let Some((path, group)) = tree.split_once('{') else {
        let name = tree.split(" as ").next().unwrap().trim();
        if !name.is_empty() {
            each(format!("{prefix}{name}").trim_end_matches("::self").to_owned());
        }
        return;
    };
    let prefix = format!("{prefix}{path}");
    let (mut depth, mut start) = (0, 0);
    let group = group.strip_suffix('}').unwrap();
    for (at, byte) in group.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            b',' if depth == 0 => {
                flatten(&prefix, &group[start..at], each);
                start = at + 1;
            }
            _ => {}
        }
    }
    flatten(&prefix, &group[start..], each);
}

/// Paths from the root of the crate or from a parent, outside `use` declarations.
fn inline_paths(text: &str) -> Vec<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let mut paths = Vec::new();
    for root in ["crate::", "super::"] {
        for (start, _) in text.match_indices(root) {
            let begins = !text[..start].ends_with(is_name);
            let path: String = text[start..].chars().take_while(|c| is_name(*c)).collect();
            // In a `use` declaration with a group, or in `pub(in crate::…)`: not a path of its own.
            let visibility = text[..start].ends_with("pub(in ");
            if begins && !visibility && !path.ends_with("::") {
                paths.push(path);
            }
        }
    }
    paths
}
