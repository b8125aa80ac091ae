"""Measures publishing, reading and extracts: see scripts/bench-lake."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

os.environ["TZ"] = "UTC"

import duckdb  # noqa: E402

from .cluster import HOME, Cluster  # noqa: E402
from .measure import Measured, middle, run  # noqa: E402
from .server import Server  # noqa: E402

# As many as AWS has had for years.
REGIONS = (
    *(
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
    ),
    *(
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    ),
)
FIRST, DAYS = date(2026, 1, 10), 80
LAST = FIRST + timedelta(days=DAYS - 1)
JOBS = Path("examples/spark").resolve()
SQL = Path("examples/sql/duckdb").resolve()
BANK = """
CREATE TABLE "Bank" AS SELECT id AS "idBank", 'Bank ' || id AS "Name" FROM generate_series(1, 3) AS id;
CREATE TABLE "Branch" AS SELECT id AS "idBranch", id % 3 + 1 AS "Bank_idBank" FROM generate_series(1, 300) AS id;
CREATE TABLE "Client" AS SELECT id AS "idClient", id % 300 + 1 AS "Branch_idBranch" FROM generate_series(1, {clients}) AS id;
CREATE TABLE "Account" AS SELECT id AS "idAccount", id AS "Client_idClient" FROM generate_series(1, {clients}) AS id;
CREATE TABLE "Loans" AS
    SELECT id AS "idLoan", 1 + (id::bigint * 7919 % 1000000)::int AS "Amount", 1 + (id::bigint * 104729 % {clients})::int AS "Account_idAccount",
        DATE '2025-11-01' + (id % 365)::int AS loan_date
    FROM generate_series(1, {loans}) AS id;
