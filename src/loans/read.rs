//! Reads some months in one snapshot.

use std::collections::HashMap;

use diesel::PgConnection;

use super::catalog;
use super::check;
use super::error::LoansError;
use super::mapping::Mapping;
use super::query::{self, BankRow, BranchRow};
use super::resolve::{Names, resolve};
use crate::db::snapshot;
use crate::month::Month;

/// How many months the loans are of.
const MONTHS: u32 = 3;

/// The loans of the three months that end with one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthOfLoans {
    /// That one.
    pub month: Month,
    /// All banks, by their ids.
    pub banks: Vec<BankLoans>,
    /// Loans that are in no file: they have no amount or no date, so that they may be of any month, or belong to no branch of a bank.
    pub left_out: i64,
}

/// The branches of a bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankLoans {
    /// The bank.
    pub bank: Bank,
    /// By their ids.
    pub branches: Vec<BranchLoans>,
}

/// A bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bank {
    /// As text.
    pub id: String,
    /// Its name, if it has one.
    pub name: Option<String>,
}

/// What a branch lent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchLoans {
    /// As text.
    pub id: String,
    /// Number of loans.
    pub loans: i64,
    /// Sum of their amounts, exact.
    pub amount_sum: String,
    /// The mean amount, with four decimals; none without loans.
    pub average: Option<String>,
}

/// Reads the loans of some months, all as of one moment.
pub fn read(
    connection: &mut PgConnection,
    mapping: &Mapping,
    months: &[Month],
) -> Result<Vec<MonthOfLoans>, LoansError> {
    snapshot(connection, |connection| {
        let role = catalog::role(connection)?;
        let names = resolve(mapping, &catalog::columns(connection)?, &role)?;
        check::joins(connection, &names)?;
        check::ids(connection, &names)?;
        let banks = query::banks(connection, &names)?;
        months.iter().map(|month| read_month(connection, &names, &banks, *month)).collect()
    })
}

fn read_month(
    connection: &mut PgConnection,
    names: &Names,
    banks: &[BankRow],
    month: Month,
) -> Result<MonthOfLoans, LoansError> {
    let (from, to) = (month.back(MONTHS - 1).first(), month.end());
    let branches = query::branches(connection, names, from, to)?;
    let counted: i64 = branches.iter().map(|branch| branch.loans).sum();
    let left_out = query::count(connection, names, from, to)? - counted;
    let mut of_banks: HashMap<String, Vec<BranchLoans>> = HashMap::new();
    for BranchRow { bank, id, loans, amount_sum, average } in branches {
        // NaN and Infinity are values of numeric.
        if amount_sum.contains(|char: char| char.is_ascii_alphabetic()) {
            return Err(LoansError::NoNumber { month, branch: id, sum: amount_sum });
        }
        of_banks.entry(bank).or_default().push(BranchLoans { id, loans, amount_sum, average });
    }
    let banks = banks.iter().map(|BankRow { id, name }| BankLoans {
        branches: of_banks.remove(id).unwrap_or_default(),
        bank: Bank { id: id.clone(), name: name.clone() },
    });
    Ok(MonthOfLoans { month, banks: banks.collect(), left_out })
}
