"""Writes the daily averages of a lake, or of a Postgres, to a file with DuckDB: python -m lake.averages SQL OUTPUT [URL]"""

import os
import sys
from pathlib import Path

from duckdb_sql import connect, literal, query


def main():
    folder, output, postgres = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    connection = connect("postgres_scanner") if postgres else connect()
    views = (folder / "prices.sql").read_text()
    if postgres:
        connection.execute(f"ATTACH {literal(postgres)} AS landfall (TYPE postgres, READ_ONLY)")
        views = views.replace("iceberg_scan(getvariable('lake') || '/spot')", "landfall.spot_prices")
    query(connection, views, {name: os.environ[name.upper()] for name in ("lake", "coverage", "first", "last")})
    # A file needs no order.
    question = (folder / "daily_average.sql").read_text().replace("ORDER BY ALL;", "")
    connection.execute(f"COPY ({question}) TO {literal(output)} (FORMAT parquet)")


main()
