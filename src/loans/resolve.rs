//! From the names of the mapping to those of the database.

use std::collections::BTreeSet;

use thiserror::Error;

use super::catalog::Column;
use super::mapping::Mapping;

/// Why a name of the mapping means nothing in the database.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ResolveError {
    /// There is no such table.
    #[error(
        "{key}: there is no table {name:?}{place}: write the right one to the mapping (--map); there are {found}"
    )]
    NoTable {
        /// The key of the mapping.
        key: String,
        /// Its value.
        name: String,
        /// Where it was looked for.
        place: String,
        /// What is there.
        found: String,
    },
    /// There are several.
    #[error(
        "{key}: the table {name:?} is in several schemas: set schema in the mapping (--map) to one of {found}"
    )]
    Ambiguous {
        /// The key of the mapping.
        key: String,
        /// Its value.
        name: String,
        /// The schemas.
        found: String,
    },
    /// The table has no such column.
    #[error(
        "{key}: {table} has no column {name:?}: write the right one to the mapping (--map); it has {found}"
    )]
    NoColumn {
        /// The key of the mapping.
        key: String,
        /// Its value.
        name: String,
        /// The table.
        table: String,
        /// Its columns.
        found: String,
    },
    /// The column has a type that is not understood.
    #[error(
        "{key}: {table}.{column} is {kind}, but must be {expected}: map it to another column or a view (--map)"
    )]
    WrongType {
        /// The key of the mapping.
        key: String,
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Its type.
        kind: String,
        /// What it may be.
        expected: &'static str,
    },
    /// The role must not read it.
    #[error(
        "{key}: {role} may not read {table}.{column}: GRANT SELECT ON {table} TO {role}, and USAGE ON its SCHEMA"
    )]
    Unreadable {
        /// The key of the mapping.
        key: String,
        /// The role.
        role: String,
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The role must not see every row.
    #[error(
        "{key}: a policy of row level security may hide rows of {table} from {role}, and so change the numbers: ALTER ROLE {role} BYPASSRLS, or map a view that the owner of the table has granted to it (--map)"
    )]
    Policies {
        /// The key of the mapping.
        key: String,
        /// The role.
        role: String,
        /// The table.
        table: String,
    },
    /// Columns that are joined have types that cannot be compared.
    #[error(
        "{one}, cannot be compared with {other}: correct the one that is wrong in the mapping, or map a view that converts it (--map)"
    )]
    Incomparable {
        /// A column: its key, name and type.
        one: String,
        /// The same of the other.
        other: String,
    },
    /// Rows have the same id, so numbers would be wrong, or files have one name.
    #[error(
        "{key}: several rows of {table} have {column} = {id:?}: map a column or a view in which each has its own (--map)"
    )]
    Duplicate {
        /// The key of the mapping.
        key: String,
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The id that several have.
        id: String,
    },
    /// A row has no id.
    #[error("{key}: a row of {table} has no {column}: map a column or a view in which each has one (--map)")]
    NoId {
        /// The key of the mapping.
        key: String,
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
}

/// All that the queries name, quoted.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) bank: Table<2>,
    pub(super) branch: Table<2>,
    pub(super) client: Table<2>,
    pub(super) account: Table<2>,
    pub(super) loans: Table<3>,
}

/// A table and some of its columns.
#[derive(Clone, Debug)]
pub(super) struct Table<const COLUMNS: usize> {
    pub(super) name: String,
    pub(super) columns: [Found; COLUMNS],
}

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// In the mapping.
    pub(super) key: String,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) is_unique: bool,
}

impl Found {
    const fn none() -> Self {
        Self { key: String::new(), name: String::new(), kind: String::new(), is_unique: false }
    }
}

/// What the type of a column may be.
#[derive(Clone, Copy)]
enum Expected {
    Any,
    Amount,
    Date,
}

impl Expected {
    fn allows(self, kind: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Amount => matches!(kind, "smallint" | "integer" | "bigint" | "numeric"),
            Self::Date => {
                matches!(kind, "date" | "timestamp without time zone" | "timestamp with time zone")
            }
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Amount => "smallint, integer, bigint or numeric, which are exact",
            Self::Date => "date or timestamp",
        }
    }
}

