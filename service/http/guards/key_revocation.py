"""Ends event streams when their API key is revoked."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from aiohttp import web

from service.http.guards.access import sent_key
from service.http.guards.connection_limits import LIMITS, client_of_request
from service.http.guards.stream_proof import sent_proof
from service.http.problems import Problem
from service.store.errors import DatabaseUnavailable

CHECK_SECONDS = 3.0  # between two checks of a key


@dataclass(slots=True, eq=False)
class OpenStream:
    """One event stream that is being sent."""

    request: web.Request
    wake: Callable[[], None]
    over: bool = False
    """Whether the caller has lost access."""


class KeyRevocation:
    """All open streams by key, or by proof: one check covers all streams of a key."""

    def __init__(self, admit: Callable[[web.Request], Awaitable[object]]) -> None:
        self._admit = admit
        self._checks: set[asyncio.Task[None]] = set()
        self._by_key: dict[str, set[OpenStream]] = {}

    @contextlib.contextmanager
    def register(self, request: web.Request, wake: Callable[[], None]) -> Iterator[OpenStream]:
        """Register a stream while the context lasts; `wake` is called if its key is revoked."""
        key = sent_key(request) or sent_proof(request)
        if key not in self._by_key:
            self._by_key[key] = set()
            self._check_later(key)
        stream = OpenStream(request, wake)
        self._by_key[key].add(stream)
        try:
            yield stream
        finally:
            self._by_key[key].remove(stream)

    def _check_later(self, key: str) -> None:
        asyncio.get_running_loop().call_later(CHECK_SECONDS, self._begin_check, key)

    def _begin_check(self, key: str) -> None:
        streams = self._by_key[key]
        if not streams:
            del self._by_key[key]
            return
        self._check_later(key)  # whatever this check finds
        check = asyncio.create_task(self._check(streams), name="key revocation")
        self._checks.add(check)
        check.add_done_callback(self._end_check)

    def _end_check(self, check: asyncio.Task[None]) -> None:
        self._checks.discard(check)
        if not check.cancelled():
            check.result()  # raises what was a defect

    async def _check(self, streams: set[OpenStream]) -> None:
        if not await self._is_valid(next(iter(streams)).request):
            for stream in streams:
                stream.over = True
            for wake in {stream.wake for stream in streams}:  # several may wait for the same topic
                wake()

    async def _is_valid(self, request: web.Request) -> bool:
        try:
            await self._admit(request)
        except Problem:
            return False
        except DatabaseUnavailable:  # then the key cannot have been revoked just now, either
            return True
        return True


KEY_REVOCATION = web.AppKey("key revocation", KeyRevocation)


@contextlib.contextmanager
def ended_when_revoked(request: web.Request, wake: Callable[[], None]) -> Iterator[OpenStream]:
    """The open stream of this caller, as in `KeyRevocation.register`.

    Raises Problem if this client has too many.
    """
    limits = request.app[LIMITS]
    with (
        limits.streaming(client_of_request(request)),
        request.app[KEY_REVOCATION].register(request, wake) as stream,
    ):
        yield stream
