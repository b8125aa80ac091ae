"""All parts, as pulumi/ puts them together on AWS."""

import asyncio
import os
import secrets
import shutil
import time
from datetime import date
from pathlib import Path

import aiohttp

from .balancer import Balancer
from .batches import Sender
from .cloud import BUCKET, PREFIX, Cloud
from .database import DATABASE, ROLE, Database
from .dumps import Dumps
from .load import Load, Question
from .model import averages, freight_prices
from .program import Failure, database_user, run
from .proxy import Proxy
from .service import Service, clean_environment
from .settings import ROOT, Settings

PORTS_AND_PRICES = ROOT / "examples/freight/rates.sql"
# Of the servers, and of the followers.
TASKS = 2
RECOVERY_LIMIT = 180


class System:
    def __init__(self, folder: Path, settings: Settings, old: Path, new: Path, report):
        self.folder, self.settings, self.old, self.new, self.report = folder, settings, old, new, report
        self.token = secrets.token_hex(16)
        self.background: list[asyncio.Task] = []
        # Processes that did not end though their password was refused.
        self.stuck: list[str] = []
        # Faults after which it did not get well.
        self.unwell: list[str] = []

    async def start(self):
        data = self.folder / "database"
        data.mkdir()
        if user := database_user():
            shutil.chown(data, user, user)
        self.report("Postgres with a standby, bucket and queue, balancer")
        self.database = Database(postgres_programs(), data)
        self.cloud = Cloud(self.folder, self.settings.visibility)
        self.balancer = Balancer(self.folder)
        await asyncio.gather(self.database.start(), self.cloud.start(), self.balancer.start())
        self.proxy = Proxy(self.database.primary.port)
        self.dumps = Dumps(self.cloud, self.balancer.url, self.folder, self.settings.dump_interval)
        await self.dumps.simulate(self.new, self.settings.days, self.settings.pools, clean_environment())

        self.report("ports, prices and the first dumps are imported")
        for _ in range(4):
            await self.dumps.deliver(self.dumps.coming.pop())
        environment = await self.environment("import")
        await self.command(self.old, "import", PORTS_AND_PRICES, self.source, environment=environment)

        self.report("two servers and two followers")
        common = (self.folder, self.environment, self.report, self.settings.notice, self.settings.replacement)
        self.servers = Service("serve", *common, self.balancer)
        self.followers = Service("follow", *common, None)
        await self.servers.scale(TASKS, self.old)
        await self.followers.scale(TASKS, self.old)

        self.report("load, batches, dumps")
        url = self.balancer.url
        # Each kind has its rate.
        self.loads = [Load(url, [self.rates()], self.settings.rate), Load(url, self.spot_prices(), self.settings.rate)]
        self.sender = Sender(url, self.token, self.settings.batch_interval, self.settings.batch_prices)
        self.arriving = asyncio.create_task(self.dumps.run())
        self.reading = [asyncio.create_task(load.run()) for load in self.loads]
        self.sending = asyncio.create_task(self.sender.run())
        self.watching = asyncio.create_task(self.dumps.watch())
        self.background = [self.arriving, *self.reading, self.sending, self.watching]

    @property
    def source(self) -> str:
        return f"s3://{BUCKET}/{PREFIX}"

    async def environment(self, client: str) -> dict[str, str]:
        """Of a task, with what is the secret now."""
        port = await self.proxy.listen(client)
        options = "&".join(f"{option}={value}" for option, value in self.settings.connection.items())
        return self.cloud.environment | {
            "DATABASE_URL": f"postgresql://127.0.0.1:{port}/{DATABASE}?{options}",
            "PGUSER": ROLE,
            "PGPASSWORD": self.database.password,
            "LANDFALL_API_TOKEN": self.token,
            "LANDFALL_LISTEN": "127.0.0.1:0",
            "LANDFALL_DRAIN_PERIOD": f"{self.settings.drain}s",
            "LANDFALL_QUEUE": self.cloud.queue,
            "LANDFALL_VISIBILITY_TIMEOUT": f"{self.settings.visibility}s",
            "LANDFALL_SOURCE": self.source,
            "LANDFALL_LOG_FORMAT": "json",
        }

    async def command(self, binary: Path, *arguments, environment=None):
        """A command of Landfall that ends by itself."""
        environment = environment or await self.environment(arguments[0])
        return await run(binary, *arguments, env=clean_environment() | environment)

    def rates(self) -> Question:
        """Batches have other days, so the answer is always the same."""
        first, last = date(2021, 1, 1), date(2021, 1, 31)
        expected = averages(freight_prices(PORTS_AND_PRICES), "CNGGZ", "EETLL")

        def is_right(answer: dict) -> bool:
            found = {date.fromisoformat(rate["day"]): (rate["count"], rate["price"]) for rate in answer["rates"]}
            return len(found) == 31 and all(is_near(found.get(day), wanted) for day, wanted in expected.items())

        return Question(
            "/rates",
            {"date_from": str(first), "date_to": str(last), "orig_code": "CNGGZ", "dest_code": "EETLL"},
            is_right,
        )

    def spot_prices(self) -> list[Question]:
        """About the day of a dump that was imported before."""
        dump = self.dumps.arrivals[0].dump
        day, market = str(dump.day), {"region": dump.region, "account": dump.account}
        few = {"limit": "20"}
        return [
            Question(
                "/v1/spot/at", market | few | {"time": f"{day}T23:00:00Z"}, lambda answer: len(answer["prices"]) > 0
            ),
            Question("/v1/spot/cheapest", market | {"from": day, "to": day}, lambda answer: len(answer["pools"]) > 0),
            Question(
                "/v1/spot/daily", market | few | {"from": day, "to": day}, lambda answer: len(answer["summaries"]) > 0
            ),
        ]

    async def until_well(self) -> bool:
        """Waits until all tasks run, each server is ready, answers have been good for a while, and what comes
        is stored."""
        began = time.monotonic()
        while time.monotonic() < began + RECOVERY_LIMIT:
            if self.all_run() and self.answers_are_good(2) and self.stores() and await self.all_ready():
                return True
            await asyncio.sleep(0.2)
        return False

    def all_run(self) -> bool:
        return len(self.servers.tasks) == len(self.followers.tasks) == TASKS

    def answers_are_good(self, seconds: float) -> bool:
        since = time.monotonic() - seconds
        recent = [answer for load in self.loads for answer in load.answers if answer.ended > since]
        asking = [began for load in self.loads for began in load.asking.values()]
        return (
            len(recent) > seconds * self.settings.rate
            and all(answer.fault is None for answer in recent)
            and all(began > since for began in [*asking, self.sender.began or since + 1])
        )

    def stores(self) -> bool:
        """Whether some dump that came lately is queryable, and the last batch was accepted at once."""
        since = time.monotonic() - 3 * self.settings.dump_interval
        landed = any(arrival.queryable and arrival.stored > since for arrival in self.dumps.arrivals)
        return landed and self.sender.answers[-1].fault is None

    async def all_ready(self) -> bool:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(5)) as session:
            for task in self.servers.tasks:
                try:
                    async with session.get(f"http://{task.address}/readyz") as response:
                        if response.status != 200:
                            return False
                except (aiohttp.ClientError, TimeoutError):
                    return False
        return True

    async def finish(self):
        """Nothing comes any more: waits until everything has landed, then stops what runs."""
        self.dumps.is_stopping.set()
        await self.arriving
        self.sender.is_stopping.set()
        await until(lambda: not self.dumps.waiting(), RECOVERY_LIMIT)
        await asyncio.wait([self.sending], timeout=RECOVERY_LIMIT)
        deadline = time.monotonic() + self.settings.visibility + 60
        while await self.cloud.messages(self.cloud.queue) and time.monotonic() < deadline:
            await asyncio.sleep(0.5)
        for load in self.loads:
            load.is_stopping.set()
        await asyncio.gather(*self.reading)
        await asyncio.gather(self.servers.end(), self.followers.end())

    async def abandon(self):
        """Whatever it is doing."""
        for task in self.background:
            task.cancel()
        await asyncio.gather(*self.background, return_exceptions=True)
        for service in ("servers", "followers"):
            if hasattr(self, service):
                getattr(self, service).forget()
        if hasattr(self, "proxy"):
            await self.proxy.close()


async def until(condition, patience: float):
    deadline = time.monotonic() + patience
    while not condition() and time.monotonic() < deadline:
        await asyncio.sleep(0.2)


def is_near(found, wanted) -> bool:
    if found is None or found[0] != wanted[0]:
        return False
    if None in (found[1], wanted[1]):
        return found[1] == wanted[1]
    return abs(found[1] - wanted[1]) < 1e-9 * wanted[1]


def postgres_programs() -> Path:
    """As Landfall looks for them, the newest."""
    if folder := os.environ.get("PG_BINDIR"):
        return Path(folder)
    if program := shutil.which("initdb"):
        return Path(program).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    if not found:
        raise Failure("there is no Postgres server: install Debian's package postgresql")
    return found[-1].parent
