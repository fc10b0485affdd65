"""Redis Streams: the only place with X* commands.

Acknowledging is XADD of the next messages, XACK and XDEL in one MULTI: a message leaves its stream
exactly when the next ones are added, and a stream's length is its backlog.
"""

from __future__ import annotations

import weakref
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec
import structlog

from service.messages import (
    KINDS,
    PRIORITIES,
    REQUESTS,
    RESULTS,
    AnyMessage,
    Message,
    decode,
    encode,
)
from service.store.redis.connection import Command, RedisConnection
from service.store.redis.primary import primary_at
from service.store.redis.server.memory import CHECK_BYTES, RedisMemory
from service.stream_groups import GROUPS, bell_of, group_of, pool_streams

log = structlog.get_logger()

PAGE_ENTRIES = 1000  # per XRANGE while scanning a backlog
BLOCK_SECONDS = 5.0  # that one blocking read waits at most
PING_SECONDS = 2.0  # that a readiness check waits for Redis at most

# Deleting a consumer deletes its pending entries: check and delete in one step.
_DELETE_IDLE_CONSUMER = """
for _, c in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local f = {}
  for i = 1, #c, 2 do f[c[i]] = c[i + 1] end
  if f['name'] == ARGV[2] then
    if f['pending'] > 0 then return 0 end
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
    return 1
  end
end
return 1
"""

# KEYS: streams. ARGV: the group of each. Returns how many of them were missing.
_CREATE_GROUPS = """
local made = 0
for i, stream in ipairs(KEYS) do
  local reply = redis.pcall('XGROUP', 'CREATE', stream, ARGV[i], '0', 'MKSTREAM')
  if not reply.err or reply.ok then
    made = made + 1
  elseif reply.err:sub(1, 9) ~= 'BUSYGROUP' then
    return reply
  end
end
return made
"""

M_co = TypeVar("M_co", bound=Message, covariant=True)


class Delivery(msgspec.Struct, Generic[M_co], frozen=True):
    """A message delivered to a consumer; `entry` is its id on the stream."""

    stream: str
    entry: bytes
    message: M_co


class Consumer(msgspec.Struct, frozen=True):
    """A consumer as Redis sees it: its pending entries, and seconds since its last command."""

    pending: int
    idle: float


class Stream(msgspec.Struct, frozen=True):
    """A stream as Redis sees it: its length, and the consumers of its group."""

    length: int
    consumers: Mapping[str, Consumer]

    @property
    def pending(self) -> int:
        """The number of entries that are pending for any consumer."""
        return sum(consumer.pending for consumer in self.consumers.values())


class Unreadable(msgspec.Struct, frozen=True):
    """An entry that is not a Feedmill message, or was trimmed while pending."""

    stream: str
    entry: bytes
    why: str


Read = Delivery[AnyMessage] | Unreadable

EntryKey = tuple[str, bytes]
"""A stream and the id of an entry on it."""


def add(message: Message) -> Command:
    """XADD: the message to the end of its stream."""
    return ("XADD", message.stream, "*", "m", encode(message))


def move_on(
    done: Iterable[Delivery[Message] | Unreadable], follow: Iterable[Message]
) -> list[Command]:
    """XADD the next messages and remove those that are done, all or nothing."""
    commands: list[Command] = [("MULTI",)]
    commands += [add(message) for message in follow]
    entries: dict[str, list[bytes]] = {}
    for item in done:
        entries.setdefault(item.stream, []).append(item.entry)
    for stream, ids in entries.items():
        commands.append(("XACK", stream, group_of(stream), *ids))
        commands.append(("XDEL", stream, *ids))
    commands.append(("EXEC",))
    return commands


def wait_for(streams: Sequence[str], consumer: str, block: float) -> Command:
    """XREADGROUP that waits (seconds) until one of the streams has a message."""
    return (
        "XREADGROUP", "GROUP", group_of(streams[0]), consumer, "COUNT", 1,
        "BLOCK", int(block * 1000), "STREAMS", *streams, *[">"] * len(streams),
    )  # fmt: skip


def read_new(stream: str, consumer: str, *, count: int, block: float | None = None) -> Command:
    """XREADGROUP of messages not delivered to any consumer yet; `block` in seconds."""
    wait = () if block is None else ("BLOCK", int(block * 1000))
    return (
        "XREADGROUP", "GROUP", group_of(stream), consumer, "COUNT", count, *wait,
        "STREAMS", stream, ">",
    )  # fmt: skip


