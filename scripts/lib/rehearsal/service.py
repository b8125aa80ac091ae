"""What ECS does for a service: keeps its tasks running and registered with the balancer, and replaces them."""

import asyncio
import contextlib
import json
import os
import signal
from pathlib import Path

import aiohttp

from .balancer import Balancer
from .program import Failure, Program

# How long a new task may take until it is ready.
START_TIMEOUT = 120


class Task:
    def __init__(self, name: str, program: Program, address: str | None):
        self.name, self.program, self.address = name, program, address
        # Its end is wanted.
        self.is_leaving = False


class Service:
    """Tasks of one command."""

    def __init__(
        self, name: str, folder: Path, environment, report, notice: float, replacement: float, balancer: Balancer | None
    ):
        """The name is that of the command, too."""
        self.name, self.folder, self.environment, self.report = name, folder, environment, report
        self.notice, self.replacement, self.balancer = notice, replacement, balancer
        self.tasks: list[Task] = []
        self.number = 0
        # Exit codes of those that were told to stop.
        self.stopped: list[int] = []
        self.watchers: set[asyncio.Task] = set()

    async def scale(self, count: int, binary: Path):
        self.binary = binary
        await asyncio.gather(*(self.add() for _ in range(count)))

    async def add(self) -> Task:
        """Starts a task, waits until it is ready, and registers it."""
        self.number += 1
        name = f"{self.name}-{self.number}"
        environment = clean_environment() | await self.environment(name)
        program = await Program.start(name, self.folder / f"{name}.log", self.binary, self.name, env=environment)
        task = Task(name, program, None)
        if self.balancer is not None:
            task.address = await program.wait_for(address_in, "its address", START_TIMEOUT)
            await until_ready(task)
            await self.balancer.register(task.address)
        self.tasks.append(task)
        watcher = asyncio.create_task(self.watch(task))
        self.watchers.add(watcher)
        watcher.add_done_callback(self.watchers.discard)
        return task

    async def watch(self, task: Task):
        """Replaces it if it ends by itself, for as long as it takes."""
        code = await task.program.process.wait()
        if task.is_leaving:
            return
        self.tasks.remove(task)
        self.report(f"{task.name} ended with {code}")
        await self.deregister(task, self.notice)
        await asyncio.sleep(self.replacement)
        while True:
            try:
                successor = await self.add()
                self.report(f"{successor.name} runs in place of {task.name}")
                return
            except Failure as failure:
                # As ECS does; what is wrong is in the log of the program.
                self.report(f"a task of {self.name} did not start: {str(failure).splitlines()[-1]}")
                await asyncio.sleep(self.replacement)

    async def deploy(self, binary: Path, deregistration: float):
        """A rolling deploy: for each task, another one first."""
        self.binary = binary
        for task in list(self.tasks):
            successor = await self.add()
            self.report(f"{successor.name} is ready, {task.name} is stopped")
            await self.stop(task, deregistration)

    async def stop(self, task: Task, deregistration: float):
        """The balancer is told first, and takes a while to notice everywhere."""
        task.is_leaving = True
        self.tasks.remove(task)
        deregistered = asyncio.create_task(self.deregister(task, deregistration))
        code = await task.program.stop(signal.SIGTERM, patience=120)
        self.stopped.append(code)
        await deregistered
        if code != 0:
            self.report(f"{task.name} was stopped and ended with {code}:\n{task.program.tail(5)}")

    async def deregister(self, task: Task, deregistration: float):
        if task.address:
            await asyncio.sleep(deregistration)
            await self.balancer.deregister(task.address)

    def forget(self):
        """Replaces nothing any more."""
        for watcher in list(self.watchers):
            watcher.cancel()

    async def end(self):
        self.forget()
        await asyncio.gather(*(self.stop(task, 0) for task in list(self.tasks)))


def clean_environment() -> dict[str, str]:
    """Without what this machine's user has set for Landfall, Postgres and AWS."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LANDFALL_", "PG", "AWS_", "DATABASE_URL"))
    }


def address_in(log: str) -> str | None:
    for line in log.splitlines():
        with contextlib.suppress(ValueError):
            if address := json.loads(line).get("address"):
                return address
    return None


async def until_ready(task: Task):
    try:
        async with asyncio.timeout(START_TIMEOUT), aiohttp.ClientSession() as session:
            while task.program.is_running:
                with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                    async with session.get(f"http://{task.address}/readyz", timeout=aiohttp.ClientTimeout(5)) as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.1)
    except TimeoutError:
        task.program.kill()
    raise Failure(f"{task.name} does not get ready:\n{task.program.tail(5)}")
