"""Reads the Server-Sent Events of a request as a client does, to the end or for a while."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession

from tests.support.waiting import HANGS_SECONDS


@dataclass(frozen=True)
class StreamedEvent:
    """One received event."""

    id: str
    name: str
    data: dict[str, Any]


async def follow(
    http: ClientSession, url: str, *, last: str | None = None, seconds: float = HANGS_SECONDS
) -> AsyncGenerator[StreamedEvent, None]:
    """The events at `url` until the server ends the stream; `last` is the Last-Event-ID."""
    headers = {"Accept": "text/event-stream"} | ({} if last is None else {"Last-Event-ID": last})
    async with asyncio.timeout(seconds), http.get(url, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        assert answer.content_type == "text/event-stream"
        fields: dict[str, str] = {}
        async for line in answer.content:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                fields[name] = value
            elif "event" in fields:
                yield StreamedEvent(fields["id"], fields["event"], json.loads(fields["data"]))
                fields = {}


async def followed(
    http: ClientSession, url: str, *, last: str | None = None
) -> list[StreamedEvent]:
    """All events at `url` until the server ends the stream."""
    return [event async for event in follow(http, url, last=last)]
