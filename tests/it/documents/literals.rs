//! The string literals of Rust sources.

use super::{files, root};

/// The string literals of what is compiled into Landfall, without its tests.
pub(super) fn of_sources() -> Vec<String> {
    let mut literals = Vec::new();
    for folder in ["src", "crates/private-postgres/src"] {
        for path in files(&root().join(folder), "rs") {
            let is_test = path.ends_with("tests.rs") || path.iter().any(|part| part == "tests");
            if !is_test {
                let source = std::fs::read_to_string(&path).unwrap();
                // Modules of tests are at the ends of files.
                let code = source.split("#[cfg(test)]\nmod ").next().unwrap();
                literals.extend(literals_in(code));
            }
        }
    }
    literals
}

/// The string literals of a source, as their values are.
fn literals_in(source: &str) -> Vec<String> {
    let mut literals = Vec::new();
    let mut rest = source;
    while let Some(next) = rest.find(['"', '\'', '/', 'r']) {
        let before = rest[..next].chars().next_back();
        rest = &rest[next..];
        let hashes = rest[1..].len() - rest[1..].trim_start_matches('#').len();
        let is_name =
            before.is_some_and(|before| before.is_alphanumeric() || before == '_') && before != Some('b');
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if rest.starts_with("/*") {
            rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
        } else if rest.starts_with('"') {
            let (literal, length) = escaped(&rest[1..]);
            literals.push(literal);
            rest = &rest[1 + length..];
        } else if rest.starts_with('r') && !is_name && rest[1 + hashes..].starts_with('"') {
            let body = &rest[2 + hashes..];
            let end = format!("\"{}", "#".repeat(hashes));
            let length = body.find(&end).unwrap_or(body.len());
            literals.push(body[..length].to_owned());
            rest = body.get(length + end.len()..).unwrap_or_default();
        } else if rest.starts_with('\'') {
            rest = &rest[character(rest)..];
        } else {
            rest = &rest[1..];
        }
    }
    literals
}

/// The value of a literal, given what follows its opening quote, and the length up to and with the closing one.
fn escaped(body: &str) -> (String, usize) {
    let mut value = String::new();
    let mut chars = body.char_indices().peekable();
    while let Some((place, char)) = chars.next() {
        match char {
            '"' => return (value, place + 1),
            '\\' => match chars.next().map(|(_, escaped)| escaped) {
                // A line that goes on: the break and the indentation are not part of the value.
                Some('\n') => while chars.next_if(|(_, char)| char.is_whitespace()).is_some() {},
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some('u') => while chars.next().is_some_and(|(_, char)| char != '}') {},
                Some(other) => value.push(other),
                None => {}
            },
            other => value.push(other),
        }
    }
    (value, body.len())
}

/// The length of a literal character, or of the quote that begins a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((escaped, _))) => {
            rest[escaped + 1..].find('\'').map_or(rest.len(), |end| escaped + 1 + end + 1)
        }
        (Some(_), Some((end, '\''))) => end + 1,
        _ => 1,
    }
}

#[test]
fn literals_are_found_as_their_values() {
    let source = concat!(
        "// \"no\"\nfn f<'a>(a: &'a str) { g('\"', '\\'', \"a \\\"b\\\" {x}\"); /* \"no\" */ ",
        "r#\"raw \"c\"\"#; b\"bytes\"; for_r\"x\"; \"one \\\n      line\" }\n",
    );
    assert_eq!(literals_in(source), ["a \"b\" {x}", "raw \"c\"", "bytes", "x", "one line"]);
}
