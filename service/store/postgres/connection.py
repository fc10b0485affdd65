"""Connections to the writable one of several PostgreSQL hosts."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from service.store.errors import DatabaseUnavailable
from service.store.postgres.errors import CannotConnect, passes

HOST_SECONDS = 1.0  # each host has its own: one that does not answer costs the others nothing
ANSWER_SECONDS = 10.0  # for any statement of ours; then the connection is given up
KEEPALIVE_SECONDS = 2
UNACKNOWLEDGED_MS = 4000
STATEMENTS = 500  # prepared on each connection: more than there are

UNREADABLE = (
    "[database] url has no readable host: in user and password write / ? # @ as %2F %3F %23 %40."
)

SETTINGS = {
    "application_name": "feedmill",
    # a host that vanishes in the middle of a transaction keeps its locks for 4 s at most
    "tcp_keepalives_idle": str(KEEPALIVE_SECONDS),
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": str(UNACKNOWLEDGED_MS),
    "idle_in_transaction_session_timeout": "3s",
    # one plan for each statement, whatever the statistics say: by indexes, in the written order
    "plan_cache_mode": "force_generic_plan",
    "join_collapse_limit": "1",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_seqscan": "off",
    "jit": "off",
}


class Hosts:
    """The hosts of a URL; one of them is the primary."""

    def __init__(self, url: str) -> None:
        """Raises DatabaseUnavailable if there is something else where a host should be."""
        try:
            parts = urlsplit(url)
            credentials, at, netloc = parts.netloc.rpartition("@")
            hosts = netloc.split(",")
            for host in hosts:
                _ = urlsplit(f"//{host}").port
        except ValueError:  # it quotes what it cannot read, which may be a password
            raise DatabaseUnavailable(UNREADABLE) from None
        self._urls = [
            urlunsplit(parts._replace(netloc=f"{credentials}{at}{host}")) for host in hosts
        ]

    async def connect(self, settings: Mapping[str, str] = {}) -> asyncpg.Connection:
        """A connection to the host that can be written to. Raises CannotConnect."""
        reasons = []
        for url in list(self._urls):
            try:
                connection = await _connect(url, settings)
            except Exception as error:
                if not passes(error):
                    raise
                reasons.append(f"{_host(url)}: {str(error) or 'no answer'}")
                continue
            self._urls.remove(url)
            self._urls.insert(0, url)
            return connection
        raise CannotConnect(f"No host of PostgreSQL can be written to ({'; '.join(reasons)}).")


async def _connect(url: str, settings: Mapping[str, str]) -> asyncpg.Connection:
    connection = await asyncpg.connect(
        url,
        timeout=HOST_SECONDS,
        statement_cache_size=STATEMENTS,
        max_cached_statement_lifetime=0,
        server_settings={**SETTINGS, **settings},
    )
    try:
        with given_up(connection, HOST_SECONDS):
            _shorten_timeouts(connection)
            # sums of integers come as numeric
            await connection.set_type_codec(
                "numeric", schema="pg_catalog", encoder=str, decoder=_number, format="text"
            )
            is_standby = await connection.fetchval("SELECT pg_is_in_recovery()")
    except BaseException:
        connection.terminate()
        raise
    if is_standby:
        connection.terminate()
        raise CannotConnect("it is a standby")
    return connection


@contextlib.contextmanager
def given_up(connection: asyncpg.Connection, seconds: float) -> Iterator[None]:
    """Ends the connection if the context takes longer.

    A statement is never cancelled: what is cancelled during a commit may be committed.
    """
    end = asyncio.get_running_loop().call_later(seconds, connection.terminate)
    try:
        yield
    finally:
        end.cancel()


def _shorten_timeouts(connection: asyncpg.Connection) -> None:
    """What SETTINGS ask of the server, for this end."""
    transport = connection._transport  # noqa: SLF001 - asyncpg has no option for it
    own = transport.get_extra_info("socket")
    if own is None or own.family == socket.AF_UNIX:
        return
    own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", KEEPALIVE_SECONDS),
        ("TCP_KEEPINTVL", 1),
        ("TCP_KEEPCNT", 2),
        ("TCP_USER_TIMEOUT", UNACKNOWLEDGED_MS),
    ):
        if hasattr(socket, name):  # not every system has all of them
            own.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2] or "the local server"


def _number(text: str) -> Any:
    return int(text) if text.lstrip("-").isdecimal() else float(text)
