"""Those that read the lake. Each returns the rows of a table, and count, sum, least and greatest of each part."""

import re

import polars
from duckdb_sql import connect
from pyiceberg.catalog.sql import SqlCatalog

from .feeds import Feed, normal_parts, normal_rows


class Spark:
    """Through the tables of Landfall's database, with Iceberg's JdbcCatalog."""

    name = "Spark"

    def __init__(self, session, options, table):
        self.session, self.options, self.table = session, options, table

    def rows(self, feed: Feed):
        return normal_rows(self.table(self.session, self.options, feed.name).select(*feed.columns).collect())

    def parts(self, feed: Feed, snapshot: int | None = None):
        self.table(self.session, self.options, feed.name, snapshot).createOrReplaceTempView("lake_table")
        return normal_parts(self.session.sql(feed.parts_sql("lake_table")).collect())

    def files_read(self, feed: Feed, since: str):
        """How many files a filter leaves to read, by the metrics of the scan."""
        self.session.conf.set("spark.sql.adaptive.enabled", "false")
        try:
            found = (
                self.table(self.session, self.options, feed.name)
                .where(f"timestamp >= TIMESTAMP '{since} UTC'")
                .selectExpr("max(price)")
            )
            found.collect()
            leaves = found._jdf.queryExecution().executedPlan().collectLeaves()
            return leaves.head().metrics().apply("resultDataFiles").value()
        finally:
            self.session.conf.unset("spark.sql.adaptive.enabled")


class PyIceberg:
    """Through the same tables, with PyIceberg's SqlCatalog."""

    name = "PyIceberg"

    def __init__(self, url: str):
        self.url = url

    def load(self, feed: Feed):
        # A new one sees what was committed since.
        catalog = SqlCatalog("landfall", uri=self.url.replace("postgresql:", "postgresql+psycopg2:", 1))
        return catalog.load_table(f"feeds.{feed.name}")

    def tuples(self, feed: Feed, snapshot: int | None = None):
        found = self.load(feed).scan(snapshot_id=snapshot, selected_fields=feed.columns).to_arrow()
        return list(zip(*(found.column(column).to_pylist() for column in feed.columns)))

    def rows(self, feed: Feed):
        return normal_rows(self.tuples(feed))

    def parts(self, feed: Feed, snapshot: int | None = None):
        return normal_parts((part, *values) for part, values in feed.parts_of(self.tuples(feed, snapshot)).items())

    def files_read(self, feed: Feed, since: str):
        return len(
            list(self.load(feed).scan(row_filter=f"timestamp >= '{since.replace(' ', 'T')}+00:00'").plan_files())
        )


class DuckDB:
    """Without a catalog: by the folder."""

    name = "DuckDB"

    def __init__(self, lake: str):
        self.lake = lake
        self.connection = connect()

    def scan(self, feed: Feed, snapshot: int | None = None) -> str:
        return f"iceberg_scan('{self.lake}/{feed.name}'{f', snapshot_from_id => {snapshot}' if snapshot else ''})"

    def fetch(self, sql: str):
        # Through Arrow: for its own values of time with a zone, DuckDB takes another package.
        found = self.connection.sql(sql).to_arrow_table()
        return list(zip(*(column.to_pylist() for column in found.columns)))

    def rows(self, feed: Feed):
        return normal_rows(self.fetch(feed.rows_sql(self.scan(feed))))

    def parts(self, feed: Feed, snapshot: int | None = None):
        return normal_parts(self.fetch(feed.parts_sql(self.scan(feed, snapshot))))

    def files_read(self, feed: Feed, since: str):
        plan = self.connection.sql(
            f"EXPLAIN ANALYZE SELECT max(price) FROM {self.scan(feed)} WHERE timestamp >= '{since}+00'"
        ).fetchall()
        return int(re.search(r"Total Files Read: (\d+)", plan[0][1])[1])


class Polars:
    """Without a catalog: by the file of metadata that the catalog names."""

    name = "Polars"

    def __init__(self, metadata):
        self.metadata = metadata

    def scan(self, feed: Feed, snapshot: int | None = None):
        return polars.scan_iceberg(self.metadata(feed), snapshot_id=snapshot)

    def rows(self, feed: Feed):
        return normal_rows(self.scan(feed).select(feed.columns).collect().rows())

    def parts(self, feed: Feed, snapshot: int | None = None):
        col = polars.col
        match feed.name:
            case "spot":
                part = polars.concat_str(
                    col("account_id"), col("region"), col("timestamp").dt.strftime("%Y-%m"), separator="/"
                )
            case "freight":
                part = col("day").dt.strftime("%Y-%m")
            case "events":
                part = col("received_at").dt.strftime("%Y-%m-%d")
        measures = [
            getattr(col(column), function)().alias(f"{function}_{column}") for function, column in feed.measures
        ]
        return normal_parts(
            self.scan(feed, snapshot).group_by(part.alias("part")).agg(polars.len(), *measures).collect().rows()
        )

    def files_read(self, feed: Feed, since: str):
        return None
