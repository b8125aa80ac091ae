//! Which dumps a run imports.

use chrono::NaiveDate;

use crate::feed::{DumpName, Feed};

/// Which dumps to import.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Periods that begin on this day or later.
    pub since: Option<NaiveDate>,
    /// Periods that begin on this day or earlier.
    pub until: Option<NaiveDate>,
    /// Values that a part of the scope may have, by the part's name; any value if there are none.
    pub scope: Vec<(&'static str, Vec<String>)>,
}

impl Selection {
    /// Whether a dump is selected. One whose key could not be read belongs to no period and scope.
    pub(super) fn takes(&self, feed: &dyn Feed, dump: Result<&DumpName, &String>) -> bool {
        let dump = dump.ok();
        let period = dump.and_then(|dump| dump.period);
        let part = |name: &str| {
            let position = feed.scope_parts().iter().position(|part| *part == name)?;
            dump?.scope.values().nth(position)
        };
        self.since.is_none_or(|since| period.is_some_and(|first| first >= since))
            && self.until.is_none_or(|until| period.is_some_and(|first| first <= until))
            && self.scope.iter().all(|(name, values)| {
                values.is_empty()
                    || part(name).is_some_and(|value| values.iter().any(|wanted| wanted == value))
            })
    }
}
