"""Ends event streams when their API key is revoked."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from aiohttp import web

from service.http.guards.access import CALLER, sent_key
from service.http.guards.connection_limits import LIMITS
from service.http.problems import Problem
from service.store.errors import DatabaseUnavailable

CHECK_SECONDS = 3.0  # seconds between two looks at a key


@dataclass(slots=True, eq=False)
class OpenStream:
    """One answer that is under way."""

    request: web.Request
    wake: Callable[[], None]
    over: bool = False
    """Whether the caller would not be let in any more."""


class KeyRevocation:
    """All of them by key: one look is for everybody who came with it, for they may be many."""

    def __init__(self, admit: Callable[[web.Request], object]) -> None:
        self._admit = admit
        self._by_key: dict[str, set[OpenStream]] = {}

    @contextlib.contextmanager
    def stay(self, request: web.Request, wake: Callable[[], None]) -> Iterator[OpenStream]:
        """A stay for as long as the context lasts; `wake` is called when it is over before that."""
        key = sent_key(request)
        if key not in self._by_key:
            self._by_key[key] = set()
            self._look_later(key)
        stay = OpenStream(request, wake)
        self._by_key[key].add(stay)
        try:
            yield stay
        finally:
            self._by_key[key].remove(stay)

    def _look_later(self, key: str) -> None:
        asyncio.get_running_loop().call_later(CHECK_SECONDS, self._look, key)

    def _look(self, key: str) -> None:
        stays = self._by_key[key]
        if not stays:
            del self._by_key[key]
            return
        self._look_later(key)  # whatever this look comes to
        if not self._counts(stays):
            for stay in stays:
                stay.over = True
            for wake in {stay.wake for stay in stays}:  # many may wait for the same
                wake()

    def _counts(self, stays: set[OpenStream]) -> bool:
        try:
            self._admit(next(iter(stays)).request)
        except Problem:
            return False
        except DatabaseUnavailable:  # then nobody has revoked it just now, either
            return True
        return True


KEY_REVOCATION = web.AppKey("stays", KeyRevocation)


@contextlib.contextmanager
def ended_when_revoked(request: web.Request, wake: Callable[[], None]) -> Iterator[OpenStream]:
    """The stay of this caller, as of `KeyRevocation.stay`.

    Raises Problem if this client has too many.
    """
    limits = request.app[LIMITS]
    client = limits.client_of(request, request[CALLER].name)
    with limits.streaming(client), request.app[KEY_REVOCATION].stay(request, wake) as stay:
        yield stay
