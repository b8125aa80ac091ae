"""What happens to the system, one after the other."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from .program import Failure
from .proxy import can_silence
from .system import System

# How long to look for a follower that is in the middle of landing a dump.
LANDING_LIMIT = 60
# How long a process may go on with a password that is refused.
PASSWORD_LIMIT = 60
# How long to wait until the queue is empty, for a moment.
REDELIVERY_LIMIT = 30


@dataclass(frozen=True)
class Fault:
    name: str
    cause: Callable[[System], Awaitable[None]]
    # Whether a client may notice it.
    may_lose_answers: bool = True
    is_possible: Callable[[], bool] = lambda: True


async def nothing(_: System):
    """How the system behaves without faults."""


async def deploy(system: System):
    """As scripts/deploy does: migrate, then one task after another."""
    await system.command(system.new, "migrate")
    deregistration = system.settings.deregistration
    await asyncio.gather(
        system.servers.deploy(system.new, deregistration), system.followers.deploy(system.new, deregistration)
    )


async def kill_server(system: System):
    task = system.servers.tasks[0]
    system.report(f"{task.name} is killed")
    task.program.kill()
    await task.program.process.wait()


async def kill_follower(system: System):
    tasks = {task.name: task for task in system.followers.tasks}
    name = await catch_landing(system, lambda name: tasks[name].program.kill())
    system.report(f"{name} was killed while it sent rows")
    await tasks[name].program.process.wait()


async def catch_landing(system: System, action: Callable[[str], None]) -> str:
    """Does something while a follower is sending rows: then nobody but TCP can tell the database that it is gone."""
    followers = {task.name for task in system.followers.tasks}
    catching = asyncio.create_task(system.proxy.catch(followers, action))
    await system.dumps.deliver(system.dumps.large.pop(0))
    try:
        async with asyncio.timeout(LANDING_LIMIT):
            return await catching
    except TimeoutError as error:
        raise Failure("no follower landed a large dump") from error


async def fail_over(system: System):
    database, proxy = system.database, system.proxy
    system.report("the primary is lost")
    await database.lose_primary()
    await asyncio.sleep(system.settings.promotion)
    await database.promote()
    proxy.switch(database.primary.port)
    system.report("the standby is the primary")


async def rotate_password(system: System):
    """And closes all sessions: otherwise the old password would only be refused at the next connection."""
    tasks = [*system.servers.tasks, *system.followers.tasks]
    await system.database.set_password()
    await system.database.end_sessions()
    deadline = time.monotonic() + PASSWORD_LIMIT
    while any(task.program.is_running for task in tasks) and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    for task in tasks:
        if task.program.is_running:
            system.stuck.append(task.name)
            system.report(f"{task.name} goes on with the old password, and is killed")
            task.program.kill()


async def silence_database(system: System):
    """The network loses all packets to and from the database."""
    name = await catch_landing(system, lambda _: system.proxy.go_silent())
    system.report(f"nothing gets through to the database; {name} is sending rows")
    try:
        await asyncio.sleep(system.settings.silence)
    finally:
        system.proxy.speak()
    system.report("everything gets through again")


async def redeliver(system: System):
    """Twice, so that both followers have the same dump in hand."""
    await system.cloud.send_again(2)
    deadline = time.monotonic() + REDELIVERY_LIMIT
    while await system.cloud.messages(system.cloud.queue) and time.monotonic() < deadline:
        await asyncio.sleep(0.5)


FAULTS = [
    Fault("no fault", nothing, may_lose_answers=False),
    Fault("rolling deploy", deploy, may_lose_answers=False),
    Fault("a server is killed", kill_server),
    Fault("a follower is killed while it lands a dump", kill_follower, may_lose_answers=False),
    Fault("failover of the database", fail_over),
    Fault("rotation of the password", rotate_password),
    Fault("the database is silent", silence_database, is_possible=can_silence),
    Fault("the queue delivers everything again", redeliver, may_lose_answers=False),
]
