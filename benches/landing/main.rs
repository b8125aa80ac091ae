//! The benchmark of imports: `scripts/bench-landing`, whose arguments this program takes.
//!
//! Everything runs against one private Postgres, in one run, and is printed as Markdown tables. The limit is
//! psql's binary `\copy` of the same rows, decoded and sorted in advance, into the same tables.

mod daily;
mod databases;
mod dumps;
mod first;
mod growth;
mod known;
mod limit;
mod markets;
mod memory;
mod peers;
mod rebuild;
mod scale;
mod section;
#[path = "../support/mod.rs"]
mod support;

use anyhow::Result;

use scale::Scale;
use section::Section;
use support::Bench;

/// Both sides of a comparison take turns this often, unless their section says otherwise; the middle ones are
/// compared.
const ROUNDS: usize = 5;

fn main() -> Result<()> {
    let mut scale = Scale::Full;
    let mut names = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            // Cargo's own.
            "--bench" => {}
            "--small" => scale = Scale::Small,
            _ => names.push(argument),
        }
    }
    let sections = Section::named(&names)?;
    let bench = Bench::new()?;
    let mut header = None;
    for section in sections {
        if header != Some(section.header) {
            let gap = if header.is_some() { "\n" } else { "" };
            println!("{gap}{}", section.header);
            header = Some(section.header);
        }
        (section.run)(&bench, scale)?;
        bench.clear()?;
    }
    Ok(())
}
