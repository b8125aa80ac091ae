//! What the mapped columns must be to one another, checked before anything is read.

use diesel::PgConnection;

use super::error::LoansError;
use super::query::{self, WrongId};
use super::resolve::{Found, Names, ResolveError};
use crate::db::sqlstate::Sqlstate;

/// Columns that are joined have types that the server can compare.
pub(super) fn joins(connection: &mut PgConnection, names: &Names) -> Result<(), LoansError> {
    let Names { bank, branch, client, account, loans } = names;
    for (one, other) in [
        ((&*branch.name, &branch.columns[1]), (&*bank.name, &bank.columns[0])),
        ((&client.name, &client.columns[1]), (&branch.name, &branch.columns[0])),
        ((&account.name, &account.columns[1]), (&client.name, &client.columns[0])),
        ((&loans.name, &loans.columns[0]), (&account.name, &account.columns[0])),
    ] {
        query::join(connection, one, other).map_err(|error| {
            // undefined_function, as which an operator counts, and ambiguous_function.
            match Sqlstate::of(&error).map(|code| code.to_string()).as_deref() {
                Some("42883" | "42725") => {
                    ResolveError::Incomparable { one: description(one), other: description(other) }.into()
                }
                _ => LoansError::from(error),
            }
        })?;
    }
    Ok(())
}

fn description((table, Found { key, name, kind, .. }): (&str, &Found)) -> String {
    format!("{key}, {table}.{name}, which is {kind}")
}

/// Each row has its own id. A table says so by an index; a view may have anything.
pub(super) fn ids(connection: &mut PgConnection, names: &Names) -> Result<(), LoansError> {
    let Names { bank, branch, client, account, .. } = names;
    for (table, id, is_written) in [
        (&bank.name, &bank.columns[0], true),
        (&branch.name, &branch.columns[0], true),
        (&client.name, &client.columns[0], false),
        (&account.name, &account.columns[0], false),
    ] {
        // Of clients and accounts there are many; an index may have several rows without an id, and those belong to nothing.
        if id.is_unique && !is_written {
            continue;
        }
        let wrong = query::wrong_id(connection, table, id, is_written)?;
        let (key, table, column) = (id.key.clone(), table.clone(), id.name.clone());
        match wrong {
            None => {}
            Some(WrongId { id: Some(id) }) => {
                return Err(ResolveError::Duplicate { key, table, column, id }.into());
            }
            Some(WrongId { id: None }) => return Err(ResolveError::NoId { key, table, column }.into()),
        }
    }
    Ok(())
}
