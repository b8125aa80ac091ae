//! SOURCEs without any dump, which are most likely misspelt.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use crate::ingest::Plan;

/// A SOURCE without any dump.
#[derive(Debug, Serialize)]
pub(super) struct EmptySource {
    /// The bucket and prefix, or the absolute path.
    source: String,
    /// How many objects it lists, all of them ignored.
    objects: usize,
    /// Whether it is one file.
    #[serde(skip)]
    pub(super) is_file: bool,
}

impl EmptySource {
    /// The sources of a plan without any dump. Logs them, and a selection that matches nothing.
    pub(super) fn of(plan: &Plan) -> Vec<Self> {
        let found: Vec<Self> = plan
            .without_dumps
            .iter()
            .map(|(source, objects)| Self {
                source: source.clone(),
                objects: *objects,
                is_file: Path::new(source).is_file(),
            })
            .collect();
        for Self { source, objects, is_file } in &found {
            if *is_file {
                tracing::error!(
                    source,
                    "not a dump by its name: correct SOURCE, or rename the file to a key format in docs/rules.md"
                );
            } else {
                tracing::warn!(source, objects, "no dump in SOURCE: correct it if it is misspelt");
            }
        }
        let found_others = plan.unselected > 0 || plan.left_out;
        if found_others && plan.tasks.is_empty() && plan.unchanged + plan.still_rejected == 0 {
            tracing::warn!(
                unselected = plan.unselected,
                "no dump matches --since, --until, --account and --region: correct them if they are misspelt"
            );
        }
        found
    }
}

impl fmt::Display for EmptySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, objects, is_file } = self;
        match (is_file, objects) {
            (true, _) => write!(f, "not a dump: {source}"),
            (false, 0) => write!(f, "no objects: {source}"),
            (false, _) => write!(f, "no dumps among {objects} objects: {source}"),
        }
    }
}
