"""The moving average of loans per branch over three months, as `landfall extract loans` has it.

spark-submit … --py-files job.py loans.py --month 2026-10 --from postgresql://reader@core.example.com/bank    # password in PGPASSWORD
"""

import sys
from datetime import date, timedelta

import job

# The public data model. Landfall takes other names by a mapping; here they are to be changed in the code.
TABLES = {
    "Bank": ("idBank", "Name"),
    "Branch": ("idBranch", "Bank_idBank"),
    "Client": ("idClient", "Branch_idBranch"),
    "Account": ("idAccount", "Client_idClient"),
    "Loans": ("idLoan", "Account_idAccount", "Amount", "loan_date"),
}

# The mean of all loans, rounded to four decimals, half away from zero. A branch without loans has none.
AVERAGES = """
WITH lent AS (
    SELECT Branch_idBranch, count(*) AS loans, sum(Amount) AS amount
    FROM Loans
    JOIN Account ON idAccount = Account_idAccount
    JOIN Client ON idClient = Client_idClient
    WHERE loan_date >= DATE '{first}' AND loan_date < DATE '{end}'
    GROUP BY Branch_idBranch
)
SELECT
    '{month}' AS month,
    idBank AS bank_id,
    Name AS bank,
    idBranch AS branch_id,
    coalesce(loans, 0) AS loans,
    coalesce(amount, 0) AS amount_sum,
    CAST(sign(amount) * ((CAST(abs(amount) AS decimal(33, 2)) * 20000 + loans) div (2 * loans)) AS decimal(18)) * 0.0001 AS average
FROM Branch
JOIN Bank ON idBank = Bank_idBank
LEFT JOIN lent ON Branch_idBranch = idBranch
ORDER BY idBank, idBranch
"""


def options(words=None):
    parser = job.arguments(__doc__)
    parser.add_argument("--month", required=True, metavar="YYYY-MM", help="the last of the three months")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--from", dest="source", metavar="URL", help="the operational database: postgresql://USER@HOST/DATABASE"
    )
    source.add_argument(
        "--csv", metavar="FOLDER", help="a folder with Bank.csv, Branch.csv, Client.csv, Account.csv and Loans.csv"
    )
    parser.add_argument(
        "--partitions",
        type=int,
        default=1,
        help="connections that read loans at once; more than one see no common snapshot",
    )
    return job.parse(parser, words)


def loans(spark, options):
    last = date.fromisoformat(f"{options.month}-01")
    # Two months before, and the beginning of the one after.
    first = (last - timedelta(days=32)).replace(day=1)
    end = (last + timedelta(days=31)).replace(day=1)
    for table, columns in TABLES.items():
        read(spark, options, table).select(*columns).createOrReplaceTempView(table)
    return spark.sql(AVERAGES.format(month=options.month, first=first, end=end))


def read(spark, options, table):
    if options.csv:
        found = spark.read.csv(f"{options.csv}/{table}.csv", header=True, inferSchema=True, escape='"', multiLine=True)
        # What looks like a number may be a name.
        return (
            found.selectExpr("CAST(idBank AS int) AS idBank", "CAST(Name AS string) AS Name")
            if table == "Bank"
            else found
        )
    url, user, password = job.jdbc(options.source)
    # Tables and columns may be in lower case; to Spark, columns are the same.
    names = job.query_postgres(
        spark,
        options.source,
        f"SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE lower(table_name) = '{table.lower()}'",
    ).collect()
    if len(names) != 1:
        sys.exit(f"there are {len(names)} tables {table}")
    reader = spark.read.format("jdbc").options(
        url=url, user=user, password=password, driver="org.postgresql.Driver", dbtable=names[0].name
    )
    if table == "Loans" and options.partitions > 1:
        ids = reader.load().selectExpr("min(idLoan) AS low", "max(idLoan) AS high").first()
        reader = reader.options(
            partitionColumn="idLoan",
            numPartitions=options.partitions,
            lowerBound=ids.low or 0,
            upperBound=(ids.high or 0) + 1,
        )
    return reader.option("fetchsize", 10_000).load()


if __name__ == "__main__":
    chosen = options()
    job.write(loans(job.session(chosen), chosen), chosen)