def read_pending(stream: str, consumer: str, *, count: int, after: str | bytes = "0") -> Command:
    """XREADGROUP of the messages that are pending for this consumer."""
    return (
        "XREADGROUP", "GROUP", group_of(stream), consumer, "COUNT", count, "STREAMS", stream, after,
    )  # fmt: skip


def keep_lease(stream: str, consumer: str, entries: Sequence[bytes]) -> Command:
    """XCLAIM for the same consumer: resets the idle time of its entries to zero.

    It also makes them pending again if the consumer was deleted with its pending entries.
    """
    return ("XCLAIM", stream, group_of(stream), consumer, 0, *entries, "FORCE", "JUSTID")


def entries(reply: Any) -> list[Read]:
    """The messages in an XREADGROUP reply."""
    return [
        read_entry(stream, entry, fields)
        for key, items in reply or ()
        for stream in [key.decode()]
        for entry, fields in items
    ]


def entry_order(entry: bytes) -> tuple[int, int]:
    """The place of an entry on its stream, by its id."""
    milliseconds, _, number = entry.partition(b"-")
    return int(milliseconds), int(number)


def read_entry(stream: str, entry: bytes, fields: list[bytes] | None) -> Read:
    if not fields:
        return Unreadable(stream, entry, "trimmed while pending")
    if fields[0] != b"m":
        return Unreadable(stream, entry, "not a message")
    try:
        return Delivery(stream, entry, decode(fields[1]))
    except ValueError as error:  # msgspec's DecodeError is one, too
        return Unreadable(stream, entry, f"{type(error).__name__}: {error}")


