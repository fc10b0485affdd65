"""A minimal Redis client: hiredis for the format, an asyncio protocol for the transport."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import unquote

import hiredis

Command = tuple[str | bytes | int, ...]


class Wire(asyncio.Protocol):
    """One connection to a Unix socket: calls are answered in order, each in one write."""

    @classmethod
    async def to(cls, url: str) -> Wire:
        """Connect to `unix://…`."""
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_unix_connection(cls, unquote(url.removeprefix("unix://")))
        return wire

    def __init__(self) -> None:
        self._reader = hiredis.Reader()
        self._waiting: deque[tuple[asyncio.Future[list[Any]], int, list[Any]]] = deque()
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def call(self, commands: Sequence[Command]) -> asyncio.Future[list[Any]]:
        """A future of the replies; it fails with the first error among them."""
        self._transport.write(b"".join([hiredis.pack_command(c) for c in commands]))  # type: ignore[arg-type] # its stub knows no mixed tuples
        reply: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self._waiting.append((reply, len(commands), []))
        return reply

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        while self._waiting:
            reply, wanted, got = self._waiting[0]
            while len(got) < wanted:
                value = self._reader.gets()
                if value is False:
                    return
                got.append(value)
            self._waiting.popleft()
            errors = [value for value in got if isinstance(value, hiredis.ReplyError)]
            if reply.done():
                continue
            if errors:
                reply.set_exception(errors[0])
            else:
                reply.set_result(got)


def entries(reply: Any) -> list[tuple[bytes, list[bytes]]]:
    """The entries of an XREADGROUP of one stream: id, and fields and values in turn."""
    return [(entry, fields) for entry, fields in reply[0][1]] if reply else []


def finish(stream: str, ids: Sequence[bytes], adds: Sequence[Command] = ()) -> list[Command]:
    """Send messages and remove the handled entries from their stream, in one step."""
    done: list[Command] = [("XACK", stream, "g", *ids), ("XDEL", stream, *ids)]
    return [("MULTI",), *adds, *done, ("EXEC",)]


def read(stream: str, consumer: str, count: int) -> Command:
    """Read the next entries, waiting up to a second for some."""
    group = ("XREADGROUP", "GROUP", "g", consumer)
    return (*group, "COUNT", count, "BLOCK", 1000, "STREAMS", stream, ">")


def make_group(stream: str) -> list[Command]:
    """An empty stream with its group."""
    return [("DEL", stream), ("XGROUP", "CREATE", stream, "g", "0", "MKSTREAM")]
