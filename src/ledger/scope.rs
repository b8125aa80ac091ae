//! Which part of a feed's data a dump is about.

/// A part of a feed's data whose dumps do not affect the rows of any other part: an account and region of spot prices,
/// for instance. Empty in feeds that have no parts.
///
/// Writers lock scopes: dumps of different scopes are committed at the same time, those of one scope one after another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope(String);

impl Scope {
    const SEPARATOR: &str = "/";

    /// The scope with these values, one for each of [`Feed::scope_parts`](crate::feed::Feed::scope_parts). None of them may
    /// hold a slash.
    pub fn new(values: &[&str]) -> Self {
        Self(values.join(Self::SEPARATOR))
    }

    /// The scope as the ledger has it.
    pub fn from_text(text: String) -> Self {
        Self(text)
    }

    /// The values, joined by slashes.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The values, in the order of [`Feed::scope_parts`](crate::feed::Feed::scope_parts).
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.0.split(Self::SEPARATOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_its_values() {
        let scope = Scope::new(&["604329154527", "us-west-2"]);
        assert_eq!(scope.as_str(), "604329154527/us-west-2");
        assert_eq!(scope.values().collect::<Vec<_>>(), ["604329154527", "us-west-2"]);
        assert_eq!(Scope::new(&[]), Scope::default());
    }
}
