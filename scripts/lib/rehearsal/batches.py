"""A sender of freight batches, which repeats each until it is acknowledged."""

import asyncio
import time
from collections import Counter
from datetime import date, timedelta

import aiohttp

from .load import TIMEOUT, Answer, describe

PAUSE = 1
FIRST_DAY = date(2030, 1, 1)

Price = tuple[str, str, date, int]


class Sender:
    def __init__(self, url: str, token: str, interval: float, prices: int):
        self.url, self.token, self.interval, self.prices = url, token, interval, prices
        self.sent: dict[str, list[Price]] = {}
        self.acknowledged: set[str] = set()
        self.answers: list[Answer] = []
        # When the request that has no answer yet began.
        self.began: float | None = None
        self.is_stopping = asyncio.Event()

    async def run(self):
        """Until it is told to stop; then the last batch is finished."""
        # As readers do.
        connector = aiohttp.TCPConnector(force_close=True)
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            while not self.is_stopping.is_set():
                key = f"rehearsal-{len(self.sent)}"
                self.sent[key] = self.batch(len(self.sent))
                await self.deliver(session, key)
                await asyncio.sleep(self.interval)

    def batch(self, number: int) -> list[Price]:
        """No two batches have a price in common, so that it shows which was stored twice."""
        day = FIRST_DAY + timedelta(days=number)
        return [("CNGGZ", "EETLL", day, number * self.prices + index) for index in range(self.prices)]

    async def deliver(self, session: aiohttp.ClientSession, key: str):
        text = "orig_code,dest_code,day,price\n" + "".join(
            f"{origin},{destination},{day},{price}\n" for origin, destination, day, price in self.sent[key]
        )
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "text/csv", "Idempotency-Key": key}
        while True:
            self.began = began = time.monotonic()
            try:
                async with session.post(f"{self.url}/rates/batches", data=text, headers=headers) as response:
                    status, answer = response.status, await describe(response)
            except TimeoutError:
                status, answer = 0, f"none in {TIMEOUT} s"
            except aiohttp.ClientError as error:
                status, answer = 0, f"{type(error).__name__}: {error}"
            # 429 asks to come back later: nothing is lost.
            fault = None if status in (201, 429) else answer
            self.began = None
            self.answers.append(Answer("/rates/batches", began, time.monotonic(), fault))
            if status == 201:
                self.acknowledged.add(key)
                return
            if 400 <= status < 500 and status != 429:
                # Repeating it would change nothing.
                return
            await asyncio.sleep(PAUSE)

    def expected(self) -> Counter[Price]:
        """The prices of all batches that were acknowledged."""
        return Counter(price for key in self.acknowledged for price in self.sent[key])

    def unacknowledged(self) -> Counter[Price]:
        """Those that may have been stored, or not."""
        return Counter(price for key in self.sent.keys() - self.acknowledged for price in self.sent[key])
