"""The tables of the lake, and what of them is compared."""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timezone
from decimal import Decimal


@dataclass(frozen=True)
class Feed:
    name: str
    # Of Postgres, with columns of the same names.
    source: str
    columns: tuple[str, ...]
    # SQL that all engines know, with their zone set to UTC.
    part: str
    # (function, column).
    measures: tuple[tuple[str, str], ...]

    def parts_sql(self, source: str) -> str:
        measures = ", ".join(f"{function}({column})" for function, column in self.measures)
        return f"SELECT {self.part} AS part, count(*), {measures} FROM {source} GROUP BY 1"

    def rows_sql(self, source: str) -> str:
        return f"SELECT {', '.join(self.columns)} FROM {source}"

    def parts_of(self, rows) -> dict:
        """The same from rows, for engines without SQL."""
        found = defaultdict(list)
        for row in rows:
            found[self.part_of(dict(zip(self.columns, row)))].append(row)
        functions = {"sum": lambda values: sum(values), "min": min, "max": max}
        return {
            part: (
                len(of),
                *(
                    functions[f](v for row in of if (v := row[self.columns.index(column)]) is not None)
                    for f, column in self.measures
                ),
            )
            for part, of in found.items()
        }

    def part_of(self, row: dict) -> str:
        match self.name:
            case "spot":
                return f"{row['account_id']}/{row['region']}/{row['timestamp']:%Y-%m}"
            case "freight":
                return f"{row['day']:%Y-%m}"
            case "events":
                return f"{row['received_at']:%Y-%m-%d}"


EVENTS = (
    *(
        "id",
        "received_at",
        "event",
        "event_text",
        "context_device_type",
        "anonymous_id",
        "user_id",
        "original_timestamp",
    ),
    *("timestamp", "sent_at", "context_app_version", "context_device_manufacturer", "context_device_model"),
    *(
        "context_device_token",
        "context_library_name",
        "context_library_version",
        "context_locale",
        "context_network_carrier",
    ),
    *(
        "context_os_name",
        "context_timezone",
        "context_device_ad_tracking_enabled",
        "context_network_wifi",
        "properties",
    ),
)
TEXTS = {"id", "anonymous_id", "properties"}

FEEDS = (
    Feed(
        "spot",
        "spot_prices",
        ("account_id", "region", "availability_zone", "instance_type", "product_description", "price", "timestamp"),
        "account_id || '/' || region || '/' || substr(CAST(CAST(timestamp AS date) AS varchar(10)), 1, 7)",
        (("sum", "price"), ("min", "price"), ("max", "price"), ("min", "timestamp"), ("max", "timestamp")),
    ),
    Feed(
        "freight",
        "freight_rates",
        ("orig_code", "dest_code", "day", "price"),
        "substr(CAST(day AS varchar(10)), 1, 7)",
        (("sum", "price"), ("min", "price"), ("max", "price"), ("min", "day"), ("max", "day")),
    ),
    Feed(
        "events",
        "(SELECT "
        + ", ".join(f"{c}::text AS {c}" if c in TEXTS else f'"{c}"' for c in EVENTS)
        + " FROM events) AS events",
        EVENTS,
        "CAST(CAST(received_at AS date) AS varchar(10))",
        (("sum", "user_id"), ("min", "id"), ("max", "id"), ("min", "timestamp"), ("max", "timestamp")),
    ),
)


def normal(value):
    """The same text for the same value, whichever type an engine has for it."""
    if isinstance(value, datetime):
        zoned = value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)
        return zoned.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        # With its digits: 0.1 is not 0.100000. Sums of whole numbers are decimals to some.
        return f"{value:f}" if value.as_tuple().exponent else int(value)
    if isinstance(value, str) and value.startswith("{"):
        return json.dumps(json.loads(value), sort_keys=True)
    return value


def normal_rows(rows) -> list[tuple]:
    return sorted((tuple(map(normal, row)) for row in rows), key=repr)


def normal_parts(rows) -> dict:
    return {part: tuple(map(normal, values)) for part, *values in rows}
