"""What is landed: prices of two accounts and regions over two months, freight rates, events; and revised dumps of them."""

import json
import os
import shutil
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

FIRST, LAST = "2026-02-20", "2026-03-11"
DAYS = 20
# Readers that take folders for columns lose its zero.
ACCOUNT = "012345678901"
REGIONS = ("us-west-2", "eu-central-1")


class Data:
    def __init__(self, landfall, folder: Path):
        self.landfall = landfall
        self.spot, self.freight, self.events = (folder / name for name in ("spot", "freight", "events"))
        self.late = folder / "late.json"

    def make(self):
        regions = [word for region in REGIONS for word in ("--region", region)]
        self.landfall(
            "simulate", "--first-day", FIRST, "--days", DAYS, "--accounts", 2, *regions, "--pools", 12, self.spot
        )
        accounts = sorted({path.name.split("_")[2] for path in self.spot.iterdir()})
        for path in list(self.spot.glob(f"*_{accounts[0]}_*")):
            path.rename(path.with_name(path.name.replace(accounts[0], ACCOUNT)))
        # Two days without a dump, an empty dump, and one that is rejected.
        self.dump("2026-03-03", REGIONS[0]).rename(self.late)
        self.dump("2026-03-04", REGIONS[1]).unlink()
        self.dump("2026-03-05", REGIONS[0]).write_text("[]")
        self.dump("2026-03-07", REGIONS[1]).write_text('[{"AvailabilityZone": "eu-ce')
        self.freight.mkdir()
        shutil.copy("examples/freight/rates.sql", self.freight)
        self.landfall("simulate", "events", "--first-day", "2026-03-01", "--days", 5, "--count", 3000, self.events)

    def dump(self, day: str, region: str) -> Path:
        return self.spot / f"spotprices_{day.replace('-', '')}_{ACCOUNT}_{region}.json"

    def revise(self):
        """A dump comes again with other prices and a record less, another day's arrives late, freight rates and events are added."""
        path = self.dump("2026-03-10", REGIONS[0])
        records = json.loads(path.read_text())
        pools = defaultdict(list)
        for record in records:
            if record["Timestamp"].startswith("2026-03-10"):
                record["SpotPrice"] = str(Decimal(record["SpotPrice"]) + Decimal("0.000123"))
                pools[record["AvailabilityZone"], record["InstanceType"], record["ProductDescription"]].append(record)
        # The last of a pool comes in the next dump too.
        first, *_, last = sorted(max(pools.values(), key=len), key=lambda record: record["Timestamp"])
        assert first is not last
        records.remove(first)
        path.write_text(json.dumps(records))
        newer(path)
        self.late.rename(self.dump("2026-03-03", REGIONS[0]))
        rates = "".join(
            f"CNGGZ,EETLL,2021-{month:02}-{day:02},{1000 + day}\n" for month in (1, 2) for day in range(1, 29)
        )
        (self.freight / "freightrates_20260312_a.csv").write_text(f"orig_code,dest_code,day,price\n{rates}")
        self.landfall(
            "simulate",
            "events",
            "--seed",
            2,
            "--first-day",
            "2026-03-04",
            "--days",
            3,
            "--count",
            800,
            self.events / "more",
        )


def newer(path: Path):
    """A revision is told by its time, which is that of the simulated day."""
    at = path.stat().st_mtime + 3600
    os.utime(path, (at, at))
