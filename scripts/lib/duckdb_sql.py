"""Runs SQL in DuckDB, whose extensions come from PyPI: see scripts/duckdb."""

import argparse
import csv
import re
import sys
from datetime import datetime
from pathlib import Path

import duckdb
from duckdb_extensions import import_extension


def main():
    parser = argparse.ArgumentParser(prog="scripts/duckdb")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a variable, for getvariable('NAME')"
    )
    parser.add_argument("--csv", action="store_true", help="print CSV, of all rows")
    parser.add_argument("sql", nargs="+", metavar="SQL|FILE")
    options = parser.parse_args()
    sql = "\n".join(Path(given).read_text() if given.endswith(".sql") else given for given in options.sql)
    result = query(connect(), sql, dict(assignment.split("=", 1) for assignment in options.set))
    if not result:
        return
    if options.csv:
        write_csv(result, sys.stdout)
    else:
        result.show()


def connect(*extensions: str) -> duckdb.DuckDBPyConnection:
    """A DuckDB that reads Iceberg, in UTC."""
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    for extension in ("icu", "avro", "iceberg", *extensions):
        import_extension(extension, con=connection)
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def query(connection: duckdb.DuckDBPyConnection, sql: str, variables: dict[str, str]):
    for name, value in variables.items():
        connection.execute(f"SET VARIABLE {name} = {literal(value)}")
    # The extensions are there, without a download.
    return connection.sql(re.sub(r"^(INSTALL|LOAD) .*;\n", "", sql, flags=re.MULTILINE))


def literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def write_csv(result, file):
    """As Landfall prints it. Through Arrow: for its own values of time with a zone, DuckDB takes another package."""
    found = result.to_arrow_table()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(found.column_names)
    writer.writerows(map(cell, row) for row in zip(*(column.to_pylist() for column in found.columns)))


def cell(value):
    if isinstance(value, datetime):
        return f"{value.replace(tzinfo=None).isoformat()}Z"
    return "" if value is None else value


if __name__ == "__main__":
    main()
