//! Folders of days, named `dt=YYYY-MM-DD` as Hive names partitions, that a listing leaves out.

use chrono::NaiveDate;

use super::Object;

/// What names of folders of days begin with.
const DT: &str = "dt=";

/// Whether a folder of this name is that of a day before `since`.
pub(super) fn is_earlier(folder: &str, since: NaiveDate) -> bool {
    let day = folder.strip_prefix(DT).filter(|written| written.len() == 10).and_then(|written| {
        // Parsing alone takes other ways to write a day, too.
        written.parse::<NaiveDate>().ok().filter(|day| day.to_string() == written)
    });
    day.is_some_and(|day| day < since)
}

/// The folders of days before `since`, for a listing in the order of its keys.
///
/// All of them in one parent are left out in one step, from the first to the one of `since`. So is anything else
/// that sorts there, such as `dt=2026-11-20x`: finding it would take a request for each day.
pub(super) struct EarlierDays {
    since: NaiveDate,
    /// What the keys of the step begin with: the parent and `dt=`.
    parent: String,
    /// The last key that is left out.
    end: String,
}

impl EarlierDays {
    pub(super) fn before(since: NaiveDate) -> Self {
        Self { since, parent: String::new(), end: String::new() }
    }

    /// Leaves them out of a page. Returns the key after which the next page starts, if not after this one.
    pub(super) fn leave_out_of(&mut self, page: &mut Vec<Object>) -> Option<String> {
        let last = page.last()?.key.clone();
        page.retain(|object| !self.leave_out(&object.key));
        self.skip_from(&last).map(ToOwned::to_owned)
    }

    /// Whether the next key is left out.
    fn leave_out(&mut self, key: &str) -> bool {
        if self.is_before_end(key) {
            return true;
        }
        let Some(parent) = parent_of_earlier(key, self.since) else { return false };
        self.parent = format!("{parent}{DT}");
        self.end = format!("{}{}", self.parent, self.since);
        true
    }

    /// The key after which the listing goes on, if not after `last`.
    fn skip_from(&self, last: &str) -> Option<&str> {
        (self.is_before_end(last) && last != self.end).then_some(&self.end)
    }

    fn is_before_end(&self, key: &str) -> bool {
        !self.end.is_empty() && key <= self.end.as_str() && key.starts_with(&self.parent)
    }
}

/// What a key begins with before its first folder of a day before `since`.
fn parent_of_earlier(key: &str, since: NaiveDate) -> Option<&str> {
    let mut start = 0;
    for folder in key.split_inclusive('/') {
        if folder.strip_suffix('/').is_some_and(|name| is_earlier(name, since)) {
            return Some(&key[..start]);
        }
        start += folder.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn since() -> NaiveDate {
        "2026-11-25".parse().unwrap()
    }

    #[test]
    fn only_a_whole_day_names_a_folder() {
        for earlier in ["dt=2026-11-24", "dt=2025-12-31", "dt=0000-01-01"] {
            assert!(is_earlier(earlier, since()), "{earlier}");
        }
        for other in [
            "dt=2026-11-25",
            "dt=2026-11-26",
            "2026-11-24",
            "DT=2026-11-24",
            "xdt=2026-11-24",
            "dt=2026-11-20x",
            "dt=2026-11-20T05",
            "dt=2026-11-2",
            "dt=2026-2-30",
            "dt=2026-02-30",
            "dt= 026-01-01",
            "dt=+026-01-01",
            "dt=-001-01-01",
            "dt=20261120",
            "dt=1763596800",
            "dt=",
            "",
        ] {
            assert!(!is_earlier(other, since()), "{other}");
        }
    }

    #[test]
    fn a_step_leads_from_the_first_earlier_day_to_the_first_that_is_wanted() {
        let mut earlier = EarlierDays::before(since());
        let mut left_out = |key: &str| {
            let left_out = earlier.leave_out(key);
            (left_out, earlier.skip_from(key).map(ToOwned::to_owned))
        };
        let (no, step) = ((false, None), (true, Some("a/dt=2026-11-25".to_owned())));
        assert_eq!(left_out("a/2026-11-01/x"), no);
        // Nothing was skipped so far, so there is nothing between.
        assert_eq!(left_out("a/dt=2026-10-01x/x"), no);
        assert_eq!(left_out("a/dt=2026-11-20/x"), step);
        assert_eq!(left_out("a/dt=2026-11-20x/x"), step);
        assert_eq!(left_out("a/dt=2026-11-24/dt=2026-11-30/x"), step);
        // All that can follow it is wanted.
        assert_eq!(left_out("a/dt=2026-11-25"), (true, None));
        assert_eq!(left_out("a/dt=2026-11-25 05/x"), no);
        assert_eq!(left_out("a/dt=2026-11-25/x"), no);
        assert_eq!(left_out("a/dt=2026-11-25/y/dt=2026-11-01"), no);
        assert_eq!(
            left_out("a/dt=2026-11-25/y/dt=2026-11-01/x"),
            (true, Some("a/dt=2026-11-25/y/dt=2026-11-25".to_owned()))
        );
        assert_eq!(left_out("b/dt=x/x"), no);
        assert_eq!(left_out("dt=2026-11-01/x"), (true, Some("dt=2026-11-25".to_owned())));
        // Keys of another parent do not depend on the order.
        assert_eq!(left_out("c/x"), no);
        assert_eq!(left_out("a/dt=2026-11-25/x"), no);
    }
}
