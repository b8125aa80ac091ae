//! Links in the documents lead to files and headings that are there.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::markdown::{anchors, prose, without_code};
use super::{files, root};

/// Files whose text is included in others: their links are relative to the folder of those.
const PARTS: &str = "docs/parts";

#[test]
fn every_link_leads_somewhere() {
    let mut documents = vec![root().join("README.md"), root().join("CONTRIBUTING.md")];
    documents.extend(files(&root().join("docs"), "md"));
    let texts: HashMap<&Path, String> =
        documents.iter().map(|path| (path.as_path(), fs::read_to_string(path).unwrap())).collect();
    let (mut seen, mut broken) = (0, Vec::new());
    for path in &documents {
        for (line, target) in links(&texts[path.as_path()]) {
            seen += 1;
            if let Err(reason) = follow(path, &target) {
                let path = path.strip_prefix(root()).unwrap().display();
                broken.push(format!("{path}:{line}: {target}: {reason}"));
            }
        }
    }
    assert!(seen > 100, "only {seen} links were found");
    assert_eq!(broken, Vec::<String>::new());
}

/// The test of the test.
#[test]
fn broken_links_are_found() {
    let text = "# A title: `x`\n\n[a](rules.md#no-such-heading) and `[b](c)`\n![d](images/none.png)\n```\n[e](f)\n```\n[g\nh](#a-title-x)\n## A title: x\n";
    let found: Vec<(usize, String)> = links(text);
    let targets: Vec<&str> = found.iter().map(|(_, target)| target.as_str()).collect();
    assert_eq!(targets, ["rules.md#no-such-heading", "images/none.png", "#a-title-x"]);
    assert_eq!(anchors(text), ["a-title-x", "a-title-x-1"]);
    let document = root().join("docs/operations.md");
    assert_eq!(follow(&document, targets[0]), Err("no such heading"));
    assert_eq!(follow(&document, targets[1]), Err("no such file"));
    assert_eq!(follow(&document, "rules.md#revisions"), Ok(()));
}

/// The targets of links and pictures that are in this repository, with line numbers.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    for (line, prose) in prose(text) {
        let prose = without_code(prose);
        let inline = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let html = ["src=\"", "srcset=\"", "href=\""]
            .into_iter()
            .flat_map(|attribute| prose.split(attribute).skip(1))
            .filter_map(|rest| rest.split('"').next());
        for target in inline.chain(html) {
            let is_elsewhere = target.contains("://") || target.starts_with("mailto:");
            if !is_elsewhere {
                links.push((line, target.to_owned()));
            }
        }
    }
    links
}

/// Whether the target of a link in a document is there.
fn follow(document: &Path, target: &str) -> Result<(), &'static str> {
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let file: PathBuf = if path.is_empty() {
        document.to_owned()
    } else {
        let folder = document.parent().unwrap();
        let folder = if folder.ends_with(PARTS) { folder.parent().unwrap() } else { folder };
        folder.join(path)
    };
    if !file.exists() {
        return Err("no such file");
    }
    match anchor {
        Some(anchor) if !anchors(&fs::read_to_string(&file).unwrap()).iter().any(|known| known == anchor) => {
            Err("no such heading")
        }
        _ => Ok(()),
    }
}
