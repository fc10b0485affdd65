"""Limits on connections and event streams: in total, and for each client.

A client is an API key, or an address without one. When all places are taken, some extra places
remain for health checks and for clients that have no other connection.
"""

from __future__ import annotations

import contextlib
import math
import resource
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, Protocol

import structlog
from aiohttp import web

from service.config import HttpConfig
from service.http.guards.access import caller
from service.http.guards.rate_limiting import client_of, client_of_address, is_from, networks
from service.http.problems import Problem, unavailable

log = structlog.get_logger()

MAX_EXTRA = 100  # connections beyond the limit, for health checks and newcomers
MAX_NEWCOMERS = 80  # of these, which may stay; the rest is always left for health checks
EXTRA_SECONDS = 5.0  # in which an extra connection must have sent its request
STREAMS_SHARE = 0.75  # of all connections that the event streams of one client may take
MAX_IDLE_CHECKS = 100  # connections that are checked to find an idle one
SPARE_FILES = 200  # for SQLite, Redis, pictures, child processes: all but connections
REMINDER_SECONDS = 60.0  # between two warnings about the same trouble
RETRY_SECONDS = 5  # after which a client with too many connections may try again


class Counted(Protocol):
    """The part of a connection that counting needs."""

    client: str
    """The client at its address; "" for a trusted proxy, which has many clients."""
    key: str | None
    """The name of the last API key used."""
    is_extra: bool
    """Whether no regular place was left for it; it ends with its first answer."""

    def is_idle(self) -> bool: ...
    def force_close(self) -> None: ...
    def close_if_idle_after(self, seconds: float) -> None: ...


class ConnectionLimits:
    """All open connections. When there are too many, one that is idle is closed for a new one."""

    def __init__(self, http: HttpConfig) -> None:
        self._max = most_connections(http.max_connections)
        self._max_per_client = http.max_connections_per_client
        self._max_streams = min(self._max_per_client, math.ceil(self._max * STREAMS_SHARE))
        self._proxies = networks(http)
        self._open: dict[Counted, None] = {}  # about in the order in which they became idle
        self._extra: dict[Counted, None] = {}
        self._newcomers: set[Counted] = set()
        self._by_client: dict[str, dict[Counted, None]] = {}
        self._streams: Counter[str] = Counter()
        self._warned_at = -REMINDER_SECONDS

    def __len__(self) -> int:
        return len(self._open) + len(self._extra)

    def client_of_peer(self, peer: Any) -> str:
        """The client at this address of a socket; "" if it is a trusted proxy."""
        address = str(peer[0]) if peer else ""
        return "" if is_from(address, self._proxies) else client_of_address(address)

    def client_of(self, request: web.BaseRequest, key: str | None) -> str:
        """The client of a request: its key, or the address that trusted proxies name."""
        return client_of(request, key, self._proxies)

    def add(self, connection: Counted) -> None:
        """Count a new one. If there are too many it replaces an idle one, or becomes an extra."""
        mine = self._by_client.setdefault(connection.client, {}) if connection.client else {}
        crowded = None
        if len(mine) >= self._max_per_client:
            crowded = mine
        elif len(self._open) >= self._max:
            crowded = self._open
        mine[connection] = None
        if crowded is not None:
            self._warn(connection.client if crowded is mine else "all")
        if crowded is None or self._close_idle(crowded, besides=connection):
            self._open[connection] = None
        else:
            self._add_extra(connection)

    def remove(self, connection: Counted) -> None:
        """Forget a closed connection."""
        self._open.pop(connection, None)
        self._extra.pop(connection, None)
        self._newcomers.discard(connection)
        self._leave(connection.client, connection)
        self._leave(_client_of_key(connection.key), connection)

    def use(self, connection: Counted, client: str, key: str | None) -> None:
        """Count a connection for the client of a request. Raises Problem if it has too many."""
        if key is not None and connection.key != key:
            self._take_over(connection, key)
        if not connection.is_extra:
            return
        if len(self._by_client.get(client, ())) > self._max_per_client:
            raise self._too_many("connections", self._max_per_client)
        if len(self._newcomers) >= MAX_NEWCOMERS or self._has_others(connection, client):
            raise unavailable("All connections are in use.", RETRY_SECONDS)
        self._newcomers.add(connection)

    @contextlib.contextmanager
    def streaming(self, client: str) -> Iterator[None]:
        """Count an event stream for as long as the context lasts. Raises Problem."""
        if self._streams[client] >= self._max_streams:
            raise self._too_many("event streams", self._max_streams)
        self._streams[client] += 1
        try:
            yield
        finally:
            self._streams[client] -= 1
            if not self._streams[client]:
                del self._streams[client]

    def _take_over(self, connection: Counted, key: str) -> None:
        self._leave(_client_of_key(connection.key), connection)
        connection.key = key
        mine = self._by_client.setdefault(_client_of_key(key), {})
        mine[connection] = None
        if len(mine) > self._max_per_client and not self._close_idle(mine, besides=connection):
            connection.is_extra = True  # ends it with this answer
            raise self._too_many("connections", self._max_per_client)

    def _has_others(self, connection: Counted, client: str) -> bool:
        mine = self._by_client.get(client, {})
        return len(mine) > (connection in mine) or self._streams[client] > 0

    def _add_extra(self, connection: Counted) -> None:
        connection.is_extra = True
        self._extra[connection] = None
        if len(self._extra) > MAX_EXTRA and not self._close_idle(self._extra, besides=connection):
            connection.force_close()
        else:
            connection.close_if_idle_after(EXTRA_SECONDS)

    def _close_idle(self, crowded: dict[Counted, None], besides: Counted) -> bool:
        """Close the one that has been idle for longest; False if none is found idle."""
        for _ in range(min(MAX_IDLE_CHECKS, len(crowded))):
            oldest = next(iter(crowded))
            if oldest is not besides and oldest.is_idle():
                self.remove(oldest)
                oldest.force_close()
                return True
            del crowded[oldest]
            crowded[oldest] = None  # busy: check it again after all others
        return False

    def _leave(self, client: str, connection: Counted) -> None:
        mine = self._by_client.get(client)
        if mine is not None:
            mine.pop(connection, None)
            if not mine:
                del self._by_client[client]

    def _warn(self, client: str) -> None:
        now = time.monotonic()
        if now - self._warned_at > REMINDER_SECONDS:
            self._warned_at = now
            most = self._max if client == "all" else self._max_per_client
            log.warning("too many connections, idle ones are closed", most=most, of=client)

    @staticmethod
    def _too_many(what: str, limit: int) -> Problem:
        return Problem(
            "too-many-connections",
            f"One client may have {limit} {what} at once.",
            headers={"Retry-After": str(RETRY_SECONDS)},
        )


LIMITS = web.AppKey("connection limits", ConnectionLimits)


def client_of_request(request: web.Request) -> str:
    """The client of a request that has passed its access check."""
    key = caller(request).name
    if key is not None:
        return _client_of_key(key)
    connection: Any = request.protocol  # its address was looked at when it was opened
    return connection.client or request.app[LIMITS].client_of(request, None)


def _client_of_key(key: str | None) -> str:
    return f"key:{key}"


def most_connections(wanted: int) -> int:
    """The wanted number, or what the limit of open files allows; raises that limit if possible."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
        except (OSError, ValueError):  # macOS refuses more than its own limit
            pass
    spare = SPARE_FILES + MAX_EXTRA
    if soft == resource.RLIM_INFINITY or wanted + spare <= soft:
        return wanted
    log.warning("fewer connections than configured", open_files=soft, wanted=wanted)
    return max(1, soft - spare)
