"""A relay that delays what passes, since kernels may lack `tc netem`."""

from __future__ import annotations

import asyncio
import contextlib

from tests.hosts.network import CLIENTS

CHUNK_BYTES = 65_536


class SlowRelay:
    """Passes bytes on both ways, `seconds` late."""

    def __init__(self, host: str, port: int) -> None:
        self._behind = host, port
        self._tasks: set[asyncio.Task[None]] = set()
        self.seconds = 0.0
        self.port = 0

    async def start(self) -> None:
        """Listen on a free port of the clients' host."""
        self._server = await asyncio.start_server(self._serve, CLIENTS, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """End all connections."""
        self._server.close()
        for task in [*self._tasks]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        writers = [writer]
        try:
            behind, server = await asyncio.open_connection(*self._behind)
            writers.append(server)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass_on(reader, server))
                both.create_task(self._pass_on(behind, writer))
        except* (OSError, asyncio.CancelledError):
            pass  # the end of the run, or of a connection
        finally:
            for each in writers:
                each.transport.abort()
            self._tasks.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(CHUNK_BYTES):
                if self.seconds:
                    await asyncio.sleep(self.seconds)  # the fault itself
                writer.write(data)
                await writer.drain()
        raise ConnectionAbortedError  # ends the other way as well
