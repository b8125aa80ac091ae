"""Athena is not here: its statements are read as Athena reads them, by SQLGlot, and as DuckDB's held against Landfall."""

import csv
import io
from decimal import Decimal
from pathlib import Path

import duckdb_sql
import sqlglot

from .data import FIRST, LAST

SQL = Path("examples/sql/athena")
# October, which the files are for, and the days before which it takes prices of.
DAYS = {
    "'2026-09-29 12:00:00 UTC'": "'2026-02-18 12:00:00 UTC'",
    "'2026-10-01 00:00:00 UTC'": f"'{FIRST} 00:00:00 UTC'",
    "'2026-11-01 00:00:00 UTC'": "'2026-03-12 00:00:00 UTC'",
    "'2026-10-01'": f"'{FIRST}'",
    "'2026-10-31'": f"'{LAST}'",
}


class Athena:
    def __init__(self, lake: str, coverage: Path):
        self.connection = duckdb_sql.connect()
        self.connection.execute("CREATE SCHEMA landfall")
        for feed in ("spot", "events"):
            self.connection.execute(f"CREATE VIEW landfall.{feed} AS SELECT * FROM iceberg_scan('{lake}/{feed}')")
        self.connection.execute(
            f"CREATE VIEW landfall.spot_coverage AS SELECT * FROM read_csv('{coverage}', all_varchar = true)"
        )

    def result(self, name: str) -> str:
        sql = (SQL / f"{name}.sql").read_text()
        for october, tested in DAYS.items():
            sql = sql.replace(october, tested)
        text = io.StringIO()
        duckdb_sql.write_csv(self.connection.sql(sqlglot.transpile(sql, read="athena", write="duckdb")[0]), text)
        return text.getvalue()


def check_athena(checks, answers):
    for path in sorted(SQL.glob("*.sql")):
        statements = sqlglot.parse(path.read_text(), read="athena", error_level=sqlglot.ErrorLevel.RAISE)
        checks.same("Athena's SQL is read", "SQLGlot", all(statements), True, path.name)
    athena = Athena(answers.lake, answers.coverage)
    expected = answers.events()
    amount = f"{len(expected.splitlines()) - 1} counts"
    checks.same("events a day, by Athena's SQL", "DuckDB", athena.result("events_per_day"), expected, amount)
    expected = answers.daily()
    amount = f"{len(expected.splitlines()) - 1} days of pools, averages to the ninth digit"
    found, expected = (list(map(nine_digits, csv.DictReader(io.StringIO(text)))) for text in (athena.result("daily_average"), expected))
    checks.same("daily averages, by Athena's SQL", "DuckDB", found, expected, amount)


def nine_digits(row: dict) -> dict:
    """DuckDB divides decimals as floating point numbers, which Athena does not."""
    return row | {"average": f"{Decimal(row['average']):.9f}", "day": row["day"][:10]}
