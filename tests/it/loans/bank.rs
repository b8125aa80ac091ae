//! An operational database with generated loans, and a model that computes from the same loans what files must have.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{Datelike, Days, Months, NaiveDate};
use fastrand::Rng;
use serde_json::Value;

use crate::support::{Database, Landfall, Run};

/// How the tables and columns are called.
#[derive(Clone, Copy, Debug)]
pub(super) enum Spelling {
    /// As the public data model has them, with capitals.
    Quoted,
    /// The same without quotes, which Postgres folds to lower case.
    Folded,
    /// Otherwise, in a schema.
    Own,
}

/// The names of [`Spelling::Own`].
pub(super) const OWN: &str = r#"
schema = "Core"
[bank]
table = "banken"
id = "nummer"
name = "der \"Name\""
[branch]
table = "Filialen"
id = "nummer"
bank = "bank"
[client]
table = "Kunden"
id = "nummer"
branch = "filiale"
[account]
table = "Konten"
id = "nummer"
client = "kunde"
[loans]
table = "Kredite"
account = "konto"
amount = "Betrag; --"
date = "am"
"#;

impl Spelling {
    /// The tables, with a type for amounts.
    fn tables(self, amount: &str) -> String {
        let schema = format!(
            r#"CREATE TABLE "Bank" ("idBank" int PRIMARY KEY, "Name" varchar(100), "Capitalization" int);
            CREATE TABLE "Branch" ("idBranch" int PRIMARY KEY, "Bank_idBank" int REFERENCES "Bank", "Address" varchar(255));
            CREATE TABLE "Client" ("idClient" int PRIMARY KEY, "Name" varchar(50), "Surname" varchar(50), "Branch_idBranch" int REFERENCES "Branch");
            CREATE TABLE "Account" ("idAccount" int PRIMARY KEY, "Balance" int, "Client_idClient" int REFERENCES "Client", open_date date);
            CREATE TABLE "Loans" ("idLoan" int PRIMARY KEY, "Amount" {amount}, "Account_idAccount" int REFERENCES "Account", loan_date date);"#
        );
        match self {
            Self::Quoted => schema,
            Self::Folded => schema.replace('"', ""),
            Self::Own => [
                (r#""Bank" ("#, r#""banken" ("#),
                (r#"TABLE ""#, r#"TABLE "Core".""#),
                (r#"REFERENCES "Bank""#, r#"REFERENCES "Core"."banken""#),
                (r#""Branch" ("#, r#""Filialen" ("#),
                (r#"REFERENCES "Branch""#, r#"REFERENCES "Core"."Filialen""#),
                (r#""Client" ("#, r#""Kunden" ("#),
                (r#"REFERENCES "Client""#, r#"REFERENCES "Core"."Kunden""#),
                (r#""Account" ("#, r#""Konten" ("#),
                (r#"REFERENCES "Account""#, r#"REFERENCES "Core"."Konten""#),
                (r#""Loans" ("#, r#""Kredite" ("#),
                (r#""idBank""#, "nummer"),
                (r#"("nummer" int PRIMARY KEY, "Name""#, r#"("nummer" int PRIMARY KEY, "Name""#),
                (r#"(nummer int PRIMARY KEY, "Name""#, r#"(nummer int PRIMARY KEY, "der ""Name""""#),
                (r#""idBranch""#, "nummer"),
                (r#""Bank_idBank""#, "bank"),
                (r#""idClient""#, "nummer"),
                (r#""Branch_idBranch""#, "filiale"),
                (r#""idAccount""#, "nummer"),
                (r#""Client_idClient""#, "kunde"),
                (r#""Amount""#, r#""Betrag; --""#),
                (r#""Account_idAccount""#, "konto"),
                ("loan_date", "am"),
            ]
            .iter()
            .fold(format!("CREATE SCHEMA \"Core\"; {schema}"), |sql, (from, to)| sql.replace(from, to)),
        }
    }

    /// A table by its name in the public data model.
    pub(super) fn table(self, name: &str) -> String {
        match self {
            Self::Quoted => format!("\"{name}\""),
            Self::Folded => name.to_lowercase(),
            Self::Own => {
                let own = match name {
                    "Bank" => "banken",
                    "Branch" => "Filialen",
                    "Client" => "Kunden",
                    "Account" => "Konten",
                    _ => "Kredite",
                };
                format!("\"Core\".\"{own}\"")
            }
        }
    }
}

/// A loan of a branch: its amount in units of the last digit that the type has.
#[derive(Clone, Debug)]
struct Loan {
    branch: i64,
    amount: Option<i128>,
    day: NaiveDate,
}

/// What the tables have.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) banks: BTreeMap<i64, String>,
    /// Each with its bank, if it has one.
    branches: BTreeMap<i64, Option<i64>>,
    loans: Vec<Loan>,
    /// Decimals of amounts.
    scale: u32,
}

impl Model {
    /// Loans of some months from November 2023 on, of three banks and more.
    pub(super) fn generated(seed: u64, scale: u32) -> Self {
        let mut dice = Rng::with_seed(seed);
        let mut model = Self { scale, ..Self::default() };
        model.banks = [(1, "Harbour Bank"), (2, "Second Bank"), (30, "Third Bank"), (4, "No Branch Bank")]
            .map(|(id, name)| (id, name.to_owned()))
            .into();
        // More than nine, so that the order of numbers is not that of texts; the last two have no bank and no loans.
        model.branches = (1..=13).map(|branch| (branch, Some([1, 2, 30][dice.usize(..3)]))).collect();
        model.branches.insert(14, None);
        model.branches.insert(15, Some(1));
        let first = day("2023-07-01");
        for _ in 0..3_000 {
            let (branch, day) = (dice.i64(1..=14), first + Days::new(dice.u64(..300)));
            let amount = (dice.u32(..200) > 0).then(|| dice.i128(1_000..50_000_000));
            model.loans.push(Loan { branch, amount, day });
        }
        // Both ends of months, and a mean that ends in a five behind the last digit: 1 / 32 = 0.03125.
        for day in
            ["2023-10-31", "2023-11-01", "2024-01-31", "2024-02-01", "2024-02-29", "2024-03-01"].map(day)
        {
            model.loans.push(Loan { branch: 3, amount: Some(2_000_000_000), day });
        }
        model.loans.retain(|loan| loan.branch != 13);
        for amount in [1].into_iter().chain([0; 31]) {
            model.loans.push(Loan { branch: 13, amount: Some(amount), day: day("2024-01-15") });
        }
        model
    }

    /// So many banks with a branch each, and a loan a month.
    pub(super) fn with_banks(banks: i64, first: NaiveDate, months: u32) -> Self {
        let mut model = Self::default();
        for id in 1..=banks {
            model.banks.insert(id, format!("Bank {id}"));
            model.branches.insert(id, Some(id));
            model.loans.extend((0..months).map(|month| Loan {
                branch: id,
                amount: Some(i128::from(id * 100 + i64::from(month))),
                day: first + Months::new(month),
            }));
        }
        model
    }

    /// What the tables get.
    fn rows(&self, spelling: Spelling) -> String {
        let values = |table: &str, rows: Vec<String>| match rows.is_empty() {
            true => String::new(),
            false => format!("INSERT INTO {} VALUES {};", spelling.table(table), rows.join(", ")),
        };
        let banks = self.banks.iter().map(|(id, name)| format!("({id}, '{}', 1)", name.replace('\'', "''")));
        let branch = |(id, bank): (&i64, &Option<i64>)| {
            format!("({id}, {}, 'x')", bank.map_or("NULL".to_owned(), |bank| bank.to_string()))
        };
        // Two clients a branch, each with an account.
        let of_branches = |row: fn(i64, i64) -> String| {
            self.branches
                .keys()
                .flat_map(move |branch| [1, 2].map(|client| row(*branch, branch * 10 + client)))
        };
        let amount = |amount: i128| match self.scale {
            0 => amount.to_string(),
            scale => {
                let unit = 10_i128.pow(scale);
                format!("{}.{:0width$}", amount / unit, amount % unit, width = scale as usize)
            }
        };
        let loans = self.loans.iter().enumerate().map(|(id, loan)| {
            let Loan { branch, amount: units, day } = loan;
            let (units, account) = (units.map_or("NULL".to_owned(), amount), branch * 10 + 1 + id as i64 % 2);
            format!("({id}, {units}, {account}, '{day}')")
        });
        [
            values("Bank", banks.collect()),
            values("Branch", self.branches.iter().map(branch).collect()),
            values("Client", of_branches(|branch, id| format!("({id}, 'a', 'b', {branch})")).collect()),
            values("Account", of_branches(|_, id| format!("({id}, 0, {id}, '2020-01-01')")).collect()),
            values("Loans", loans.collect()),
        ]
        .concat()
    }

    /// The loans of three months, the last of which is this one.
    fn window(&self, month: &str) -> impl Iterator<Item = &Loan> {
        let last = day(&format!("{month}-01"));
        let (from, to) = (last - Months::new(2), last + Months::new(1));
        self.loans.iter().filter(move |loan| (from..to).contains(&loan.day))
    }

    /// Loans in no file.
    pub(super) fn left_out(&self, month: &str) -> usize {
        let is_left_out = |loan: &&Loan| loan.amount.is_none() || self.branches[&loan.branch].is_none();
        self.window(month).filter(is_left_out).count()
    }

    /// The files of a month, of banks whose names are plain.
    pub(super) fn files(&self, month: &str) -> BTreeMap<String, String> {
        let file = |(id, bank): (&i64, &String)| {
            let mut text = "month,bank_id,bank,branch_id,loans,amount_sum,average\n".to_owned();
            for (branch, _) in self.branches.iter().filter(|(_, of)| **of == Some(*id)) {
                let of_branch = self.window(month).filter(|loan| loan.branch == *branch);
                let amounts: Vec<i128> = of_branch.filter_map(|loan| loan.amount).collect();
                let (sum, count) = (amounts.iter().sum::<i128>(), amounts.len() as i128);
                text += &format!("{month},{id},{bank},{branch},{count},");
                text += &match count {
                    0 => "0,\n".to_owned(),
                    _ => format!("{},{}\n", self.decimal(sum), mean(sum, count, self.scale)),
                };
            }
            let last = day(&format!("{month}-01")) + Months::new(1) - Days::new(1);
            let name = format!("{}-{id}", bank.replace(' ', "_"));
            let (year, number) = (last.year(), last.month());
            let date = last.format("%Y%m%d");
            (format!("BankName={name}/year={year}/month={number:02}/{name}_{date}.csv"), text)
        };
        self.banks.iter().map(file).collect()
    }

    fn decimal(&self, units: i128) -> String {
        match self.scale {
            0 => units.to_string(),
            2 => format!("{}.{:02}", units / 100, units % 100),
            _ => unreachable!(),
        }
    }
}

/// The mean with four decimals, half up.
fn mean(sum: i128, count: i128, scale: u32) -> String {
    let (dividend, divisor) = (sum * 10_000, count * 10_i128.pow(scale));
    let rest = dividend % divisor;
    let mean = dividend / divisor + i128::from(2 * rest >= divisor);
    format!("{}.{:04}", mean / 10_000, mean % 10_000)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The operational database.
pub(super) struct Bank {
    pub(super) database: Database,
}

impl Bank {
    pub(super) fn new(model: &Model) -> Self {
        Self::with(model, Spelling::Quoted, "int")
    }

    pub(super) fn with(model: &Model, spelling: Spelling, amount: &str) -> Self {
        let database = Database::blank();
        database.execute(&spelling.tables(amount));
        database.execute(&format!("{}; SELECT", model.rows(spelling)));
        Self { database }
    }

    pub(super) fn execute(&self, sql: &str) {
        self.database.execute(sql);
    }

    /// An extract with the ledger in a database, as JSON.
    pub(super) fn extract(&self, ledger: &Database, options: &[&str]) -> Landfall {
        let args = [&["--quiet", "extract", "loans", "--json"], options].concat();
        Landfall::on(ledger, &args).env("LANDFALL_LOANS_FROM", self.database.url.secret())
    }

    pub(super) fn run(&self, ledger: &Database, destination: &Path, options: &[&str]) -> Run {
        self.extract(ledger, options).arg(destination).run()
    }

    /// The report of an extract that ends well.
    pub(super) fn report(&self, ledger: &Database, destination: &Path, options: &[&str]) -> Value {
        self.run(ledger, destination, options).expect(0).json()
    }
}
