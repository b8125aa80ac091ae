"""Lands dumps in a DuckDB file, each row once: land_duckdb.py FOLDER FILE. Prints the seconds and the rows.

All dumps are read by one query into a new table. A key in the table, as later dumps would need one, would only take longer.
"""

import json
import sys
import time

import duckdb

LAND = r"""
CREATE TABLE spot_price_history AS
SELECT DISTINCT ON (account_id, region, availability_zone, instance_type, product_description, timestamp)
    regexp_extract(filename, 'spotprices_\d+_(\d+)_', 1) AS account_id,
    regexp_extract(filename, '_([^_]+)\.json$', 1) AS region,
    AvailabilityZone AS availability_zone,
    InstanceType AS instance_type,
    ProductDescription AS product_description,
    Timestamp AS timestamp,
    SpotPrice AS price
FROM read_json(
    ?, format = 'array', filename = true, columns = {
        AvailabilityZone: 'VARCHAR', InstanceType: 'VARCHAR', ProductDescription: 'VARCHAR', Timestamp: 'TIMESTAMPTZ',
        SpotPrice: 'DECIMAL(14, 6)'
    }
)
"""


def main():
    folder, file = sys.argv[1:]
    began = time.monotonic()
    with duckdb.connect(file) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(LAND, [f"{folder}/**/spotprices_*.json"])
        rows = connection.execute("SELECT count(*) FROM spot_price_history").fetchone()[0]
    print(json.dumps({"seconds": time.monotonic() - began, "rows": rows}))


if __name__ == "__main__":
    main()
