"""The listeners of a chaos run: they follow requests, and come back whenever they are cut off."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Self

from aiohttp import ClientError, ClientSession, web
from aiohttp.test_utils import TestServer

from tests.support.streaming import Told, follow

COMES_BACK = 0.05  # seconds until a listener who was cut off connects again
ENDS = {"completed", "failed", "cancelled", "expired"}


class Listener:
    """Follows one request over whatever process is up, and remembers every event."""

    def __init__(self, id_: str, http: ClientSession, url: Callable[[], str]) -> None:
        self.id = id_
        self.heard: list[Told] = []
        self.cut_off = 0
        self._http = http
        self._url = url

    @property
    def ended(self) -> bool:
        """Whether it has heard the end."""
        return bool(self.heard) and self.heard[-1].name in ENDS

    async def listen(self) -> None:
        """Until the end of the request."""
        while not self.ended:
            url = self._url()
            last = self.heard[-1].id if self.heard else None
            try:
                if url:
                    address = f"{url}/content/{self.id}/events"
                    async for told in follow(self._http, address, last=last):
                        self.heard.append(told)
            except (ClientError, TimeoutError, OSError, AssertionError):
                pass  # killed, or not able to answer just now
            if not self.ended:
                self.cut_off += 1
                await asyncio.sleep(COMES_BACK)

    def complaints(self, log: list[Told]) -> list[str]:
        """What is wrong with what was heard, beside the whole log as it is now."""
        ids = [int(told.id) for told in self.heard]
        wrong = []
        if ids != sorted(set(ids)):
            wrong.append(f"events of {self.id} came twice or out of order: {ids}")
        if names := [told.name for told in self.heard[1:] if told.name == "snapshot"]:
            wrong.append(f"{self.id} was begun anew {len(names)} times")
        first = int(self.heard[0].id)
        stays = [told for told in log if int(told.id) > max(first, PLACES)]
        heard = [told for told in self.heard if int(told.id) > PLACES and told.name != "snapshot"]
        if heard != stays:
            missed = Counter(told.id for told in stays) - Counter(told.id for told in heard)
            wrong.append(
                f"events of {self.id}: missed {sorted(missed)}, heard {heard}, are {stays}"
            )
        return wrong


PLACES = 1_000_000
"""Ids up to this one tell places in the queue: who looked at another time saw others."""


class Receiver:
    """A URL that is told of ends; it says yes to all, and counts what it is told."""

    def __init__(self) -> None:
        self.told: dict[str, Counter[str]] = {}
        """How often each request came, by the id of the message."""
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/hook", self._hear)
        self._server = TestServer(app)
        await self._server.start_server()
        self.url = str(self._server.make_url("/hook"))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()

    async def _hear(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.told.setdefault(body["data"]["id"], Counter())[request.headers["webhook-id"]] += 1
        return web.Response()
