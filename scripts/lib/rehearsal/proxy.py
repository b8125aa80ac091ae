"""What RDS' name is to clients: an address behind which the database may change, or vanish."""

import asyncio
import contextlib
import ctypes
import socket
import struct
from collections.abc import Callable

# Linux' numbers, which Python does not have.
SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27
# Bytes of a client in one connection.
LONG = 200_000


class Proxy:
    """Forwards connections to a database; has an address for each client, so that it knows whose they are."""

    def __init__(self, port: int):
        self.port = port
        self.is_silent = False
        self.speaks = asyncio.Event()
        self.speaks.set()
        self.listeners: list[asyncio.Server] = []
        self.connections: set[Connection] = set()
        # What to do about the first client that is sending rows.
        self.trap: Callable[[str], None] | None = None

    async def listen(self, client: str) -> int:
        """Returns a port for this client."""
        server = await asyncio.start_server(lambda *streams: self.forward(client, *streams), "127.0.0.1", 0)
        self.listeners.append(server)
        for listener in server.sockets:
            silence(listener, self.is_silent)
        return server.sockets[0].getsockname()[1]

    async def forward(self, client: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        connection = Connection(client, writer)
        self.connections.add(connection)
        try:
            upstream, upstream_writer = await asyncio.open_connection("127.0.0.1", self.port)
            connection.upstream = upstream_writer
            connection.silence(self.is_silent)
            both = {
                asyncio.create_task(self.copy(reader, upstream_writer, connection)),
                asyncio.create_task(self.copy(upstream, writer, None)),
            }
            # When one side closes, the other is told: Postgres and libpq never close one direction alone.
            _, other = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for task in other:
                task.cancel()
        except OSError:
            pass
        finally:
            self.connections.discard(connection)
            connection.close()

    async def copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sender: "Connection | None"):
        try:
            while data := await reader.read(1 << 16):
                if sender and self.trap and sender.is_sending_rows(len(data)):
                    trap, self.trap = self.trap, None
                    trap(sender.client)
                await self.speaks.wait()
                writer.write(data)
                await writer.drain()
            await self.speaks.wait()
        except OSError:
            pass

    async def catch(self, clients: set[str], action: Callable[[str], None]) -> str:
        """Does something to the first of these clients that is sending rows, at that very moment."""
        caught = asyncio.get_running_loop().create_future()

        def trap(client: str):
            if client in clients and not caught.done():
                action(client)
                caught.set_result(client)
            else:
                self.trap = trap

        for connection in self.connections:
            connection.sent = 0
        self.trap = trap
        return await caught

    def switch(self, port: int):
        """Later connections go there; those there are stay, as with a name that changes."""
        self.port = port

    def cut(self):
        """Closes all connections at once."""
        for connection in list(self.connections):
            connection.close()

    def go_silent(self):
        self.set_silent(True)

    def speak(self):
        self.set_silent(False)
        # Who gave up meanwhile could tell nobody; the other side would be kept waiting.
        for connection in self.connections:
            connection.probe()

    def set_silent(self, is_silent: bool):
        """What either side sends is lost: nothing acknowledges it, and the side repeats it until it gives up."""
        self.is_silent = is_silent
        (self.speaks.clear if is_silent else self.speaks.set)()
        for server in self.listeners:
            for listener in server.sockets:
                silence(listener, is_silent)
        for connection in self.connections:
            connection.silence(is_silent)

    async def close(self):
        for server in self.listeners:
            server.close()
        self.cut()


class Connection:
    def __init__(self, client: str, writer: asyncio.StreamWriter):
        self.client, self.writer = client, writer
        self.upstream: asyncio.StreamWriter | None = None
        # Bytes.
        self.sent = 0

    def is_sending_rows(self, size: int) -> bool:
        """Nothing else is as long."""
        self.sent += size
        return self.sent > LONG

    def silence(self, is_silent: bool):
        for writer in (self.writer, self.upstream):
            if writer is not None:
                silence(writer.get_extra_info("socket"), is_silent)

    def probe(self):
        """Asks both sides every second whether they are still there."""
        for writer in (self.writer, self.upstream):
            if writer is not None:
                connection = writer.get_extra_info("socket")
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL):
                    connection.setsockopt(socket.IPPROTO_TCP, option, 1)

    def close(self):
        for writer in (self.writer, self.upstream):
            if writer is not None:
                writer.transport.abort()


def silence(connection: socket.socket, is_silent: bool):
    """Lets the kernel drop every packet to this socket before TCP sees it.

    A program that merely does not read would still acknowledge what it is sent.
    """
    number = connection.fileno()
    if number < 0:
        return
    with socket.socket(fileno=socket.dup(number)) as same:
        if is_silent:
            # One instruction: return 0, the number of bytes to keep.
            program = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
            same.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", 1, ctypes.addressof(program)))
        else:
            # It may have none.
            with contextlib.suppress(FileNotFoundError):
                same.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)


def can_silence() -> bool:
    """Some kernels let root alone drop packets, even those to its own sockets."""
    with socket.socket() as any_socket:
        try:
            silence(any_socket, True)
        except PermissionError:
            return False
        return True
