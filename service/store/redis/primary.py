"""The one server that is written to, for all connections of a process."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from service.config.redis_url import is_sentinel
from service.store.redis.addresses import read_url


class Connection(Protocol):
    """A connection to the primary."""

    def leave(self, why: str) -> None: ...


class Place(NamedTuple):
    """Where the primary is."""

    address: Mapping[str, Any]
    reign: str = ""
    """What distinguishes this primary from the same server before another one was primary."""


class Primary:
    """A server at a fixed address, and which run of it was reached last."""

    is_elected = False
    """Whether it may be another server at any time; then it has to say itself that it is the
    primary."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._server: str | None = None
        self.connections: weakref.WeakSet[Connection] = weakref.WeakSet()
        self.on_change: Callable[[], None] = _nothing
        """Called when a connection reaches another run of the server, or another server: what was
        sent to the one before may be lost."""

    async def find(self) -> Place:
        """Where it is now. Raises RedisUnavailable if that is not known."""
        return Place(read_url(self._url))

    def reached(self, place: Place, server: str) -> None:
        """Note that a connection has reached this server; "" for one that does not show its id.

        Raises RedisUnavailable if another one is the primary by now.
        """
        del place
        if server != self._server or not server:
            self._server = server
            self.on_change()

    def close(self) -> None:
        """Close what is open to find it."""


def primary_at(url: str) -> Primary:
    """The primary that a URL names, itself or by its Sentinels."""
    if not is_sentinel(url):
        return Primary(url)
    from service.store.redis.sentinel import ElectedPrimary  # noqa: PLC0415 - seldom configured

    return ElectedPrimary(url)


def _nothing() -> None:
    return
