"""What the jobs share: their arguments, the session, tables of the lake, and how a result is written."""

from __future__ import annotations

import argparse
import csv
import os
import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from pyspark.sql import DataFrame, SparkSession

CATALOG = "landfall"
# The settings of the catalog.
CONF = f"spark.sql.catalog.{CATALOG}"


def arguments(description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description)
    catalog = parser.add_mutually_exclusive_group()
    catalog.add_argument(
        "--postgres",
        metavar="URL",
        help="Landfall's database, whose catalog names the tables: postgresql://USER@HOST/DATABASE, the password in PGPASSWORD",
    )
    catalog.add_argument(
        "--glue", metavar="DATABASE", help="the database in AWS Glue that `landfall publish --glue` names"
    )
    catalog.add_argument("--lake", metavar="FOLDER", help="where `landfall publish` writes, without any catalog")
    parser.add_argument(
        "--namespace",
        default="feeds",
        help=f"namespace of the tables in a catalog {CATALOG} that Spark's settings name",
    )
    parser.add_argument(
        "--output", metavar="FOLDER", help="where to write the result; without it, it is printed as CSV"
    )
    parser.add_argument("--format", choices=["csv", "parquet"], default="csv", help="of --output")
    return parser


def days(parser: argparse.ArgumentParser):
    """The options for days: those of a month, or from one to another."""
    parser.add_argument("--month", metavar="YYYY-MM", help="the UTC days of this month")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, metavar="YYYY-MM-DD", help="first UTC day")
    parser.add_argument("--to", dest="last", type=date.fromisoformat, metavar="YYYY-MM-DD", help="last UTC day")


def parse(parser: argparse.ArgumentParser, words=None) -> argparse.Namespace:
    """The arguments, with `first` and `last` where the job takes days."""
    options, others = parser.parse_known_args(words)
    # Glue adds arguments of its own.
    if others and "--JOB_NAME" not in others:
        parser.error(f"unrecognized arguments: {' '.join(others)}")
    if "first" in options:
        if options.month:
            options.first = date.fromisoformat(f"{options.month}-01")
            options.last = (options.first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        if not (options.first and options.last):
            parser.error("name the days: --month, or --from and --to")
    return options


def session(options: argparse.Namespace) -> SparkSession:
    """The session. What spark-submit and the platform set stays as it is."""
    spark = SparkSession.builder.appName(os.path.basename(sys.argv[0])).getOrCreate()
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    # Not before, as these would be on the command line of the JVM, where others see the password.
    for name, value in catalog_settings(options).items():
        spark.conf.set(name, value)
    return spark


def catalog_settings(options: argparse.Namespace) -> dict[str, str]:
    if options.postgres:
        url, user, password = jdbc(options.postgres)
        settings = {
            "catalog-impl": "org.apache.iceberg.jdbc.JdbcCatalog",
            "uri": url,
            "jdbc.user": user,
            "jdbc.password": password,
            "jdbc.schema-version": "V1",
            # The catalog wants one, to create tables in, which no job does.
            "warehouse": "file:///nonexistent",
        }
    elif options.glue:
        settings = {
            "catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
            "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
            "warehouse": "s3://nonexistent",
        }
    else:
        return {}
    return {CONF: "org.apache.iceberg.spark.SparkCatalog"} | {
        f"{CONF}.{name}": value for name, value in settings.items()
    }


def jdbc(url: str) -> tuple[str, str, str]:
    """The JDBC URL of a Postgres, the user and the password."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql") or not parts.hostname:
        sys.exit("a database is postgresql://USER@HOST/DATABASE: Spark reaches no Unix sockets")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    # The names of libpq and of the driver are the same for what matters: sslmode, sslrootcert.
    query = urlencode(parse_qsl(parts.query))
    address = f"jdbc:postgresql://{host}:{parts.port or 5432}{parts.path}{'?' if query else ''}{query}"
    password = unquote(parts.password) if parts.password else os.environ.get("PGPASSWORD", "")
    return address, unquote(parts.username or os.environ.get("PGUSER", "landfall")), password


def query_postgres(spark: SparkSession, url: str, sql: str) -> DataFrame:
    """The rows of a query in a Postgres."""
    address, user, password = jdbc(url)
    reader = spark.read.format("jdbc").options(
        url=address, user=user, password=password, driver="org.postgresql.Driver"
    )
    return reader.option("query", sql).load()


def table(spark: SparkSession, options: argparse.Namespace, feed: str, snapshot: int | None = None) -> DataFrame:
    """A table of the lake, as it is or as it was at a snapshot."""
    reader = spark.read if snapshot is None else spark.read.option("snapshot-id", snapshot)
    if options.lake:
        metadata = f"{options.lake.rstrip('/')}/{feed}/metadata"
        version = spark.read.text(f"{metadata}/version-hint.text").first()[0].strip()
        return reader.format("iceberg").load(f"{metadata}/{version}.metadata.json")
    if not spark.conf.get(CONF, None):
        sys.exit(f"where is the lake? --postgres, --glue, --lake, or {CONF} in Spark's settings")
    return reader.table(f"{CATALOG}.{options.glue or options.namespace}.{feed}")


def write(result: DataFrame, options: argparse.Namespace, order: str = ""):
    """Writes a result; what is printed is in the order of these columns."""
    if not options.output:
        print_csv(result.orderBy(*order.split(", ")) if order else result, sys.stdout)
    elif options.format == "csv":
        result.write.mode("overwrite").csv(options.output, header=True)
    else:
        result.write.mode("overwrite").parquet(options.output)


def print_csv(result: DataFrame, file):
    """Prints rows as Landfall does."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(result.columns)
    for row in result.toLocalIterator():
        writer.writerow(map(cell, row))


def cell(value) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        # What Spark returns is in the zone of this process.
        value = value.astimezone(timezone.utc).replace(tzinfo=None)
        return f"{value.isoformat(timespec='milliseconds' if value.microsecond and not value.microsecond % 1000 else 'auto')}Z"
    return str(value)
