//! The code in `docs/adding-a-feed.md` is what these tests compile and run.

use crate::documents::{assert_is, files, read, root};

const DOCUMENT: &str = "docs/adding-a-feed.md";
const FOLDER: &str = "tests/it/adding_a_feed";

/// The file here that a block of the document is, by the caption above it: the file's path in Landfall.
fn file(caption: &str) -> Option<String> {
    let path = caption.strip_prefix("**`")?.strip_suffix("`**")?;
    let place = path.strip_prefix("src/feed/").or(path.rsplit('/').next())?;
    Some(format!("{FOLDER}/{place}"))
}

/// The document with the files in place of its blocks, and which files these are.
fn with_files(document: &str) -> (String, Vec<String>) {
    let (mut text, mut used) = (String::new(), Vec::new());
    let mut caption = "";
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        text += &format!("{line}\n");
        if line.starts_with("```rust") || line.starts_with("```sql") {
            let path =
                file(caption).unwrap_or_else(|| panic!("no file's name is above a block: {caption:?}"));
            text += &format!("{}\n```\n", read(&path).trim_end());
            used.push(path);
            let _block = lines.by_ref().take_while(|line| *line != "```").count();
        } else if !line.is_empty() {
            caption = line;
        }
    }
    (text, used)
}

#[test]
fn the_code_in_the_document_is_what_is_tested() {
    let (expected, used) = with_files(&read(DOCUMENT));
    assert_is(DOCUMENT, &expected);
    let mut unused: Vec<String> = ["rs", "sql"]
        .into_iter()
        .flat_map(|extension| files(&root().join(FOLDER), extension))
        .map(|path| path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned())
        .collect();
    unused.retain(|path| !used.contains(path) && path != &format!("{FOLDER}/document.rs"));
    assert_eq!(unused, Vec::<String>::new(), "the document lacks files of the feed");
}

/// The test of the test.
#[test]
fn a_block_that_differs_is_found() {
    let document = "**`src/db/schema.rs`**\n\n```rust\ntable!\n```\nand **so** on\n";
    let (expected, used) = with_files(document);
    assert_eq!(used, ["tests/it/adding_a_feed/schema.rs"]);
    assert!(
        expected.contains("diesel::table! {") && expected.ends_with("}\n```\nand **so** on\n"),
        "{expected}"
    );
    assert_eq!(with_files(&expected).0, expected);
}
