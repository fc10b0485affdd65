"""The listeners of a chaos run: they follow requests and reconnect whenever they are cut off."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Self

from aiohttp import ClientError, ClientSession, web
from aiohttp.test_utils import TestServer

from tests.support.streaming import StreamedEvent, follow

RECONNECT_SECONDS = 0.05  # until a listener that was cut off connects again, as a client waits
ENDS = {"completed", "failed", "cancelled", "expired"}


class Listener:
    """Follows one request through any process that is up, and keeps every event."""

    def __init__(self, id_: str, http: ClientSession, url: Callable[[], str]) -> None:
        self.id = id_
        self.events: list[StreamedEvent] = []
        self.cut_off = 0
        self._resumed: set[int] = set()
        """How many events it had when it connected again."""
        self._http = http
        self._url = url

    @property
    def ended(self) -> bool:
        """Whether it has received the end."""
        return bool(self.events) and self.events[-1].name in ENDS

    async def listen(self) -> None:
        """Follow the request to its end."""
        while not self.ended:
            url = self._url()
            last = self.events[-1].id if self.events else None
            try:
                if url:
                    address = f"{url}/content/{self.id}/events"
                    async for event in follow(self._http, address, last=last):
                        self.events.append(event)
            except (ClientError, TimeoutError, OSError, AssertionError):
                pass  # killed, or unable to answer now
            if not self.ended:
                self.cut_off += 1
                self._resumed.add(len(self.events))
                await asyncio.sleep(RECONNECT_SECONDS)

    def complaints(self, log: list[StreamedEvent]) -> list[str]:
        """What is wrong with the received events, compared with the whole log."""
        ids = [int(event.id) for event in self.events[:1]] + [
            int(event.id)
            for number, (before, event) in enumerate(pairwise(self.events), 1)
            if not _is_set_back(before, event, resumed=number in self._resumed)
        ]
        wrong = []
        if ids != sorted(set(ids)):
            told = [
                (event.id, event.name, event.data.get("position"), event.data.get("paused"))
                for event in self.events
            ]
            wrong.append(
                f"events of {self.id} came twice or out of order: {told}, resumed {self._resumed}"
            )
        if names := [event.name for event in self.events[1:] if event.name == "snapshot"]:
            wrong.append(f"{self.id} was restarted with a snapshot {len(names)} times")
        first = int(self.events[0].id)
        expected = [event for event in log if int(event.id) > max(first, MAX_POSITION_ID)]
        received = [
            event
            for event in self.events
            if int(event.id) > MAX_POSITION_ID and event.name != "snapshot"
        ]
        if received != expected:
            missed = Counter(e.id for e in expected) - Counter(e.id for e in received)
            wrong.append(
                f"events of {self.id}: missed {sorted(missed)}, got {received}, not {expected}"
            )
        return wrong


def _is_set_back(before: StreamedEvent, event: StreamedEvent, *, resumed: bool) -> bool:
    """Whether `queued` came again with the same id: the position changed, but is no new lowest.

    Or its pool was paused or resumed, as by a bucket that is away.

    The process that continues a stream does not know which position came last.
    """
    if {before.name, event.name} != {"queued"} or before.id != event.id:
        return False
    return resumed or _state(event) != _state(before)


def _state(event: StreamedEvent) -> tuple[int, bool]:
    return event.data["position"], "paused" in event.data


MAX_POSITION_ID = 1_000_000
"""Events up to this id are queue positions; which of them a listener sees depends on the time."""


class Receiver:
    """A receiver of webhooks; it answers 200 to all, and counts them."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._host = host
        self.received: dict[str, Counter[str]] = {}
        """Deliveries by request: how often each webhook-id arrived."""
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/hook", self._receive)
        self._server = TestServer(app, host=self._host)
        await self._server.start_server()
        self.url = str(self._server.make_url("/hook"))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()

    async def _receive(self, request: web.Request) -> web.Response:
        body = await request.json()
        counter = self.received.setdefault(body["data"]["id"], Counter())
        counter[request.headers["webhook-id"]] += 1
        return web.Response()
