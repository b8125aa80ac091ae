"""Writes the daily averages of a lake, or of a Postgres, to a file with DuckDB: python -m lake.averages SQL OUTPUT [URL]"""

import os
import re
import sys
from pathlib import Path

from duckdb_extensions import import_extension

from .readers import connect


def main():
    folder, output, postgres = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    connection = connect()
    sql = (folder / "prices.sql").read_text() + (folder / "daily_average.sql").read_text()
    sql = re.sub(r"^(INSTALL|LOAD) .*;\n", "", sql, flags=re.MULTILINE)
    if postgres:
        import_extension("postgres_scanner", con=connection)
        connection.execute(f"ATTACH '{postgres}' AS landfall (TYPE postgres, READ_ONLY)")
        sql = sql.replace("iceberg_scan(getvariable('lake') || '/spot')", "landfall.spot_prices")
    for name in ("lake", "coverage", "first", "last"):
        connection.execute(f"SET VARIABLE {name} = '{os.environ[name.upper()]}'")
    # The views, then the question, whose order a file does not need.
    views, question = sql.rsplit("-- The time-weighted", 1)
    connection.execute(views)
    question = question.split("\n", 1)[1].replace("ORDER BY ALL;", "")
    connection.execute(f"COPY ({question}) TO '{output}' (FORMAT parquet)")


main()
