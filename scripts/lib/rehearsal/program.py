"""Processes that end with the rehearsal."""

import asyncio
import contextlib
import os
import signal
from pathlib import Path

# A process that does not stop by itself is killed after this time.
STOP_TIMEOUT = 60


class Failure(Exception):
    """The rehearsal cannot go on."""


class Program:
    """A running program; its output is in a file."""

    started: list["Program"] = []

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path):
        self.name, self.process, self.log = name, process, log

    @classmethod
    async def start(cls, name: str, log: Path, *command, user: str | None = None, env=None, **options) -> "Program":
        """Starts it in a process group of its own, so that Ctrl-C reaches the rehearsal alone."""
        # It must not outlive the rehearsal, even if that is killed.
        prefix = ["setpriv", "--pdeathsig", "KILL"]
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *prefix,
                *map(str, command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=env,
                start_new_session=True,
                **credentials(user),
                **options,
            )
        program = cls(name, process, log)
        cls.started.append(program)
        return program

    @property
    def is_running(self) -> bool:
        return self.process.returncode is None

    def send(self, number: signal.Signals):
        if self.is_running:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)

    def kill(self):
        self.send(signal.SIGKILL)

    async def stop(self, number: signal.Signals = signal.SIGTERM, patience: float = STOP_TIMEOUT) -> int:
        """Returns its exit code; -9 if it had to be killed."""
        self.send(number)
        try:
            async with asyncio.timeout(patience):
                return await self.process.wait()
        except TimeoutError:
            self.kill()
            return await self.process.wait()

    def tail(self, lines: int = 20) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    async def wait_for(self, read, what: str, patience: float = 60):
        """Waits until `read` of its output returns something."""
        try:
            async with asyncio.timeout(patience):
                while (value := read(self.log.read_text(errors="replace"))) is None:
                    if not self.is_running:
                        break
                    await asyncio.sleep(0.05)
                else:
                    return value
        except TimeoutError:
            pass
        raise Failure(f"{self.name}: {what} did not come; its output ends with\n{self.tail()}")

    @classmethod
    async def end_all(cls):
        # To Postgres, this is a fast shutdown.
        await asyncio.gather(*(program.stop(signal.SIGINT, patience=10) for program in cls.started))


async def run(*command, user: str | None = None, env=None) -> str:
    """Runs a program to its end; fails if it does."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=env,
        start_new_session=True,
        **credentials(user),
    )
    try:
        output, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise Failure(f"{command[0]} ended with {process.returncode}: {(errors or output).decode(errors='replace')}")
    return output.decode()


def credentials(user: str | None) -> dict:
    return {} if user is None else {"user": user, "group": user, "extra_groups": []}


def database_user() -> str | None:
    """Postgres refuses to run as root."""
    return "postgres" if os.geteuid() == 0 else None
