"""Lands dumps in Postgres as a script of a page does, with psycopg 3: land_psycopg.py FOLDER, into DATABASE_URL.

Each dump is a transaction: COPY to a temporary table, then what is new of it into one wide table. Prints the seconds and the rows.
"""

import json
import os
import sys
import time
from pathlib import Path

import psycopg

TABLE = """
CREATE TABLE IF NOT EXISTS spot_price_history (
    account_id text NOT NULL,
    region text NOT NULL,
    availability_zone text NOT NULL,
    instance_type text NOT NULL,
    product_description text NOT NULL,
    timestamp timestamptz NOT NULL,
    price numeric NOT NULL,
    PRIMARY KEY (account_id, region, availability_zone, instance_type, product_description, timestamp)
)
"""
COPY = "COPY dump (availability_zone, instance_type, product_description, timestamp, price) FROM STDIN"
INSERT = """
INSERT INTO spot_price_history (account_id, region, availability_zone, instance_type, product_description, timestamp, price)
SELECT %s, %s, availability_zone, instance_type, product_description, timestamp, price FROM dump
ON CONFLICT DO NOTHING
"""


def main():
    dumps = sorted(Path(sys.argv[1]).rglob("spotprices_*.json"))
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(TABLE)
        began = time.monotonic()
        connection.execute(
            """
            CREATE TEMPORARY TABLE dump (
                availability_zone text, instance_type text, product_description text, timestamp timestamptz, price numeric
            ) ON COMMIT DELETE ROWS
            """
        )
        for path in dumps:
            land(connection, path)
        seconds = time.monotonic() - began
        rows = connection.execute("SELECT count(*) FROM spot_price_history").fetchone()[0]
    print(json.dumps({"seconds": seconds, "rows": rows}))


def land(connection: psycopg.Connection, path: Path):
    _, _, account, region = path.stem.split("_")
    with path.open() as file:
        records = json.load(file)
    with connection.transaction(), connection.cursor() as cursor:
        with cursor.copy(COPY) as copy:
            for record in records:
                copy.write_row(
                    (
                        record["AvailabilityZone"],
                        record["InstanceType"],
                        record["ProductDescription"],
                        record["Timestamp"],
                        record["SpotPrice"],
                    )
                )
        cursor.execute(INSERT, (account, region))


if __name__ == "__main__":
    main()
