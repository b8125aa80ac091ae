"""The jobs of examples/spark and the queries of examples/sql, against Landfall's own answers."""

import csv
import io
from pathlib import Path

import cheapest
import daily_average
import duckdb_sql
import events_per_day
import job

from .data import FIRST, LAST, REGIONS

SQL = Path("examples/sql")
# Of a pool, in which rows come where their averages are the same.
DAILY = """
SELECT account_id, region, availability_zone, instance_type, product_description, day, average, open, close, low, high, records, changes,
    covered_seconds
FROM spot_daily WHERE day BETWEEN %s AND %s ORDER BY 1, 2, 3, 4, 5, 6
"""
BUDGET = "0.05"


class Answers:
    def __init__(self, landfall, server, spark, lake_folder: str, folder: Path):
        self.landfall, self.server, self.spark, self.lake, self.folder = landfall, server, spark, lake_folder, folder

    def check(self, checks, revision: str):
        coverage = self.coverage
        coverage.write_text(self.landfall("coverage", "--from", FIRST, "--to", LAST, "--format", "csv"))
        by_ledger = ["--postgres", self.server.reader_url]
        by_file = ["--lake", self.lake, "--coverage", str(coverage)]

        expected = self.daily()
        days = ["--from", FIRST, "--to", LAST]
        amount = f"{len(expected.splitlines()) - 1} days of pools"
        ways = {"Spark": by_ledger}
        if revision == "at first":
            ways["Spark without a catalog"] = by_file
        for reader, where in ways.items():
            options = daily_average.options(days + where)
            found = printed(daily_average.daily_average(self.spark, options).orderBy(*daily_average.ORDER.split(", ")))
            checks.same(f"daily averages, {revision}", reader, found, expected, amount)
        variables = {"lake": self.lake, "coverage": str(coverage), "first": FIRST, "last": LAST}
        found = duckdb_csv("daily_average", variables)
        checks.same(f"daily averages, {revision}", "DuckDB", found, expected, amount)

        for region, minimum, days, first, last in (
            (REGIONS[0], "0.9", ["--from", "2026-03-01", "--to", LAST], "2026-03-01", LAST),
            (REGIONS[1], "0.9", ["--from", "2026-03-01", "--to", LAST], "2026-03-01", LAST),
            (REGIONS[1], "0.2", ["--month", "2026-02"], "2026-02-01", "2026-02-28"),
        ):
            expected, ranked, others = self.cheapest(region, minimum, first, last)
            what = f"cheapest in {region}, {first} to {last}, {revision}"
            amount = f"{ranked} pools with a rank, {others} without"
            asked = ["--region", region, "--budget", BUDGET, "--min-coverage", minimum, "--limit", "100", *by_ledger]
            found = printed(cheapest.cheapest(self.spark, cheapest.options(days + asked)))
            checks.same(what, "Spark", found, expected, amount)
            asked = {"first": first, "last": last, "region": region, "budget": BUDGET, "min_coverage": minimum}
            checks.same(what, "DuckDB", duckdb_csv("cheapest", variables | asked), expected, amount)

        expected = self.events()
        amount = f"{len(expected.splitlines()) - 1} counts"
        options = events_per_day.options(
            ["--from", FIRST, "--to", LAST, "--postgres", self.server.reader_url]
        )
        found = printed(events_per_day.events_per_day(self.spark, options))
        checks.same(f"events a day, {revision}", "Spark", found, expected, amount)
        found = duckdb_csv("events_per_day", variables | {"first": FIRST, "last": LAST})
        checks.same(f"events a day, {revision}", "DuckDB", found, expected, amount)

    @property
    def coverage(self) -> Path:
        return self.folder / "coverage.csv"

    def events(self) -> str:
        return self.landfall("events", "--from", FIRST, "--to", LAST, "--format", "csv")

    def daily(self) -> str:
        with self.server.connect() as connection:
            found = connection.execute(DAILY, [FIRST, LAST])
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(column.name for column in found.description)
            writer.writerows([job.cell(value) for value in row] for row in found)
            return text.getvalue()

    def cheapest(self, region: str, minimum: str, first: str, last: str) -> tuple[str, int, int]:
        """What `landfall cheapest` prints, without the number of the pool and the name of the dump, which the lake has not; and how many
        pools have a rank, and how many have none."""
        printed = self.landfall(
            *("cheapest", "--region", region, "--from", first, "--to", last, "--budget", BUDGET),
            *("--min-coverage", minimum, "--limit", 100, "--format", "csv"),
        )
        text = io.StringIO()
        # Pools whose price is never known are not in what the lake has of these days.
        rows = [row for row in csv.DictReader(io.StringIO(printed)) if row["coverage"] != "0.000000"]
        names = [name for name in rows[0] if name not in ("pool_id", "confirmed_by")]
        writer = csv.DictWriter(text, names, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
        ranked = sum(bool(row["rank"]) for row in rows)
        if not ranked:
            raise SystemExit("no pool has a rank: this compares nothing")
        return text.getvalue(), ranked, len(rows) - ranked


def printed(result) -> str:
    text = io.StringIO()
    job.print_csv(result, text)
    return text.getvalue()


def duckdb_csv(name: str, variables: dict[str, str]) -> str:
    """What a file of SQL returns in DuckDB."""
    files = [name] if name == "events_per_day" else ["prices", name]
    text = io.StringIO()
    sql = "\n".join((SQL / "duckdb" / f"{file}.sql").read_text() for file in files)
    duckdb_sql.write_csv(duckdb_sql.query(duckdb_sql.connect(), sql, variables), text)
    return text.getvalue()