/// Finds every name of the mapping: as it is written, else in lower case, as Postgres folds names without quotes.
pub(super) fn resolve(mapping: &Mapping, columns: &[Column], role: &str) -> Result<Names, ResolveError> {
    use Expected::{Amount, Any, Date};
    let catalog = Catalog { columns, schema: mapping.schema.as_deref(), role };
    let Mapping { bank, branch, client, account, loans, .. } = mapping;
    Ok(Names {
        bank: catalog.table("bank", &bank.table, [("id", &bank.id, Any), ("name", &bank.name, Any)])?,
        branch: catalog.table(
            "branch",
            &branch.table,
            [("id", &branch.id, Any), ("bank", &branch.bank, Any)],
        )?,
        client: catalog.table(
            "client",
            &client.table,
            [("id", &client.id, Any), ("branch", &client.branch, Any)],
        )?,
        account: catalog.table(
            "account",
            &account.table,
            [("id", &account.id, Any), ("client", &account.client, Any)],
        )?,
        loans: catalog.table(
            "loans",
            &loans.table,
            [
                ("account", &loans.account, Any),
                ("amount", &loans.amount, Amount),
                ("date", &loans.date, Date),
            ],
        )?,
    })
}

struct Catalog<'c> {
    columns: &'c [Column],
    schema: Option<&'c str>,
    role: &'c str,
}

impl<'c> Catalog<'c> {
    fn table<const COLUMNS: usize>(
        &self,
        section: &str,
        name: &str,
        wanted: [(&str, &str, Expected); COLUMNS],
    ) -> Result<Table<COLUMNS>, ResolveError> {
        let columns = self.columns_of(&format!("{section}.table"), name)?;
        let table = columns[0].quoted_table.clone();
        let mut found = [const { Found::none() }; COLUMNS];
        for (found, (key, name, expected)) in found.iter_mut().zip(wanted) {
            *found = self.column(&columns, format!("{section}.{key}"), name, expected)?;
        }
        if columns[0].has_policies {
            let (key, role) = (format!("{section}.table"), self.role.to_owned());
            return Err(ResolveError::Policies { key, role, table });
        }
        Ok(Table { name: table, columns: found })
    }

    /// The columns of the table of this name; there is one at least.
    fn columns_of(&self, key: &str, name: &str) -> Result<Vec<&'c Column>, ResolveError> {
        let schemas = self.columns.iter().map(|column| column.schema.as_str());
        let schema = self.schema.map(|schema| spelling(schema, schemas).unwrap_or(schema));
        let (inside, outside): (Vec<&Column>, Vec<&Column>) = self
            .columns
            .iter()
            .partition(|column| schema.map_or(column.is_in_search_path, |schema| column.schema == schema));
        let Some(spelled) = spelling(name, inside.iter().map(|column| column.table.as_str())) else {
            let place = match schema {
                Some(schema) => format!(" in the schema {schema:?}"),
                None => " in the search path".to_owned(),
            };
            // All there are, if it is in none of these schemas.
            let all = if inside.is_empty() { outside } else { inside };
            return Err(ResolveError::NoTable {
                key: key.to_owned(),
                name: name.to_owned(),
                place,
                found: list(all.iter().map(|column| column.quoted_table.as_str())),
            });
        };
        let columns: Vec<&Column> = inside.into_iter().filter(|column| column.table == spelled).collect();
        if columns.iter().any(|column| column.schema != columns[0].schema) {
            return Err(ResolveError::Ambiguous {
                key: key.to_owned(),
                name: spelled.to_owned(),
                found: list(columns.iter().map(|column| column.schema.as_str())),
            });
        }
        Ok(columns)
    }

    fn column(
        &self,
        columns: &[&Column],
        key: String,
        name: &str,
        expected: Expected,
    ) -> Result<Found, ResolveError> {
        let table = columns[0].quoted_table.clone();
        let spelled = spelling(name, columns.iter().map(|column| column.column.as_str()));
        let Some(column) = spelled.and_then(|name| columns.iter().find(|column| column.column == name))
        else {
            let found = list(columns.iter().map(|column| column.quoted_column.as_str()));
            return Err(ResolveError::NoColumn { key, name: name.to_owned(), table, found });
        };
        let (name, kind) = (column.quoted_column.clone(), column.kind.clone());
        if !expected.allows(&kind) {
            let expected = expected.description();
            return Err(ResolveError::WrongType { key, table, column: name, kind, expected });
        }
        if !column.is_readable {
            return Err(ResolveError::Unreadable { key, role: self.role.to_owned(), table, column: name });
        }
        Ok(Found { key, name, kind, is_unique: column.is_unique })
    }
}

/// The name as it is spelled in the database.
fn spelling<'n>(name: &str, names: impl Iterator<Item = &'n str> + Clone) -> Option<&'n str> {
    let lower = name.to_lowercase();
    names.clone().find(|found| *found == name).or_else(|| names.clone().find(|found| *found == lower))
}

/// The first names.
fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    const MAX_NAMES: usize = 30;
    let names: BTreeSet<&str> = names.collect();
    if names.is_empty() {
        return "none that the role may see".to_owned();
    }
    let first: Vec<&str> = names.iter().take(MAX_NAMES).copied().collect();
    let more = match names.len().saturating_sub(MAX_NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    first.join(", ") + &more
}
