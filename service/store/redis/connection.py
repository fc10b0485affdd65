"""One connection to Redis for the hot path: commands go out in one write, replies come in order.

hiredis packs and parses, an asyncio protocol sends and receives. There is no pool, no retry and no
object per command: a hop through a stream costs a fraction of what a general client needs, and
XREADGROUP is never re-sent implicitly (which would strand entries in the pending list).
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Any, cast

import hiredis

from service.store.errors import GroupLost, RedisFull, RedisUnavailable
from service.store.redis.addresses import DEFAULT_HOST, DEFAULT_PORT
from service.store.redis.primary import Place, Primary, primary_at

Command = tuple[str | bytes | int | float, ...]

CONNECT_TIMEOUT_SECONDS = 5.0
AWAY = ("READONLY", "MASTERDOWN", "LOADING", "MOVED", "CLUSTERDOWN")
"""Prefixes of errors of a server that is not the primary, or not yet: look again who is."""

_MORE = object()  # stands for a reply that is not complete yet


class RedisConnection:
    """Sends commands over one connection, opened at first use and again after a failure."""

    def __init__(
        self, server: str | Primary, *, timeout: float = 5.0, tells_loss: bool = False
    ) -> None:
        """`server` is its URL, or what several connections know of it together.

        `tells_loss`: the first call after a loss that no call noticed fails, instead of going to a
        server that may know nothing of the calls before.
        """
        self._is_single = isinstance(server, str)
        self._primary = primary_at(server) if isinstance(server, str) else server
        self._primary.connections.add(self)
        self._timeout = timeout
        self._tells_loss = tells_loss
        self._protocol: _Protocol | None = None
        self._connecting = asyncio.Lock()
        self._failures = 0  # failed attempts to connect
        self._reason = ""  # of the last failure
        self._closed = False
        self.opened = 0  # how often it was opened; more than once is a reconnect

    async def call(self, *commands: Command, timeout: float | None = None) -> list[Any]:
        """The replies to `commands`, sent in one write.

        Raises RedisUnavailable for any error in them. `timeout` (seconds) covers the whole call;
        after it the connection is closed, also if the caller was cancelled: a late reply must never
        be taken for the answer to a later command.
        """
        if not commands:
            return []
        seconds = self._timeout if timeout is None else timeout
        protocol = self._protocol
        if protocol is None or protocol.lost:
            if protocol is not None and self._tells_loss and protocol.unnoticed:
                protocol.unnoticed = False
                raise RedisUnavailable("connection lost")
            deadline = asyncio.get_running_loop().time() + seconds
            protocol = await self._connect(deadline)
        else:  # asking for the running loop is a system call
            deadline = protocol.loop.time() + seconds
        return await protocol.send(commands, deadline)

    async def one(self, *command: str | bytes | float, timeout: float | None = None) -> Any:
        """The reply to one command."""
        return (await self.call(command, timeout=timeout))[0]

    @property
    def run(self) -> str | None:
        """The run id of the server that the next command goes to; None if not known yet."""
        return None if self._protocol is None or self._protocol.lost else self._protocol.server

    async def server(self) -> str:
        """The run id of the server that the next command goes to, if it is sent without an await.

        Every start of a server is a new run, with any data. "" for a server that does not show its
        id. Raises RedisUnavailable.
        """
        protocol = self._protocol
        if protocol is None or protocol.lost:
            protocol = await self._connect(asyncio.get_running_loop().time() + self._timeout)
        if protocol.server is None:
            try:
                info = bytes(await self.one("INFO", "server"))
            except RedisUnavailable:
                if protocol.lost:
                    raise
                return ""  # an ACL forbids INFO
            if protocol is not self._protocol:
                raise RedisUnavailable("connection lost")
            protocol.server = _run_id(info)
        return protocol.server

    def leave(self, why: str) -> None:
        """Give up the present connection; calls in flight raise RedisUnavailable."""
        if self._protocol is not None:
            self._protocol.give_up(why)

    def close(self) -> None:
        """Close the connection; calls in flight and later ones raise RedisUnavailable."""
        self._closed = True
        self.leave("closed")
        if self._is_single:
            self._primary.close()

    async def _connect(self, deadline: float) -> _Protocol:
        """The connection, opened if necessary; `deadline` is a time of the event loop.

        Simultaneous callers share the outcome of one attempt. Raises RedisUnavailable.
        """
        failures = self._failures
        try:
            async with asyncio.timeout_at(deadline):
                await self._connecting.acquire()
        except TimeoutError as error:
            raise RedisUnavailable("cannot connect: no answer in time") from error
        try:
            if self._protocol is not None and not self._protocol.lost:
                return self._protocol
            if self._closed:
                raise RedisUnavailable("closed")
            if self._failures != failures:
                raise RedisUnavailable(self._reason)
            self._protocol = await self._attempt(deadline)
            return self._protocol
        finally:
            self._connecting.release()

    async def _attempt(self, deadline: float) -> _Protocol:
        latest = asyncio.get_running_loop().time() + CONNECT_TIMEOUT_SECONDS
        try:
            async with asyncio.timeout_at(min(deadline, latest)):
                place = await self._primary.find()
                protocol = await _open(place.address)
                await _shake_hands(protocol, place.address, deadline)
                if self.opened or self._primary.is_elected:
                    await _recognise(protocol, place, self._primary, deadline)
        except (OSError, TimeoutError, RedisUnavailable) as error:
            refused = isinstance(error, RedisUnavailable)
            self._failures += 1
            self._reason = (
                str(error) if refused else f"cannot connect: {str(error) or 'no answer in time'}"
            )
            raise RedisUnavailable(self._reason) from error
        if self._closed:
            protocol.give_up("closed")
        self.opened += 1
        return protocol


async def _open(address: Any) -> _Protocol:
    loop = asyncio.get_running_loop()
    if "path" in address:
        _, protocol = await loop.create_unix_connection(_Protocol, address["path"])
        return protocol
    tls = None
    if address["tls"]:
        tls = ssl.create_default_context(cafile=address.get("ssl_ca_certs"))
        if address.get("ssl_cert_reqs") == "none":
            tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    host, port = address.get("host", DEFAULT_HOST), address.get("port", DEFAULT_PORT)
    _, protocol = await loop.create_connection(_Protocol, host, port, ssl=tls)
    return protocol


async def _shake_hands(protocol: _Protocol, address: Any, deadline: float) -> None:
    commands: list[Command] = []
    if address.get("password"):
        user = (address["username"],) if address.get("username") else ()
        commands.append(("AUTH", *user, address["password"]))
    if address.get("db"):
        commands.append(("SELECT", address["db"]))
    try:
        if commands:
            await protocol.send(commands, deadline)
    except BaseException:  # refused, too late, cancelled: the connection stays unused
        protocol.give_up("refused")
        raise


async def _recognise(protocol: _Protocol, place: Place, primary: Primary, deadline: float) -> None:
    """Find out which run of which server this is.

    Raises RedisUnavailable, and gives up the connection, if it is not the primary.
    """
    try:
        if primary.is_elected:
            _check_role(await _allowed(protocol, ("ROLE",), deadline))
        info = await _allowed(protocol, ("INFO", "server"), deadline)
        protocol.server = place.reign + _run_id(info or b"")
        primary.reached(place, protocol.server)
    except BaseException:
        protocol.give_up("not the primary")
        raise


def _check_role(role: list[Any] | None) -> None:
    """Raises RedisUnavailable if the reply to ROLE is not that of a primary."""
    if role is not None and role[0] != b"master":
        raise RedisUnavailable("cannot connect: not the primary, yet or any longer")


async def _allowed(protocol: _Protocol, command: Command, deadline: float) -> Any:
    """The reply to a command; None if an ACL forbids it."""
    try:
        [reply] = await protocol.send([command], deadline)
    except RedisUnavailable:
        if protocol.lost:
            raise
        return None
    return reply


def _run_id(info: bytes) -> str:
    run = [line for line in info.splitlines() if line.startswith(b"run_id:")]
    return run[0].partition(b":")[2].decode() if run else ""


class _Protocol(asyncio.Protocol):
    """Assigns replies, which come in the order of the commands, to the queue of waiting calls."""

    def __init__(self) -> None:
        self.lost = False
        self.unnoticed = False  # lost while no call was waiting
        self.server: str | None = None
        self._reader = hiredis.Reader(replyError=self._refused, notEnoughData=_MORE)
        self._refusal: RedisUnavailable | None = None  # the first in the replies to one call
        self._is_away = False  # whether a refusal said that this is not the primary
        self._waiting: deque[tuple[asyncio.Future[list[Any]], int, list[Any], float]] = deque()
        self._transport: asyncio.WriteTransport | None = None
        self.loop = asyncio.get_running_loop()
        self._limit: asyncio.TimerHandle | None = (
            None  # one timer for all calls, at the first deadline
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def send(self, commands: Sequence[Command], deadline: float) -> asyncio.Future[list[Any]]:
        reply: asyncio.Future[list[Any]] = self.loop.create_future()
        if self.lost or self._transport is None:
            reply.set_exception(RedisUnavailable("connection lost"))
            return reply
        # packing raises on values that cannot be encoded, so it comes before the call is queued
        packed = b"".join(map(hiredis.pack_command, commands))  # type: ignore[arg-type] # its stub knows no float
        self._waiting.append((reply, len(commands), [], deadline))
        if self._limit is None or deadline < self._limit.when():
            self._set_limit(deadline)
        self._transport.write(packed)
        return reply

    def data_received(self, data: bytes) -> None:
        try:
            self._reader.feed(data)
            while self._waiting:
                reply, count, got, _ = self._waiting[0]
                got.extend(islice(iter(self._reader.gets, _MORE), count - len(got)))
                if len(got) < count:
                    return
                self._waiting.popleft()
                refusal, self._refusal = self._refusal, None
                if not reply.done():
                    if refusal is None:
                        reply.set_result(got)
                    else:
                        reply.set_exception(refusal)
                        if self._is_away:
                            self.give_up(str(refusal))
        except hiredis.ProtocolError:
            self.give_up("not the Redis protocol")

    def _set_limit(self, deadline: float) -> None:
        if self._limit is not None:
            self._limit.cancel()
        self._limit = self.loop.call_at(deadline, self._check_limit)

    def _check_limit(self) -> None:
        """Give up if an answer is late, else check again at the next deadline."""
        self._limit = None
        if self._waiting:
            deadline = min([deadline for *_, deadline in self._waiting])
            if deadline <= self.loop.time():
                self.give_up("no answer in time")
            else:
                self._set_limit(deadline)

    def _refused(self, text: str) -> Exception:
        """Called for every error reply, also for nested ones inside the reply to EXEC."""
        kind = RedisUnavailable
        if text.startswith(("NOGROUP", "UNBLOCKED")):
            kind = GroupLost
        elif text.startswith("OOM"):
            kind = RedisFull
        elif text.startswith(AWAY) or " -READONLY " in text:  # of a script, in Redis 6.2
            self._is_away = True
        refusal = kind(text)
        self._refusal = self._refusal or refusal
        return refusal

    def connection_lost(self, error: Exception | None) -> None:
        self.give_up(str(error) if error else "connection lost")

    def give_up(self, why: str) -> None:
        """Close at once; every waiting call fails with this reason."""
        waiting, self._waiting = self._waiting, deque()
        if not self.lost:
            self.lost, self.unnoticed = True, not waiting
        if self._limit is not None:
            self._limit.cancel()
        for reply, *_ in waiting:
            if not reply.done():
                reply.set_exception(RedisUnavailable(why))
        if self._transport is not None:
            with contextlib.suppress(RuntimeError):  # the loop may be closing
                self._transport.abort()
