//! What `docs/operations.md` quotes as messages is what the program says.

use super::literals;
use super::markdown::{code_spans, first_cells};
use super::read;

/// Headers of columns that quote messages.
const QUOTING: &[&str] = &["Message", "Reason", "Response", "Cause"];

/// Pieces of a quote that are shorter occur anywhere.
const MIN_PIECE: usize = 8;

#[test]
fn every_quoted_message_is_in_the_source() {
    let quotes = quotes(&read("docs/operations.md"));
    assert!(quotes.len() > 150, "only {} quotes were found", quotes.len());
    let source = Source::read();
    let unknown: Vec<String> = quotes
        .iter()
        .filter_map(|(line, quote)| Some(format!("line {line}: `{quote}`: no `{}`", source.lacks(quote)?)))
        .collect();
    assert!(unknown.is_empty(), "docs/operations.md quotes what no message says:\n{}", unknown.join("\n"));
}

/// The test of the test.
#[test]
fn a_message_that_nobody_says_is_found() {
    let text = "| Reason | What to do |\n|---|---|\n| `the moon … is made of cheese`, \"by Postgres\" (`source`) | `eat it up` |\n\n| Limit |\n|---|\n| `not a message` |\n";
    let quotes = quotes(text);
    assert_eq!(quotes, [(3, "the moon … is made of cheese".to_owned())]);
    let source = Source::read();
    assert_eq!(source.lacks(&quotes[0].1), Some("the moon".to_owned()));
    assert_eq!(
        source.lacks("the dump is cut off: … is made of cheese"),
        Some("is made of cheese".to_owned())
    );
    assert_eq!(source.lacks("the dump is cut off: its JSON does not end"), None);
}

/// The messages that a document quotes, with line numbers. A span of one word is the name of a field, a setting or a
/// table.
fn quotes(document: &str) -> Vec<(usize, String)> {
    let cells = first_cells(document, QUOTING);
    let spans =
        cells.iter().flat_map(|(line, cell)| code_spans(cell).into_iter().map(move |span| (*line, span)));
    spans.filter(|(_, span)| span.contains(' ')).map(|(line, span)| (line, span.to_owned())).collect()
}

/// What the program may say: its string literals, as they are and with `…` in place of what is filled in.
struct Source(Vec<String>);

impl Source {
    fn read() -> Self {
        let literals = literals::of_sources();
        Self(literals.iter().flat_map(|literal| [normalize(literal), normalize(&filled(literal))]).collect())
    }

    /// The first piece of a quote that is in no literal. Where the quote begins or ends with it, so does the literal.
    fn lacks(&self, quote: &str) -> Option<String> {
        let pieces: Vec<&str> = quote.split('…').collect();
        let last = pieces.len() - 1;
        pieces.iter().enumerate().find_map(|(place, piece)| {
            let piece =
                normalize(piece.trim_matches(|char: char| char.is_whitespace() || ":;,.()".contains(char)));
            let says = |literal: &String| match (place == 0, place == last) {
                (true, true) => *literal == piece,
                (true, false) => literal.starts_with(&piece),
                (false, true) => literal.ends_with(&piece),
                (false, false) => literal.contains(&piece),
            };
            (piece.len() >= MIN_PIECE && !self.0.iter().any(says)).then_some(piece)
        })
    }
}

/// The text with each run of white space as one space, and without back quotes, which a code span cannot show.
fn normalize(text: &str) -> String {
    text.replace('`', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A format string with its arguments as `…`.
fn filled(literal: &str) -> String {
    let mut filled = String::new();
    let mut rest = literal;
    while let Some(place) = rest.find(['{', '}']) {
        filled += &rest[..place];
        let (brace, after) = rest[place..].split_at(1);
        rest = match after.strip_prefix(brace) {
            Some(after) => {
                filled += brace;
                after
            }
            None => {
                filled.push('…');
                after.split_once('}').map_or("", |(_, after)| after)
            }
        };
    }
    filled + rest
}