ALTER TABLE "Bank" ADD PRIMARY KEY ("idBank");
ALTER TABLE "Branch" ADD PRIMARY KEY ("idBranch");
ALTER TABLE "Client" ADD PRIMARY KEY ("idClient");
ALTER TABLE "Account" ADD PRIMARY KEY ("idAccount");
ALTER TABLE "Loans" ADD PRIMARY KEY ("idLoan");
VACUUM ANALYZE;
"""
LOANS_MONTH = "2026-10"


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench-lake")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--runs", type=int)
    parser.add_argument("binary")
    parser.add_argument("jars")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="landfall-bench-lake-", dir="/tmp"))
    # Root's Postgres runs as another user, who has to get there.
    folder.chmod(0o755)
    # What it started and wrote is to go, whoever ends it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with Server(folder) as server:
            Bench(options, server, folder).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Bench:
    def __init__(self, options, server: Server, folder: Path):
        self.server, self.folder, self.jars = server, folder, options.jars
        self.binary = os.path.abspath(options.binary)
        self.runs = options.runs or (1 if options.small else 3)
        self.pools = 100 if options.small else 5150
        self.loans = 200_000 if options.small else 10_000_000
        self.lake = folder / "lake"
        self.coverage = folder / "coverage.csv"
        others = {name: value for name, value in os.environ.items() if not name.startswith("LANDFALL_")}
        self.environment = others | {
            "DATABASE_URL": server.url,
            "LANDFALL_LOANS_PASSWORD": server.password,
            "SPARK_LOCAL_IP": "127.0.0.1",
        }
        self.environment["PYSPARK_PYTHON"] = sys.executable
        self.began = time.monotonic()

    def report(self, text: str):
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", file=sys.stderr, flush=True)

    def row(self, what: str, found: str):
        print(f"| {what} | {found} |", flush=True)

    def landfall(self, *arguments, codes=()) -> Measured:
        return run([self.binary, "--quiet", *arguments], self.environment)

    def run(self):
        rows = self.land()
        print(
            f"| {rows / 1e6:.1f} M rows of {len(REGIONS)} regions, {DAYS - 1} days, {len(REGIONS) * self.pools} pools; medians of {self.runs} | |\n|---|---|"
        )
        self.publish(rows)
        self.averages()
        shutil.rmtree(self.lake)
        self.extract_loans()

    def land(self) -> int:
        """Lands all days but the last, whose dumps stay for a revision."""
        coming = self.folder / "coming"
        coming.mkdir()
        for region in REGIONS:
            dumps = self.folder / "dumps"
            self.landfall(
                "simulate",
                "--first-day",
                FIRST,
                "--days",
                DAYS,
                "--region",
                region,
                "--pools",
                self.pools,
                "--changes-per-day",
                1.2,
                dumps,
            )
            for path in dumps.glob(f"*_{LAST:%Y%m%d}_*"):
                path.rename(coming / path.name)
            self.landfall("import", dumps)
            shutil.rmtree(dumps)
            self.report(f"landed {region}")
        with self.server.connect() as connection:
            connection.execute("VACUUM ANALYZE")
            return connection.execute("SELECT count(*) FROM spot_prices").fetchone()[0]

    def publish(self, rows: int):
        found = []
        for number in range(self.runs):
            # Each catalog has one lake. The first is the one that is read.
            lake = self.lake if number == 0 else self.folder / f"lake{number}"
            options = [] if number == 0 else ["--catalog", f"landfall{number}"]
            found.append(self.landfall("publish", lake, "--feed", "spot", "--json", *options))
            self.report(f"published in {found[-1].seconds:.1f} s")
            if number:
                shutil.rmtree(lake)
        whole = middle(found)
        files = list(self.lake.glob("spot/data/**/*.parquet"))
        size = sum(file.stat().st_size for file in files)
        self.row("`landfall publish` of everything", f"{whole.seconds:.1f} s, {rows / whole.seconds:,.0f} rows/s")
        self.row("its peak memory", f"{whole.mib:.0f} MiB")
        self.row("files, MB, bytes a row", f"{len(files)}, {size / 1e6:.0f}, {size / rows:.2f}")
        nothing = middle([self.landfall("publish", self.lake, "--feed", "spot") for _ in range(self.runs)])
        self.row("with nothing new", f"{nothing.seconds:.2f} s")
        self.landfall("import", self.folder / "coming")
        day = self.landfall("publish", self.lake, "--feed", "spot", "--json")
        written = len(set(self.lake.glob("spot/data/**/*.parquet")) - set(files))
        self.row(
            f"a day later, of {len(REGIONS)} regions",
            f"{day.seconds:.1f} s, {written} of {len(files)} files written again",
        )

    def averages(self):
        """Averages of every pool and day, on the same files, and from Postgres."""
        end = FIRST + timedelta(days=DAYS - 1)
        self.coverage.write_text(self.landfall("coverage", "--from", FIRST, "--to", end, "--format", "csv").output)
        with self.server.connect() as connection:
            expected = connection.execute(
                "SELECT count(*), sum(average), sum(covered_seconds) FROM spot_daily WHERE day BETWEEN %s AND %s",
                [FIRST, end],
            ).fetchone()
        days = ["--from", FIRST, "--to", end]
        found = {}
        with Cluster(self.folder, "3g") as cluster:
            for workers in (1, 2):
                cluster.add_worker()
                job = ["daily_average.py", *days, "--postgres", self.server.url, "--format", "parquet", "--output"]
                found[f"Spark, {workers} {'worker' if workers == 1 else 'workers'} of a core each"] = self.measured(
                    expected,
                    lambda output: self.spark(job + [output], cluster.url, ("--executor-memory", "2g"), cluster.pids()),
                )
        found["Spark, local, 2 cores"] = self.measured(
            expected,
            lambda output: self.spark(
                [
                    "daily_average.py",
                    *days,
                    "--lake",
                    self.lake,
                    "--coverage",
                    self.coverage,
                    "--format",
                    "parquet",
                    "--output",
                    output,
                ]
            ),
        )
        found["DuckDB, the same files"] = self.measured(expected, lambda output: self.duckdb("", output, end))
        found["DuckDB, attached to Postgres"] = self.measured(
            expected, lambda output: self.duckdb(self.server.url, output, end)
        )
        amount = f"{expected[0] / 1e6:.1f} M averages"
        for name, measured in found.items():
            self.row(f"{amount} on {name}", f"{measured.seconds:.1f} s, {measured.mib:.0f} MiB")
        one, two = (measured.seconds for name, measured in list(found.items())[:2])
        self.row("two workers, as a ratio of one", f"{one / two:.2f} times as fast")
        with self.server.connect() as connection:
            began = time.monotonic()
            connection.execute("SELECT sum(average) FROM spot_daily").fetchone()
            self.row("`spot_daily`, which Landfall keeps, all of it in Postgres", f"{time.monotonic() - began:.1f} s")

    def measured(self, expected, job) -> Measured:
        found = []
        for _ in range(self.runs):
            output = self.folder / "averages"
            found.append(job(output))
            got = duckdb.sql(
                f"SELECT count(*), sum(average), sum(covered_seconds) FROM read_parquet('{output}{'/*.parquet' if output.is_dir() else ''}')"
            ).fetchone()
            if got != expected:
                raise SystemExit(f"the averages are others: {got}, not {expected}")
            shutil.rmtree(output) if output.is_dir() else output.unlink()
            self.report(f"averages in {found[-1].seconds:.1f} s")
        return middle(found)

    def spark(self, job, master: str = "local[2]", options=("--driver-memory", "3g"), beside=()) -> Measured:
        submit = [
            HOME / "bin" / "spark-submit",
            "--master",
            master,
            "--jars",
            self.jars,
            "--py-files",
            "job.py,prices.py",
            *options,
        ]
        quiet = [
            f"--conf={name}"
            for name in (
                "spark.ui.enabled=false",
                "spark.ui.showConsoleProgress=false",
                "spark.driver.host=127.0.0.1",
                "spark.sql.shuffle.partitions=16",
            )
        ]
        with (self.folder / "spark.log").open("w") as log:
            try:
                return run([*submit, *quiet, *job], self.environment, beside, cwd=JOBS, stderr=log)
            except SystemExit:
                print((self.folder / "spark.log").read_text()[-5000:], file=sys.stderr)
                raise

    def duckdb(self, postgres: str, output: Path, end: date) -> Measured:
        environment = self.environment | {
            "LAKE": str(self.lake),
            "COVERAGE": str(self.coverage),
            "FIRST": str(FIRST),
            "LAST": str(end),
        }
        return run([sys.executable, "-m", "lake.averages", SQL, output, postgres], environment)

    def extract_loans(self):
        self.server.create_database("bank")
        url = self.server.url.rsplit("/", 1)[0] + "/bank"
        with self.server.connect(url) as connection:
            for statement in filter(str.strip, BANK.format(loans=self.loans, clients=self.loans // 10).split(";")):
                connection.execute(statement)
        self.report(f"{self.loans} loans are there")
        found = []
        for number in range(self.runs):
            extract = self.folder / f"extract{number}"
            source = url.replace(f":{self.server.password}@", "@")
            found.append(self.landfall("extract", "loans", extract, "--from", source, "--month", LOANS_MONTH))
            self.report(f"extracted in {found[-1].seconds:.1f} s")
        extract = middle(found)
        job = ["loans.py", "--month", LOANS_MONTH, "--from", url, "--partitions", 2]
        spark = middle([self.spark(job) for _ in range(self.runs)])
        # The same numbers: all rows of all banks.
        rows = sorted(
            line
            for path in (self.folder / "extract0").glob("BankName=*/**/*.csv")
            for line in path.read_text().splitlines()[1:]
        )
        if rows != sorted(spark.output.splitlines()[1:]) or not rows:
            raise SystemExit(f"the averages are others: {rows[:2]}, not {spark.output[:200]}")
        amount = f"three months of {self.loans / 1e6:.1f} M loans"
        self.row(f"`landfall extract loans`, {amount}", f"{extract.seconds:.2f} s, {extract.mib:.0f} MiB")
        self.row(f"Spark, local, two connections, {amount}", f"{spark.seconds:.1f} s, {spark.mib:.0f} MiB")
        self.row("the extract, as a ratio of Spark", f"{spark.seconds / extract.seconds:.1f} times as fast")


main()
