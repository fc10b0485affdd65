"""HTTP as bytes on a socket, also for malformed requests."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.support.waiting import HANGS_SECONDS


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


async def send(url: str, data: bytes) -> Answer:
    """Send these bytes; returns the first answer that is not "100 Continue"."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        writer.write(data)
        async with asyncio.timeout(HANGS_SECONDS):
            answer = await read_answer(reader)
            while answer.status == 100:
                answer = await read_answer(reader)
            return answer
    finally:
        writer.close()


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    """The next answer on a connection."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    size = int(headers.get("content-length", "0"))
    return Answer(int(first.split()[1]), headers, await reader.readexactly(size))


def request(
    path: str | bytes = "/content",
    body: bytes = b"",
    *,
    method: str = "POST",
    **headers: str,
) -> bytes:
    """A request as bytes; `content_type="text/plain"` becomes `content-type: text/plain`."""
    fields = {"host": "localhost", "connection": "close", "content-length": str(len(body))}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    target = path.encode() if isinstance(path, str) else path
    lines = [f"{name}: {value}".encode("latin-1") for name, value in fields.items() if value]
    return b"\r\n".join([method.encode() + b" " + target + b" HTTP/1.1", *lines, b"", body])
