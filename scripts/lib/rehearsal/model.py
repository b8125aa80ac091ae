"""What the database must contain, computed from the files by the rules in docs/rules.md and nothing else."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from .batches import Price
from .dumps import Dump

Key = tuple[str, str, str, str, str, datetime]


def spot_rows(dumps: Iterable[Dump]) -> dict[Key, Decimal]:
    """The price of each pool and time: that of the dump whose own day is nearest, of two such the later."""
    winners: dict[Key, tuple[tuple[int, int], Decimal]] = {}
    for dump in dumps:
        for record in json.loads(dump.path.read_text()):
            observed_at = datetime.fromisoformat(record["Timestamp"]).astimezone(UTC)
            key = (
                dump.account,
                dump.region,
                record["AvailabilityZone"],
                record["InstanceType"],
                record["ProductDescription"],
                observed_at,
            )
            rank = (abs((dump.day - observed_at.date()).days), -dump.day.toordinal())
            if key not in winners or rank < winners[key][0]:
                winners[key] = rank, Decimal(record["SpotPrice"])
    return {key: price for key, (_, price) in winners.items()}


def freight_prices(dump: Path) -> Counter[Price]:
    """Those of a pg_dump."""
    lines = iter(dump.read_text().splitlines())
    for line in lines:
        if line.startswith("COPY public.prices "):
            break
    prices: Counter[Price] = Counter()
    for line in lines:
        if line == "\\.":
            break
        origin, destination, day, price = line.split("\t")
        prices[origin, destination, date.fromisoformat(day), int(price)] += 1
    return prices


def averages(prices: Counter[Price], origin: str, destination: str) -> dict[date, tuple[int, float | None]]:
    """What `GET /rates` has to say: for each day the number of prices, and their average where there are three."""
    by_day: dict[date, list[int]] = {}
    for (from_port, to_port, day, price), count in prices.items():
        if (from_port, to_port) == (origin, destination):
            by_day.setdefault(day, []).extend([price] * count)
    return {day: (len(found), sum(found) / len(found) if len(found) > 2 else None) for day, found in by_day.items()}
