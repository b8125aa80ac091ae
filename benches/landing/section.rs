//! What is measured, part by part.

use anyhow::{Result, bail};

use crate::scale::Scale;
use crate::support::Bench;
use crate::{daily, first, growth, known, markets, memory, peers, rebuild};

pub(crate) struct Section {
    name: &'static str,
    /// Of the table that its rows are in.
    pub(crate) header: &'static str,
    pub(crate) run: fn(&Bench, Scale) -> Result<()>,
}

const TWO_SETS: &str = "| what | 30 large dumps | 360 small dumps |\n|---|---|---|";
const PEERS: &str = "| what, three times each | 30 large dumps | 360 small dumps |\n|---|---|---|";
const ROWS: &str = "| what | |\n|---|---|";

static SECTIONS: [Section; 9] = [
    Section { name: "first", header: TWO_SETS, run: first::measure },
    Section { name: "peers", header: PEERS, run: peers::measure },
    Section { name: "daily", header: ROWS, run: daily::measure },
    Section { name: "memory", header: ROWS, run: memory::measure },
    Section { name: "growth", header: ROWS, run: growth::measure },
    Section { name: "known", header: ROWS, run: known::measure },
    Section { name: "plan", header: ROWS, run: known::measure_plan },
    Section { name: "rebuild", header: ROWS, run: rebuild::measure },
    Section { name: "markets", header: ROWS, run: markets::measure },
];

impl Section {
    /// The sections of these names, in their own order; without a name, all.
    pub(crate) fn named(names: &[String]) -> Result<Vec<&'static Section>> {
        let known = || SECTIONS.iter().map(|section| section.name);
        if let Some(name) = names.iter().find(|name| known().all(|known| known != *name)) {
            bail!("there is no section {name}: {}", known().collect::<Vec<_>>().join(", "));
        }
        Ok(SECTIONS
            .iter()
            .filter(|section| names.is_empty() || names.iter().any(|name| name == section.name))
            .collect())
    }
}
