"""Readers: so many requests a second, whatever becomes of the ones before."""

import asyncio
import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp

# Longer than a server takes for any response.
TIMEOUT = 40


@dataclass(frozen=True)
class Answer:
    """Times are those of time.monotonic()."""

    route: str
    began: float
    ended: float
    # Why it is not a good one.
    fault: str | None


@dataclass(frozen=True)
class Question:
    route: str
    parameters: dict[str, str]
    # Whether an answer of status 200 is right.
    is_right: Callable[[dict], bool]


class Load:
    def __init__(self, url: str, questions: list[Question], rate: float):
        self.url, self.rate = url, rate
        self.questions = itertools.cycle(questions)
        self.answers: list[Answer] = []
        # When each request that has no answer yet began.
        self.asking: dict[asyncio.Task, float] = {}
        self.is_stopping = asyncio.Event()

    async def run(self):
        """Until it is told to stop; then what was asked is waited for, because it counts."""
        # A connection for each request: a client that repeats what failed on an old connection would hide it.
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            due = time.monotonic()
            while not self.is_stopping.is_set():
                task = asyncio.create_task(self.ask(session, next(self.questions)))
                self.asking[task] = time.monotonic()
                task.add_done_callback(self.asking.pop)
                due += 1 / self.rate
                await asyncio.sleep(max(0, due - time.monotonic()))
            await asyncio.gather(*self.asking)

    async def ask(self, session: aiohttp.ClientSession, question: Question):
        began = time.monotonic()
        fault = None
        try:
            async with session.get(f"{self.url}{question.route}?{urlencode(question.parameters)}") as response:
                if response.status != 200:
                    fault = await describe(response)
                elif not question.is_right(await response.json()):
                    fault = "wrong"
        except TimeoutError:
            fault = f"none in {TIMEOUT} s"
        except (LookupError, TypeError):
            fault = "wrong"
        except (aiohttp.ClientError, ValueError) as error:
            fault = f"{type(error).__name__}: {error}"
        self.answers.append(Answer(question.route, began, time.monotonic(), fault))


async def describe(response: aiohttp.ClientResponse) -> str:
    """Landfall's errors have a detail; the others are the balancer's."""
    text = await response.text()
    if response.content_type == "application/problem+json":
        text = json.loads(text)["detail"]
        return f"{response.status} {text}"
    return f"{response.status} from the balancer"


def longest_gap(answers: list[Answer], begin: float, end: float) -> float:
    """The longest time without a good answer."""
    good = sorted(answer.ended for answer in answers if answer.fault is None and begin <= answer.ended <= end)
    return max(later - earlier for earlier, later in itertools.pairwise([begin, *good, end]))
