//! What the tests read in Markdown: headings, code, links and tables.

use std::collections::HashMap;

/// The lines outside fenced code, each with its number counted from 1.
pub(super) fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut is_code = false;
    let mut prose = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            prose.push((index + 1, line));
        }
    }
    prose
}

/// The anchors of the headings, as GitHub makes them.
pub(super) fn anchors(text: &str) -> Vec<String> {
    let mut times: HashMap<String, usize> = HashMap::new();
    let mut anchors = Vec::new();
    for (_, line) in prose(text) {
        let heading = line.trim_start_matches('#');
        if heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let heading = heading.trim().to_lowercase();
        let kept = heading.chars().filter(|char| char.is_alphanumeric() || matches!(char, ' ' | '-' | '_'));
        let anchor = kept.collect::<String>().replace(' ', "-");
        let before = times.entry(anchor.clone()).or_default();
        anchors.push(if *before == 0 { anchor } else { format!("{anchor}-{before}") });
        *before += 1;
    }
    anchors
}

/// The line without what is in its code spans.
pub(super) fn without_code(line: &str) -> String {
    line.split('`').enumerate().map(|(index, part)| if index % 2 == 0 { part } else { "code" }).collect()
}

/// The code spans of a line.
pub(super) fn code_spans(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).collect()
}

/// The first cell of each row of the tables whose first column has one of these headers, with line numbers.
pub(super) fn first_cells<'t>(text: &'t str, headers: &[&str]) -> Vec<(usize, &'t str)> {
    let mut cells = Vec::new();
    let mut header = None;
    for (line, row) in prose(text) {
        let Some(first) = row.strip_prefix("| ").and_then(|row| row.split(" | ").next()) else {
            // The line below a header has no space behind its bar.
            header = header.filter(|_| row.starts_with("|-"));
            continue;
        };
        match header {
            None => header = Some(headers.contains(&first)),
            Some(true) => cells.push((line, first)),
            Some(false) => {}
        }
    }
    cells
}
