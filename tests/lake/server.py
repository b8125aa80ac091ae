"""A Postgres of the tests' own, which Spark can reach: over TCP on loopback, with passwords."""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import psycopg

ROLE = DATABASE = "landfall"
READER = "landfall_reader"


class Server:
    def __init__(self, folder: Path):
        self.folder = folder / "postgres"
        self.programs = programs()
        self.password = secrets.token_hex(16)
        self.port = free_port()
        self.process = None

    @property
    def url(self) -> str:
        return self.url_of(ROLE)

    @property
    def reader_url(self) -> str:
        """Of a role that may only read."""
        return self.url_of(READER)

    def url_of(self, role: str) -> str:
        return f"postgresql://{role}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def admin_url(self) -> str:
        return f"postgresql://postgres@/{DATABASE}?host={self.folder}&port={self.port}"

    def __enter__(self):
        self.folder.mkdir()
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        data = self.folder / "data"
        # Sorts as Spark does, by code point.
        initdb = [
            self.programs / "initdb",
            "--pgdata",
            data,
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ]
        self.run(*initdb, "--no-sync", "--auth-local=trust", "--auth-host=scram-sha-256")
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [
                    self.programs / "postgres",
                    "-D",
                    data,
                    "-p",
                    str(self.port),
                    "-k",
                    self.folder,
                    "-c",
                    "listen_addresses=127.0.0.1",
                ]
                + ["-c", "fsync=off", "-c", "shared_buffers=256MB", "-c", "max_wal_size=4GB", "-c", "timezone=UTC"],
                stdout=log,
                stderr=log,
                start_new_session=True,
                **user(),
            )
        with self.until_it_answers() as connection:
            for role in (ROLE, READER):
                connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{self.password}'")
            connection.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")
        return self

    def __exit__(self, *_):
        # Does not wait until those who are connected leave.
        self.process.send_signal(signal.SIGINT)
        self.process.wait()

    def run(self, *command):
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **user())
        if done.returncode:
            raise SystemExit(f"{command[0]} failed: {done.stdout}{done.stderr}")

    def until_it_answers(self) -> psycopg.Connection:
        for _ in range(300):
            try:
                return psycopg.connect(
                    f"host={self.folder} port={self.port} user=postgres dbname=postgres", autocommit=True
                )
            except psycopg.OperationalError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise SystemExit(f"Postgres does not start:\n{(self.folder / 'log').read_text()}")

    def connect(self, url: str | None = None) -> psycopg.Connection:
        return psycopg.connect(url or self.url, autocommit=True)

    def create_database(self, name: str):
        with psycopg.connect(
            f"host={self.folder} port={self.port} user=postgres dbname=postgres", autocommit=True
        ) as connection:
            connection.execute(f"CREATE DATABASE {name} OWNER {ROLE}")


def user() -> dict:
    """Postgres refuses to run as root."""
    if os.geteuid():
        return {}
    account = pwd.getpwnam("postgres")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "cwd": "/"}


def programs() -> Path:
    """Where Postgres' programs are."""
    if named := os.environ.get("PG_BINDIR"):
        return Path(named)
    if found := shutil.which("initdb"):
        return Path(found).parent
    for pattern in ("usr/lib/postgresql/*/bin", "opt/homebrew/opt/postgresql@*/bin", "usr/local/opt/postgresql@*/bin"):
        if folders := sorted(Path("/").glob(pattern)):
            return folders[-1]
    raise SystemExit("there is no Postgres server: PG_BINDIR names the folder of its programs")


def free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return chosen.getsockname()[1]
