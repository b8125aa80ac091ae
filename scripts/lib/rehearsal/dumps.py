"""Dumps that arrive in the bucket, and how long each takes to be queryable."""

import asyncio
import contextlib
import json
import random
import re
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import aiohttp

from .cloud import Cloud
from .program import run

REGIONS = ("eu-west-3", "us-east-1")
FIRST_DAY = date(2026, 1, 1)
NAME = re.compile(r"spotprices_(\d{8})_(\d{12})_(.+)\.json")


@dataclass(frozen=True)
class Dump:
    path: Path
    day: date
    account: str
    region: str

    @classmethod
    def of(cls, path: Path) -> "Dump":
        day, account, region = NAME.fullmatch(path.name).groups()
        return cls(path, date.fromisoformat(day), account, region)


@dataclass
class Arrival:
    dump: Dump
    # Of time.monotonic(): when the bucket had it, and when the API did.
    stored: float
    queryable: float | None = None


class Dumps:
    def __init__(self, cloud: Cloud, url: str, folder: Path, interval: float):
        self.cloud, self.url, self.folder, self.interval = cloud, url, folder, interval
        self.arrivals: list[Arrival] = []
        self.is_stopping = asyncio.Event()

    async def simulate(self, binary: Path, days: int, pools: int, environment):
        await run(
            *(binary, "simulate", self.folder / "dumps", "--first-day", FIRST_DAY, "--days", days, "--pools", pools),
            *(f"--region={region}" for region in REGIONS),
            env=environment,
        )
        self.coming = [Dump.of(path) for path in sorted((self.folder / "dumps").iterdir())]
        # In any order, but always the same.
        random.Random(1).shuffle(self.coming)
        # These take a while to land.
        await run(
            *(binary, "simulate", self.folder / "large", "--first-day", FIRST_DAY, "--days", 2, "--pools", 5000),
            *("--region=ap-south-1", "--changes-per-day", 2),
            env=environment,
        )
        self.large = [Dump.of(path) for path in sorted((self.folder / "large").iterdir())]

    async def deliver(self, dump: Dump):
        await self.cloud.put(dump.path)
        self.arrivals.append(Arrival(dump, time.monotonic()))

    async def run(self):
        """One after another, until it is told to stop."""
        while self.coming and not self.is_stopping.is_set():
            await self.deliver(self.coming.pop())
            await asyncio.sleep(self.interval)

    async def watch(self):
        """Looks for what has arrived, as a client does; until it is cancelled."""
        timeout = aiohttp.ClientTimeout(total=5)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                for region in {arrival.dump.region for arrival in self.waiting()}:
                    with contextlib.suppress(aiohttp.ClientError, TimeoutError, json.JSONDecodeError):
                        await self.look(session, region)
                await asyncio.sleep(0.25)

    async def look(self, session: aiohttp.ClientSession, region: str):
        waiting = {arrival.dump.day: arrival for arrival in self.waiting() if arrival.dump.region == region}
        parameters = {"region": region, "from": str(min(waiting)), "to": str(max(waiting))}
        async with session.get(f"{self.url}/v1/spot/coverage", params=parameters) as response:
            if response.status != 200:
                return
            answer = await response.json()
        for market in answer["markets"]:
            for day in market["days"]:
                arrival = waiting.get(date.fromisoformat(day["day"]))
                if arrival and day["state"] == "landed":
                    arrival.queryable = time.monotonic()

    def waiting(self) -> list[Arrival]:
        return [arrival for arrival in self.arrivals if arrival.queryable is None]

    def delivered(self) -> list[Dump]:
        return [arrival.dump for arrival in self.arrivals]