class Streams:
    """All streams and groups: creates, writes, scans and counts them."""

    def __init__(self, url: str) -> None:
        self.primary = primary_at(url)
        self._connections: weakref.WeakSet[RedisConnection] = weakref.WeakSet()
        self._connection = self.connection()
        self._groups = GROUPS
        self.models: Sequence[str] = ()
        self.memory = RedisMemory(self._connection, self._work_streams)

    def connection(self, *, tells_loss: bool = False) -> RedisConnection:
        """A separate connection for an actor, which may block on it."""
        connection = RedisConnection(self.primary, tells_loss=tells_loss)
        self._connections.add(connection)
        return connection

    @property
    def groups(self) -> Mapping[str, str]:
        """The group of every stream, in pipeline order."""
        return self._groups

    def set_models(self, names: Sequence[str]) -> None:
        """Change which named models have streams, besides the pools of the kinds."""
        self.models = tuple(names)
        streams = [stream for name in names for stream in pool_streams(name)]
        of_models = {stream: group_of(stream) for stream in streams}
        ahead = list(GROUPS).index(RESULTS)
        rows = list(GROUPS.items())
        self._groups = dict([*rows[:ahead], *of_models.items(), *rows[ahead:]])

    def _work_streams(self) -> Sequence[str]:
        """The streams of waiting work, the least urgent first."""
        pools = [pool_streams(pool) for pool in (*KINDS, *self.models)]
        return [REQUESTS, *(of[rank] for rank in reversed(range(len(PRIORITIES))) for of in pools)]

    @property
    def reconnects(self) -> int:
        """The number of connections that were opened again after a loss."""
        return sum(max(0, connection.opened - 1) for connection in self._connections)

    async def aclose(self) -> None:
        """Close the connection of this object; actors close their own."""
        self._connection.close()
        self.primary.close()

    async def ensure_groups(self) -> bool:
        """Create every missing stream and group; True if any was missing.

        Groups start at id 0: one that started at the end would skip the messages already there.
        """
        bells = {bell_of(pool): f"{pool}-workers" for pool in (*KINDS, *self.models)}
        groups = {**self._groups, **bells}
        create: Command = ("EVAL", _CREATE_GROUPS, len(groups), *groups, *groups.values())
        return bool(await self._connection.one(*create))

    async def add(self, messages: Sequence[Message]) -> None:
        """Add messages to their streams, in one round trip unless they are large.

        Raises RedisFull if there is no room; some of them may have been added then.
        """
        commands: list[Command] = []
        size = 0
        for message in messages:
            payload = encode(message)
            commands.append(("XADD", message.stream, "*", "m", payload))
            size += len(payload)
            if size >= CHECK_BYTES:
                await self._add(commands, size)
                commands, size = [], 0
        if commands:
            await self._add(commands, size)

    async def _add(self, commands: Sequence[Command], size: int) -> None:
        await self.memory.admit(size)
        await self._connection.call(*commands)

    async def messages(self, streams: Iterable[str] = ()) -> AsyncIterator[AnyMessage]:
        """Every message on these streams, pending or not, or on all in pipeline order."""
        for stream in streams or self._groups:
            first = "-"
            while True:
                page = await self._connection.one(
                    "XRANGE", stream, first, "+", "COUNT", PAGE_ENTRIES
                )
                for entry, fields in page:
                    read = read_entry(stream, entry, fields)
                    if isinstance(read, Delivery):
                        yield read.message
                if len(page) < PAGE_ENTRIES:
                    break
                first = "(" + page[-1][0].decode()

    async def call(self, *commands: Command) -> list[Any]:
        """Run commands (of claims.py) on the connection of this object.

        Raises RedisUnavailable.
        """
        return await self._connection.call(*commands)

    async def ping(self) -> None:
        """Check that Redis answers. Raises RedisUnavailable."""
        await self._connection.one("PING", timeout=PING_SECONDS)

    async def lengths(self) -> dict[str, int]:
        """XLEN of every stream: the backlog of each."""
        groups = self._groups
        replies = await self._connection.call(*[("XLEN", stream) for stream in groups])
        return dict(zip(groups, replies, strict=True))

    async def set_consumers(self, stream: str, prefix: str, expected: Sequence[str]) -> list[Read]:
        """Make the consumers named `prefix` and a number exactly the expected ones, at least one.

        Returns the entries pending for them. Entries pending for a surplus consumer are claimed for
        the first expected one: deleting a consumer would delete its pending entries too.
        """
        group = group_of(stream)
        create = [("XGROUP", "CREATECONSUMER", stream, group, name) for name in expected]
        await self._connection.call(*create)
        rows = map(_pairs, await self._connection.one("XINFO", "CONSUMERS", stream, group))
        names = [row["name"].decode() for row in rows]
        surplus = [
            name
            for name in names
            if name.startswith(prefix)
            and name.removeprefix(prefix).isdecimal()
            and name not in expected
        ]
        for name in surplus:
            await self._claim_all(stream, name, expected[0])
        pending = [read for name in expected for read in await self._pending(stream, name)]
        for name in surplus:
            await self.drop_consumer(stream, name)
        return pending

    async def _claim_all(self, stream: str, name: str, heir: str) -> None:
        group, first = group_of(stream), "-"
        while True:
            page = await self._connection.one(
                "XPENDING", stream, group, first, "+", PAGE_ENTRIES, name
            )
            if page:
                ids = [row[0] for row in page]
                await self._connection.one("XCLAIM", stream, group, heir, 0, *ids, "JUSTID")
            if len(page) < PAGE_ENTRIES:
                return
            first = "(" + page[-1][0].decode()

    async def _pending(self, stream: str, name: str) -> list[Read]:
        pending: list[Read] = []
        after: str | bytes = "0"
        while True:
            read = read_pending(stream, name, count=PAGE_ENTRIES, after=after)
            page = entries(await self._connection.one(*read))
            pending += page
            if len(page) < PAGE_ENTRIES:
                return pending
            after = page[-1].entry

    async def drop_consumer(self, stream: str, name: str) -> bool:
        """Delete a consumer unless entries are pending under it; atomic, by a script."""
        reply = await self._connection.one(
            "EVAL", _DELETE_IDLE_CONSUMER, 1, stream, group_of(stream), name
        )
        return bool(reply)

    async def drop_pool(self, pool: str) -> None:
        """Delete the empty streams of a pool. Raises RedisUnavailable."""
        await self._connection.one("DEL", *pool_streams(pool), bell_of(pool))

    async def overview(self) -> dict[str, Stream]:
        """The present state of every stream, in one round trip. Raises RedisUnavailable."""
        commands: list[Command] = []
        groups = self._groups
        for stream, group in groups.items():
            commands += [("XLEN", stream), ("XINFO", "CONSUMERS", stream, group)]
        replies = await self._connection.call(*commands, timeout=PING_SECONDS)
        return {
            stream: Stream(length, dict(map(_consumer, rows)))
            for stream, length, rows in zip(groups, replies[::2], replies[1::2], strict=True)
        }

    async def info(self) -> dict[str, str]:
        """The fields of INFO: server and memory. Raises RedisUnavailable."""
        text: bytes = await self._connection.one("INFO", timeout=PING_SECONDS)
        pairs = (line.split(":", 1) for line in text.decode(errors="replace").splitlines())
        return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}  # noqa: PLR2004 - name: value


def _consumer(row: list[Any]) -> tuple[str, Consumer]:
    pairs = _pairs(row)
    return pairs["name"].decode(), Consumer(pairs["pending"], pairs["idle"] / 1000)


def _pairs(row: list[Any]) -> dict[str, Any]:
    return {key.decode(): value for key, value in zip(row[::2], row[1::2], strict=True)}
