//! Which tables and columns have what: names of the public data model, unless a file says otherwise.

use serde::Deserialize;

/// The names. What a file leaves out has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mapping {
    /// The schema of the tables; without it, those of the search path.
    pub schema: Option<String>,
    /// Banks.
    pub bank: BankTable,
    /// Their branches.
    pub branch: BranchTable,
    /// Clients of branches.
    pub client: ClientTable,
    /// Accounts of clients.
    pub account: AccountTable,
    /// Loans of accounts.
    pub loans: LoansTable,
}

/// Defines a table of the mapping, whose fields are names with defaults.
macro_rules! table {
    ($(#[$about:meta])* $name:ident { $($field:ident = $default:literal),+ }) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name { $(pub $field: String),+ }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default.to_owned()),+ }
            }
        }
    };
}

table! {
    /// Of banks.
    BankTable { table = "Bank", id = "idBank", name = "Name" }
}
table! {
    /// Of branches.
    BranchTable { table = "Branch", id = "idBranch", bank = "Bank_idBank" }
}
table! {
    /// Of clients.
    ClientTable { table = "Client", id = "idClient", branch = "Branch_idBranch" }
}
table! {
    /// Of accounts.
    AccountTable { table = "Account", id = "idAccount", client = "Client_idClient" }
}
table! {
    /// Of loans.
    LoansTable { table = "Loans", account = "Account_idAccount", amount = "Amount", date = "loan_date" }
}

impl Mapping {
    /// Reads a file; an error is one line.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            let message = error.message().replace('\n', " ");
            line.map_or(message.clone(), |line| format!("line {line}: {message}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_what_differs() {
        assert_eq!(Mapping::parse("").unwrap(), Mapping::default());
        let mapping = Mapping::parse("schema = 'core'\n[loans]\namount = \"Betrag\"\n").unwrap();
        assert_eq!(mapping.schema.as_deref(), Some("core"));
        assert_eq!((&*mapping.loans.amount, &*mapping.loans.date), ("Betrag", "loan_date"));
        assert_eq!(mapping.bank, BankTable::default());
    }

    #[test]
    fn an_error_is_one_line_and_tells_the_place() {
        for (text, parts) in [
            ("\n[loans]\namuont = 'x'\n", ["line 3: ", "amuont"]),
            ("[bank]\nname = 1", ["line 2: ", "string"]),
            ("[bank", ["line 1: ", "table"]),
        ] {
            let error = Mapping::parse(text).unwrap_err();
            assert!(parts.iter().all(|part| error.contains(part)) && !error.contains('\n'), "{error}");
        }
    }
}
