"""Holds Spark, PyIceberg, DuckDB and Polars, as they read the lake, against Landfall's Postgres: see scripts/test-lake."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

# Before anything looks at the zone of this process.
os.environ["TZ"] = "UTC"
# Its own is another package.
os.environ["POLARS_ICEBERG_PLANNER"] = "pyiceberg"
# The jobs are where spark-submit finds them too.
sys.path.insert(0, "examples/spark")

import job  # noqa: E402

from .answers import Answers  # noqa: E402
from .athena import check_athena  # noqa: E402
from .bank import Bank  # noqa: E402
from .checks import Checks  # noqa: E402
from .data import ACCOUNT, Data  # noqa: E402
from .feeds import FEEDS, normal_parts, normal_rows  # noqa: E402
from .quickstart import check_quick_start  # noqa: E402
from .readers import DuckDB, Polars, PyIceberg, Spark  # noqa: E402
from .server import READER, ROLE, Server  # noqa: E402


def main():
    landfall_binary, jars = os.path.abspath(sys.argv[1]), sys.argv[2]
    # Root's Postgres runs as another user, who has to get there; and the path of its socket must be short.
    folder = Path(tempfile.mkdtemp(prefix="landfall-lake-", dir="/tmp"))
    folder.chmod(0o755)
    checks = Checks()
    # What it started and wrote is to go, whoever ends it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with Server(folder) as server:
            run(checks, Landfall(landfall_binary, server.url), server, folder, jars)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(checks.table())
    print(f"\n{len(checks.lines) - checks.failed()} passed, {checks.failed()} failed")
    sys.exit(1 if checks.failed() or not checks.lines else 0)


class Landfall:
    def __init__(self, binary: str, url: str):
        self.binary = binary
        self.url = url
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("LANDFALL_")}

    def __call__(self, *arguments, codes=(0,), url=None, more=None) -> str:
        environment = self.environment | {"DATABASE_URL": url or self.url} | (more or {})
        done = subprocess.run(
            [self.binary, "--quiet", *map(str, arguments)], stdout=subprocess.PIPE, text=True, env=environment
        )
        if done.returncode not in codes:
            raise SystemExit(f"landfall {' '.join(map(str, arguments))} ended with {done.returncode}")
        return done.stdout


def run(checks: Checks, landfall: Landfall, server: Server, folder: Path, jars: str):
    data = Data(landfall, folder)
    data.make()
    folder_of_lake = f"{folder}/lake"

    def land():
        # A dump is rejected.
        landfall("import", data.freight / "rates.sql", data.freight, data.spot, data.events, codes=(0, 3))
        landfall("publish", folder_of_lake)

    land()
    landfall("roles", "--owner", ROLE, "--reader", READER, url=server.admin_url)
    checks.report("landed and published")
    options = job.parse(job.arguments(""), ["--postgres", server.reader_url])
    spark = session(options, jars)
    checks.report("Spark is there")
    readers = [
        Spark(spark, options, job.table),
        PyIceberg(server.reader_url),
        DuckDB(folder_of_lake),
        Polars(lambda feed: metadata(server, feed)),
    ]
    answers = Answers(landfall, server, spark, folder_of_lake, folder)

    before = check_revision(checks, server, readers, "at first")
    answers.check(checks, "at first")
    landfall("publish", folder_of_lake)
    found = {feed.name: metadata(server, feed) for feed in FEEDS}
    checks.same(
        "published again, with nothing new",
        "pointer",
        found,
        {name: location for name, (location, *_) in before.items()},
        "3 tables",
    )

    data.revise()
    land()
    # A session looks for a new state of a table every 30 seconds, unless it is told to.
    for feed in FEEDS:
        spark.catalog.refreshTable(f"landfall.feeds.{feed.name}")
    after = check_revision(checks, server, readers, "revised")
    answers.check(checks, "revised")
    for feed in FEEDS:
        _, snapshot, parts = before[feed.name]
        if parts == after[feed.name][2]:
            raise SystemExit(f"nothing of {feed.name} was revised")
        for reader in readers:
            checks.same(
                f"{feed.name} of the first snapshot, once it is revised",
                reader.name,
                reader.parts(feed, snapshot),
                parts,
                f"{len(parts)} parts",
            )
    check_pruning(checks, readers, after["spot"][2])
    check_athena(checks, answers)
    bank = Bank(server, folder)
    bank.make()
    bank.check(checks, landfall, spark)
    spark.stop()
    check_quick_start(checks, landfall.binary, folder)


def session(options, jars: str):
    """One for all, as a session takes longer to start than most queries take."""
    os.environ["PYSPARK_SUBMIT_ARGS"] = (
        f"--master local[2] --driver-memory 1g --jars {jars} --conf spark.ui.enabled=false --conf spark.ui.showConsoleProgress=false "
        # Most of the time goes to compiling, which is not worth much for so few rows.
        "--conf spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1 --conf spark.sql.shuffle.partitions=4 --conf spark.driver.bindAddress=127.0.0.1 --conf spark.driver.host=127.0.0.1 pyspark-shell"
    )
    found = job.session(options)
    found.sparkContext.setLogLevel("ERROR")
    return found


def metadata(server: Server, feed) -> str:
    with server.connect() as connection:
        return connection.execute(
            "SELECT metadata_location FROM iceberg_tables WHERE catalog_name = 'landfall' AND table_namespace = 'feeds' AND table_name = %s",
            [feed.name],
        ).fetchone()[0]


def check_revision(checks: Checks, server: Server, readers, revision: str) -> dict:
    """Returns, for each feed, where its metadata is, its snapshot, and its parts."""
    found = {}
    for feed in FEEDS:
        with server.connect() as connection:
            rows = normal_rows(connection.execute(feed.rows_sql(feed.source)))
            parts = normal_parts(connection.execute(feed.parts_sql(feed.source)))
        for reader in readers:
            checks.same(f"{feed.name}, {revision}: all rows", reader.name, reader.rows(feed), rows, f"{len(rows)} rows")
            what = f"{feed.name}, {revision}: count, sum, least, greatest of each part"
            checks.same(what, reader.name, reader.parts(feed), parts, f"{len(parts)} parts")
        snapshot = PyIceberg(server.url).load(feed).current_snapshot().snapshot_id
        found[feed.name] = (metadata(server, feed), snapshot, parts)
    return found


def check_pruning(checks: Checks, readers, parts: dict):
    """Only the files of a month are read by who asks for it."""
    march = sum(part.endswith("/2026-03") for part in parts)
    if not (any(part.startswith(ACCOUNT) for part in parts) and 0 < march < len(parts)):
        raise SystemExit("the parts are not those of this test")
    spot = FEEDS[0]
    for reader in readers:
        if (files := reader.files_read(spot, "2026-03-01 00:00:00")) is not None:
            checks.same(
                "files that a filter on timestamp leaves", reader.name, files, march, f"{march} of {len(parts)} files"
            )


main()
