//! The scope of a spot dump: an account and a region.

use crate::ledger::Scope;

/// An AWS account and region: the scope of a spot dump.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Market {
    /// AWS account the dump was made for, 12 digits.
    pub account_id: String,
    /// AWS region.
    pub region: String,
}

impl Market {
    /// Names of the parts of the scope, in their order.
    pub const SCOPE_PARTS: &'static [&'static str] = &["account_id", "region"];

    /// The market as a scope of the ledger.
    pub fn scope(&self) -> Scope {
        Scope::new(&[&self.account_id, &self.region])
    }

    /// The market of a scope; nothing if the scope does not have the parts of one.
    pub fn of(scope: &Scope) -> Option<Self> {
        let mut values = scope.values();
        let (account_id, region) = (values.next()?.to_owned(), values.next()?.to_owned());
        values.next().is_none().then_some(Self { account_id, region })
    }
}
