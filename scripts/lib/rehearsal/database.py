"""A Postgres primary and its streaming standby."""

import asyncio
import secrets
import signal
import socket
from pathlib import Path

import psycopg

from .program import Failure, Program, database_user, run

# What Landfall connects as, and to.
ROLE = DATABASE = "landfall"


class Server:
    """One Postgres. Commits of a primary wait for its standby, as those of a database in two zones on RDS do."""

    def __init__(self, name: str, bin_dir: Path, folder: Path):
        self.name, self.bin_dir, self.folder = name, bin_dir, folder
        self.data = folder / name
        self.port = 0
        self.program: Program | None = None

    async def initialize(self):
        await run(
            *(
                self.bin_dir / "initdb",
                "--pgdata",
                self.data,
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
            ),
            *("--no-sync", "--auth-local=trust", "--auth-host=scram-sha-256"),
            user=database_user(),
        )

    async def copy_from(self, primary: "Server"):
        await run(
            *(self.bin_dir / "pg_basebackup", "--pgdata", self.data, "--write-recovery-conf", "--wal-method=stream"),
            *("--checkpoint=fast", "--no-sync", "--dbname", primary.admin_conninfo("")),
            user=database_user(),
        )

    async def start(self, *options: str):
        # Another program may take a port between its choice and its use.
        for _ in range(5):
            self.port = free_port()
            self.program = await Program.start(
                f"postgres ({self.name})",
                self.folder / f"{self.name}.log",
                *(self.bin_dir / "postgres", "-D", self.data, "-p", self.port, "-k", self.folder),
                *("-c", "listen_addresses=127.0.0.1", "-c", "max_connections=60", "-c", "shared_buffers=64MB"),
                *(argument for option in options for argument in ("-c", option)),
                user=database_user(),
            )
            if await self.answers():
                return
        raise Failure(f"{self.name} does not start:\n{self.program.tail()}")

    async def answers(self) -> bool:
        for _ in range(600):
            try:
                await self.query("SELECT 1", database="postgres")
                return True
            except psycopg.OperationalError:
                if not self.program.is_running:
                    return False
                await asyncio.sleep(0.1)
        return False

    def admin_conninfo(self, database: str = DATABASE) -> str:
        """For the superuser, through the Unix socket."""
        return f"host={self.folder} port={self.port} user=postgres dbname={database or 'postgres'} connect_timeout=5"

    async def query(self, sql: str, parameters=None, database: str = DATABASE) -> list[tuple]:
        connection = await psycopg.AsyncConnection.connect(self.admin_conninfo(database), autocommit=True)
        async with connection:
            cursor = await connection.execute(sql, parameters)
            return await cursor.fetchall() if cursor.description else []


class Database:
    """The pair, and who is the primary."""

    def __init__(self, bin_dir: Path, folder: Path):
        self.primary = Server("primary", bin_dir, folder)
        self.standby = Server("standby", bin_dir, folder)
        self.password = ""

    async def start(self):
        await self.primary.initialize()
        await self.primary.start()
        await self.primary.query(f"CREATE ROLE {ROLE} LOGIN", database="postgres")
        await self.set_password()
        await self.primary.query(f"CREATE DATABASE {DATABASE} OWNER {ROLE}", database="postgres")
        await self.standby.copy_from(self.primary)
        await self.standby.start()
        await self.until_streaming()
        await self.primary.query("ALTER SYSTEM SET synchronous_standby_names = '*'", database="postgres")
        await self.primary.query("SELECT pg_reload_conf()", database="postgres")

    async def until_streaming(self):
        for _ in range(300):
            if await self.primary.query("SELECT pid FROM pg_stat_replication WHERE state = 'streaming'"):
                return
            await asyncio.sleep(0.1)
        raise Failure(f"the standby does not follow the primary:\n{self.standby.program.tail()}")

    async def set_password(self):
        self.password = secrets.token_hex(16)
        await self.primary.query(f"ALTER ROLE {ROLE} PASSWORD '{self.password}'", database="postgres")

    async def end_sessions(self):
        await self.primary.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [ROLE])

    async def lose_primary(self):
        """All its processes end at once, in the middle of what they do: an immediate shutdown."""
        await self.primary.program.stop(signal.SIGQUIT)

    async def promote(self):
        await self.standby.query("SELECT pg_promote()", database="postgres")
        self.primary, self.standby = self.standby, self.primary


def free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return chosen.getsockname()[1]
