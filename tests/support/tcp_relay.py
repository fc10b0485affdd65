"""A relay in front of a TCP server that loses what a test wants it to lose."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Literal

Fault = Literal["cut before", "cut after", "freeze"]
CHUNK_BYTES = 65_536


class TcpRelay:
    """Passes bytes on both ways, until what a client sends contains `word`.

    Then, once: `cut before` ends the connection instead of passing it on, `cut after` passes it on
    and ends the connection with the answer, `freeze` passes on nothing more of this connection.
    """

    def __init__(self, port: int) -> None:
        self._behind = port
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.word = b""
        self.fault: Fault | None = None
        self.happened = asyncio.Event()

    def lose(self, word: bytes, fault: Fault) -> None:
        """Make the fault happen at the next message with this word."""
        self.word, self.fault = word, fault
        self.happened.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Relay one connection."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        writers = [writer]
        try:
            from_server, server = await asyncio.open_connection("127.0.0.1", self._behind)
            writers.append(server)
            frozen, cut = asyncio.Event(), asyncio.Event()
            async with asyncio.TaskGroup() as both:
                both.create_task(self._to_server(reader, server, frozen, cut))
                both.create_task(_to_client(from_server, writer, frozen, cut))
        except* ConnectionError:
            pass
        finally:
            for each in writers:
                each.close()
                with contextlib.suppress(ConnectionError):
                    await each.wait_closed()
            self._tasks.discard(task)

    async def _to_server(
        self,
        reader: asyncio.StreamReader,
        server: asyncio.StreamWriter,
        frozen: asyncio.Event,
        cut: asyncio.Event,
    ) -> None:
        while data := await reader.read(CHUNK_BYTES):
            fault = self.fault if self.word in data else None
            if fault is not None:
                self.fault = None
                self.happened.set()
            if fault == "freeze":
                frozen.set()
            if frozen.is_set():
                continue
            if fault == "cut before":
                raise ConnectionAbortedError
            if fault == "cut after":
                cut.set()
            server.write(data)
        server.close()

    async def close(self) -> None:
        """End all connections."""
        for task in [*self._tasks]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _to_client(
    server: asyncio.StreamReader,
    client: asyncio.StreamWriter,
    frozen: asyncio.Event,
    cut: asyncio.Event,
) -> None:
    while data := await server.read(CHUNK_BYTES):
        if cut.is_set():
            raise ConnectionAbortedError
        if not frozen.is_set():
            client.write(data)
    client.close()


@contextlib.asynccontextmanager
async def tcp_relay(port: int, at: int = 0) -> AsyncIterator[TcpRelay]:
    """A relay to this port of this machine, at a port of its own or at this one."""
    relay = TcpRelay(port)
    server = await asyncio.start_server(relay.serve, "127.0.0.1", at)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        await relay.close()
