//! The file of a bank.

use csv::{Terminator, WriterBuilder};

use super::read::BankLoans;
use crate::month::Month;

const COLUMNS: [&str; 7] = ["month", "bank_id", "bank", "branch_id", "loans", "amount_sum", "average"];

/// A row for each branch, in order, behind one with the names of the columns.
pub fn csv_file(month: Month, BankLoans { bank, branches }: &BankLoans) -> csv::Result<Vec<u8>> {
    let mut file = WriterBuilder::new().terminator(Terminator::Any(b'\n')).from_writer(Vec::new());
    file.write_record(COLUMNS)?;
    for branch in branches {
        file.write_record([
            month.to_string().as_str(),
            &bank.id,
            bank.name.as_deref().unwrap_or_default(),
            &branch.id,
            &branch.loans.to_string(),
            &branch.amount_sum,
            branch.average.as_deref().unwrap_or_default(),
        ])?;
    }
    file.into_inner().map_err(|error| error.into_error().into())
}

#[cfg(test)]
mod tests {
    use super::super::read::{Bank, BranchLoans};
    use super::*;

    #[test]
    fn values_are_quoted_where_they_have_to_be() {
        let branch = |id: &str, loans, sum: &str, average: Option<&str>| BranchLoans {
            id: id.to_owned(),
            loans,
            amount_sum: sum.to_owned(),
            average: average.map(str::to_owned),
        };
        let bank = Bank { id: "2".to_owned(), name: Some("O'Neill, \"Sons\"\n& Co".to_owned()) };
        let branches = vec![branch("1", 3, "10.50", Some("3.5000")), branch("4", 0, "0", None)];
        let file = csv_file("2024-01".parse().unwrap(), &BankLoans { bank, branches }).unwrap();
        assert_eq!(
            String::from_utf8(file).unwrap(),
            "month,bank_id,bank,branch_id,loans,amount_sum,average\n\
             2024-01,2,\"O'Neill, \"\"Sons\"\"\n& Co\",1,3,10.50,3.5000\n\
             2024-01,2,\"O'Neill, \"\"Sons\"\"\n& Co\",4,0,0,\n"
        );
    }
}
