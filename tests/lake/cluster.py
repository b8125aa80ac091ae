"""A standalone cluster of Spark on loopback: a master, and workers with a core each."""

import os
import socket
import subprocess
import time
from pathlib import Path

import pyspark

from .server import free_port

HOME = Path(pyspark.__file__).parent


class Cluster:
    def __init__(self, folder: Path, memory: str):
        self.folder, self.memory = folder / "cluster", memory
        self.port = free_port()
        self.master, self.workers = None, []
        # The scripts of Spark look for it, and its programs are to listen on loopback only.
        self.environment = os.environ | {
            "SPARK_HOME": str(HOME),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_NO_DAEMONIZE": "1",
        }

    @property
    def url(self) -> str:
        return f"spark://127.0.0.1:{self.port}"

    def __enter__(self):
        self.folder.mkdir()
        self.master = self.start(
            "master", "Master", "--host", "127.0.0.1", "--port", self.port, "--webui-port", free_port()
        )
        self.until(lambda: listens(self.port), "the master listens")
        return self

    def add_worker(self):
        name = f"worker{len(self.workers) + 1}"
        options = [
            "--host",
            "127.0.0.1",
            "--cores",
            1,
            "--memory",
            self.memory,
            "--webui-port",
            free_port(),
            "-d",
            self.folder / name,
        ]
        self.workers.append(self.start(name, "Worker", *options, self.url))
        self.until(lambda: "Successfully registered" in (self.folder / f"{name}.log").read_text(), f"{name} registers")

    def start(self, name: str, kind: str, *options):
        (self.folder / name).mkdir(exist_ok=True)
        with (self.folder / f"{name}.log").open("wb") as log:
            command = [HOME / "bin" / "spark-class", f"org.apache.spark.deploy.{kind.lower()}.{kind}", *options]
            return subprocess.Popen(
                list(map(str, command)), stdout=log, stderr=log, env=self.environment, cwd=self.folder
            )

    def until(self, is_so, what: str):
        for _ in range(600):
            if is_so():
                return
            time.sleep(0.1)
        raise SystemExit(f"after a minute, it is not so that {what}: see {self.folder}")

    def pids(self) -> tuple[int, ...]:
        return tuple(worker.pid for worker in self.workers)

    def __exit__(self, *_):
        for process in (*self.workers, self.master):
            process.terminate()
            process.wait()


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
