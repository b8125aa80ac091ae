"""HAProxy, set as an Application Load Balancer is."""

import asyncio
import shutil
import socket
from pathlib import Path

from .program import Failure, Program

# More than servers there ever are at once.
SLOTS = 6

# As the target group: no request is repeated on another target; idle connections are kept for 60 s, to be used for any
# client; /readyz is checked every 15 s, and 10 failures in a row take a target out. Where no target is healthy, all get
# requests, which is what the second backend is for.
CONFIG = """
global
    stats socket {socket} mode 600 level admin
    log stderr format raw local0 notice
defaults
    mode http
    retries 0
    timeout connect 10s
    timeout client 60s
    timeout server 60s
    timeout http-keep-alive 60s
    timeout check 5s
    http-reuse always
    option http-keep-alive
frontend clients
    bind fd@{descriptor}
    use_backend unhealthy if {{ nbsrv(targets) eq 0 }}
    default_backend targets
backend targets
    balance roundrobin
    option httpchk GET /readyz
    http-check expect status 200
    default-server inter 15s fall 10 rise 2 pool-purge-delay 60s
    server-template target {slots} 127.0.0.1:1 check disabled
backend unhealthy
    balance roundrobin
    server-template target {slots} 127.0.0.1:1 disabled
"""


class Balancer:
    def __init__(self, folder: Path):
        self.folder = folder
        self.free = [f"target{number}" for number in range(1, SLOTS + 1)]
        # Of each registered address, its slot.
        self.slots: dict[str, str] = {}

    async def start(self):
        # Users other than root rarely have that folder in PATH.
        program = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
        if program is None:
            raise Failure("haproxy is missing: install Debian's package of that name")
        self.socket = self.folder / "haproxy.sock"
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", 0))
            listener.listen(1024)
            self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            config = self.folder / "haproxy.cfg"
            config.write_text(CONFIG.format(socket=self.socket, descriptor=listener.fileno(), slots=SLOTS))
            self.program = await Program.start(
                *("balancer", self.folder / "haproxy.log", program, "-db", "-f", config),
                pass_fds=[listener.fileno()],
            )
        for _ in range(100):
            if self.socket.exists():
                return
            await asyncio.sleep(0.1)
        raise Failure(f"haproxy does not start:\n{self.program.tail()}")

    async def register(self, address: str):
        """For a server that is ready."""
        slot = self.free.pop(0)
        self.slots[address] = slot
        host, port = address.rsplit(":", 1)
        for backend in ("targets", "unhealthy"):
            await self.command(f"set server {backend}/{slot} addr {host} port {port}")
            await self.command(f"set server {backend}/{slot} state ready")
        await self.command(f"set server targets/{slot} health up")

    async def deregister(self, address: str):
        """No request is sent to it any more; those in flight are finished."""
        slot = self.slots.pop(address, None)
        if slot is None:
            return
        for backend in ("targets", "unhealthy"):
            await self.command(f"set server {backend}/{slot} state maint")
        # Last in the line: its last requests may still be in flight.
        self.free.append(slot)

    async def command(self, text: str) -> str:
        reader, writer = await asyncio.open_unix_connection(str(self.socket))
        try:
            writer.write(text.encode() + b"\n")
            answer = (await reader.read()).decode().strip()
        finally:
            writer.close()
        # An address that changes is reported, and is no error.
        if answer and "changed" not in answer and "no need" not in answer:
            raise Failure(f"haproxy, {text}: {answer}")
        return answer
