"""An operational database of banks, and the mean of its loans by a model of the tests' own."""

import csv
import io
import random
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import job
import loans

from .server import Server

DATABASE = "bank"
# One with loans over the turn of a year, one with few.
MONTHS = ("2026-02", "2026-05")
BANKS = [(1, "First Harbour Bank"), (2, "O'Neill & Sons"), (3, 'Banco "São" João'), (4, "No branch")]
SCHEMA = """
CREATE TABLE "Bank" ("idBank" int PRIMARY KEY, "Name" varchar(100), "Capitalization" int);
CREATE TABLE "Branch" ("idBranch" int PRIMARY KEY, "Bank_idBank" int REFERENCES "Bank", "Address" varchar(255));
CREATE TABLE "Client" ("idClient" int PRIMARY KEY, "Name" varchar(50), "Surname" varchar(50), "Branch_idBranch" int REFERENCES "Branch");
CREATE TABLE "Account" ("idAccount" int PRIMARY KEY, "Balance" int, "Client_idClient" int REFERENCES "Client", open_date date);
CREATE TABLE "Loans" ("idLoan" int PRIMARY KEY, "Amount" int, "Account_idAccount" int REFERENCES "Account", loan_date date);
"""


class Bank:
    def __init__(self, server: Server, folder: Path):
        self.server, self.folder = server, folder / "bank"
        self.url = server.url.rsplit("/", 1)[0] + f"/{DATABASE}"
        chance = random.Random(1)
        branches = [(number, number % 3 + 1, f"{number} Quay Street") for number in range(1, 9)]
        # The last branch has no clients.
        clients = [(number, f"Name{number}", "Surname", chance.randint(1, 7)) for number in range(1, 101)]
        accounts = [(number, 0, number, date(2025, 1, 1)) for number in range(1, 101)]
        days = [date(2025, 10, 1) + timedelta(days=number) for number in range(190)]
        lent = [
            (number, chance.randint(1, 10**6), chance.randint(1, 100), chance.choice(days)) for number in range(1, 2001)
        ]
        # Branch 7 has 32 loans of 1 in all: 0.03125, half of the last digit.
        at_branch_7 = {number for number, *_, branch in clients if branch == 7}
        lent = [loan for loan in lent if loan[2] not in at_branch_7]
        account = min(at_branch_7)
        lent += [(3000 + number, number == 0, account, date(2026, 1, 31)) for number in range(32)]
        lent = [(number, int(amount), of, day) for number, amount, of, day in lent]
        self.tables = {
            "Bank": (("idBank", "Name", "Capitalization"), [(*bank, 1) for bank in BANKS]),
            "Branch": (("idBranch", "Bank_idBank", "Address"), branches),
            "Client": (("idClient", "Name", "Surname", "Branch_idBranch"), clients),
            "Account": (("idAccount", "Balance", "Client_idClient", "open_date"), accounts),
            "Loans": (("idLoan", "Amount", "Account_idAccount", "loan_date"), lent),
        }

    def make(self):
        self.server.create_database(DATABASE)
        with self.server.connect(self.url) as connection:
            connection.execute(SCHEMA)
            for table, (_, rows) in self.tables.items():
                with connection.cursor().copy(f'COPY "{table}" FROM STDIN') as copy:
                    for row in rows:
                        copy.write_row(row)
        self.folder.mkdir()
        for table, (columns, rows) in self.tables.items():
            with (self.folder / f"{table}.csv").open("w", newline="") as file:
                csv.writer(file).writerows([columns, *rows])

    def expected(self, month: str) -> str:
        year, number = map(int, month.split("-"))
        of_month = {day: day.year * 12 + day.month for *_, day in self.tables["Loans"][1]}
        wanted = range(year * 12 + number - 2, year * 12 + number + 1)
        branch_of = {client: branch for client, *_, branch in self.tables["Client"][1]}
        amounts: dict[int, list[int]] = {}
        for _, amount, account, day in self.tables["Loans"][1]:
            if of_month[day] in wanted:
                amounts.setdefault(branch_of[account], []).append(amount)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["month", "bank_id", "bank", "branch_id", "loans", "amount_sum", "average"])
        for branch, bank, _ in sorted(self.tables["Branch"][1], key=lambda row: (row[1], row[0])):
            of = amounts.get(branch, [])
            mean = rounded(Fraction(sum(of), len(of))) if of else ""
            writer.writerow([month, bank, dict(BANKS)[bank], branch, len(of), sum(of), mean])
        return text.getvalue()

    def check(self, checks, landfall, spark):
        for month in MONTHS:
            expected = self.expected(month)
            amount = f"{len(expected.splitlines()) - 1} branches"
            sources = {"Spark from Postgres": ["--from", self.url]}
            if month == MONTHS[0]:
                sources |= {
                    "Spark with three connections": ["--from", self.url, "--partitions", "3"],
                    "Spark from CSV": ["--csv", str(self.folder)],
                }
            for reader, source in sources.items():
                text = io.StringIO()
                job.print_csv(loans.loans(spark, loans.options(["--month", month, *source])), text)
                checks.same(f"loans of {month}", reader, text.getvalue(), expected, amount)
            extract = self.folder / f"extract-{month}"
            source = self.url.replace(f":{self.server.password}@", "@")
            landfall(
                "extract",
                "loans",
                extract,
                "--from",
                source,
                "--month",
                month,
                more={"LANDFALL_LOANS_PASSWORD": self.server.password},
            )
            checks.same(f"loans of {month}", "landfall extract loans", together(extract), expected, amount)


def rounded(value: Fraction) -> Decimal:
    scaled = Decimal(value.numerator * 10**8) / Decimal(value.denominator)
    return (scaled / 10**8).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def together(extract: Path) -> str:
    """The files of all banks in one, under one header."""
    texts = [path.read_text() for path in sorted(extract.glob("BankName=*/**/*.csv"))]
    rows = [row for text in texts for row in list(csv.reader(io.StringIO(text)))[1:]]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(
        [next(csv.reader(io.StringIO(texts[0]))), *sorted(rows, key=lambda row: (int(row[1]), int(row[3])))]
    )
    return text.getvalue()
