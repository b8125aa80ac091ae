//! The queries. All they contain besides what is written here are names that the database has quoted.

use chrono::NaiveDate;
use diesel::sql_types::{BigInt, Date, Nullable, Text};
use diesel::{OptionalExtension, PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query};

use super::resolve::{Found, Names};

/// A bank.
#[derive(Clone, Debug, QueryableByName)]
pub(super) struct BankRow {
    #[diesel(sql_type = Text)]
    pub(super) id: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) name: Option<String>,
}

/// A branch, and what it lent.
#[derive(Clone, Debug, QueryableByName)]
pub(super) struct BranchRow {
    #[diesel(sql_type = Text)]
    pub(super) bank: String,
    #[diesel(sql_type = Text)]
    pub(super) id: String,
    #[diesel(sql_type = BigInt)]
    pub(super) loans: i64,
    #[diesel(sql_type = Text)]
    pub(super) amount_sum: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) average: Option<String>,
}

/// All banks, in order.
pub(super) fn banks(connection: &mut PgConnection, names: &Names) -> QueryResult<Vec<BankRow>> {
    let [id, name] = &names.bank.columns;
    sql_query(format!(
        "SELECT {id}::text AS id, {name}::text AS name FROM {bank} ORDER BY {order}",
        id = id.name,
        name = name.name,
        bank = names.bank.name,
        order = ordered("", id),
    ))
    .load(connection)
}

/// All branches of all banks, in order, with the loans of the days in `[from, to)`.
///
/// The mean is rounded to four decimals, half away from zero, from integers: a quotient that is rounded twice might differ.
pub(super) fn branches(
    connection: &mut PgConnection,
    names: &Names,
    from: NaiveDate,
    to: NaiveDate,
) -> QueryResult<Vec<BranchRow>> {
    let Names { bank, branch, client, account, loans } = names;
    sql_query(format!(
        "WITH lent AS (
             SELECT client.{client_branch} AS branch, count(loan.{amount}) AS loans, sum(loan.{amount})::numeric AS amount
             FROM {loans} AS loan
             JOIN {account} AS account ON account.{account_id} = loan.{loan_account}
             JOIN {client} AS client ON client.{client_id} = account.{account_client}
             WHERE loan.{date} >= $1 AND loan.{date} < $2
             GROUP BY client.{client_branch}
         )
         SELECT bank.{bank_id}::text AS bank, branch.{branch_id}::text AS id, coalesce(lent.loans, 0) AS loans,
                coalesce(amount, 0)::text AS amount_sum,
                CASE WHEN lent.loans > 0 THEN
                    (sign(amount) * div(abs(amount) * 20000 + lent.loans, 2 * lent.loans::numeric) * 0.0001)::text
                END AS average
         FROM {branch} AS branch
         JOIN {bank} AS bank ON bank.{bank_id} = branch.{branch_bank}
         LEFT JOIN lent ON lent.branch = branch.{branch_id}
         ORDER BY {order}",
        client_branch = client.columns[1].name,
        amount = loans.columns[1].name,
        loans = loans.name,
        account = account.name,
        account_id = account.columns[0].name,
        loan_account = loans.columns[0].name,
        client = client.name,
        client_id = client.columns[0].name,
        account_client = account.columns[1].name,
        date = loans.columns[2].name,
        branch_bank = branch.columns[1].name,
        branch_id = branch.columns[0].name,
        branch = branch.name,
        bank_id = bank.columns[0].name,
        bank = bank.name,
        order = ordered("branch.", &branch.columns[0]),
    ))
    .bind::<Date, _>(from)
    .bind::<Date, _>(to)
    .load(connection)
}

/// How many loans there are of the days in `[from, to)` or without a date, whatever they belong to.
pub(super) fn count(
    connection: &mut PgConnection,
    names: &Names,
    from: NaiveDate,
    to: NaiveDate,
) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        loans: i64,
    }
    sql_query(format!(
        "SELECT count(*) AS loans FROM {loans} WHERE {date} >= $1 AND {date} < $2 OR {date} IS NULL",
        loans = names.loans.name,
        date = names.loans.columns[2].name,
    ))
    .bind::<Date, _>(from)
    .bind::<Date, _>(to)
    .get_result(connection)
    .map(|Count { loans }| loans)
}

/// Whether the server can compare two columns; the error, if it cannot.
pub(super) fn join(
    connection: &mut PgConnection,
    (table, column): (&str, &Found),
    (other_table, other): (&str, &Found),
) -> QueryResult<()> {
    sql_query(format!(
        "SELECT FROM {table} AS one JOIN {other_table} AS other ON one.{column} = other.{other} LIMIT 0",
        column = column.name,
        other = other.name,
    ))
    .execute(connection)
    .map(drop)
}

/// An id that several rows have, or none.
#[derive(Clone, Debug, QueryableByName)]
pub(super) struct WrongId {
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) id: Option<String>,
}

/// The first of those that a table has; rows without one only count if each needs one.
pub(super) fn wrong_id(
    connection: &mut PgConnection,
    table: &str,
    column: &Found,
    is_needed: bool,
) -> QueryResult<Option<WrongId>> {
    sql_query(format!(
        "SELECT {id}::text AS id FROM {table} GROUP BY {id}
         HAVING {wrong} ORDER BY {order} LIMIT 1",
        wrong = match is_needed {
            true => format!("count(*) > 1 OR {} IS NULL", column.name),
            false => format!("count(*) > 1 AND {} IS NOT NULL", column.name),
        },
        id = column.name,
        order = ordered("", column),
    ))
    .get_result(connection)
    .optional()
}

/// By number, or by the bytes of texts: the same whatever the database's collation is.
fn ordered(table: &str, column: &Found) -> String {
    let Found { name, kind, .. } = column;
    match kind.as_str() {
        "smallint" | "integer" | "bigint" | "numeric" | "uuid" => format!("{table}{name}"),
        _ => format!("{table}{name}::text COLLATE \"C\""),
    }
}
