"""The fair queue: which waiting message of a stream a worker gets next, when several clients wait.

Every message that waits is an entry of its stream, and while one client waits the streams are read
in order, as any stream is. As soon as a second client comes behind what waits of another, Redis
keeps an index beside the stream, in keys that begin with `fair:<stream>`:

- the hash: the mode, the virtual time (`now`), and the entries that waited before there were lines
  (`from`, `to`, their `owner`)
- `:clients`, a sorted set: the virtual start time of the next message of each client that waits
- `:line:<client>`, a list: the entries of this client, oldest first
- `:served`, a sorted set: the virtual time at which clients that no longer wait may start again
- `:costs`, a hash: seconds that a job of a client takes

A worker gets the next entry of the client with the smallest start time (start-time fair queueing),
by XCLAIM. Its cost is what jobs of the client took so far, and is set right when it has finished.
When nothing waits any more the index is deleted. If it is lost, the entries are as good as
abandoned, and are given out again (claims.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from service.messages import Message, Wanted, encode, pool_stream
from service.store.redis.connection import Command, RedisConnection
from service.store.redis.fair import fair_move, fair_scripts, fair_take
from service.store.redis.script import Script
from service.store.redis.streams import (
    Delivery,
    EntryKey,
    Read,
    Streams,
    entry_order,
    read_entry,
)
from service.stream_groups import bell_of, group_of

LINES_AT_ONCE = 100  # read in one call
MANY_VALUES = 2000  # in one reply: reading them takes a millisecond
SOLE = "fair:sole"  # a hash: the client that the messages of a stream belong to, while it is one
WEIGHTS = "fair:weights"  # a hash: the weights of clients, but for those of weight 1

_DISPATCH = Script(fair_scripts.DISPATCH)
_TAKE = Script(fair_take.TAKE)
_MOVE = Script(fair_move.MOVE)

LOAD: tuple[Command, ...] = (_DISPATCH.load, _TAKE.load)
"""Sends the scripts, which `dispatch` and `take` expect at the server."""


class Cost(NamedTuple):
    """What a finished job has cost: seconds, or None if nothing was generated.

    `charged` are the seconds that its client was charged in advance.
    """

    stream: str
    client: str
    seconds: float | None
    charged: float


class Taken(NamedTuple):
    """Messages for workers; whether clients share a stream, and whether to ask again at once."""

    items: list[Read]
    shared: bool
    again: bool
    charges: dict[EntryKey, float]
    """The seconds that its client was charged in advance."""


def dispatch(done: Sequence[Read], follow: Iterable[Message]) -> Command:
    """Add jobs to the streams of pools, and remove what is done from its own; all or nothing."""
    source = done[0].stream
    runs: dict[tuple[str, str], list[bytes]] = {}
    for message in follow:
        client = message.client if isinstance(message, Wanted) else ""
        runs.setdefault((message.stream, client), []).append(encode(message))
    jobs: list[str | bytes | int] = []
    for run, texts in runs.items():
        jobs += (*run, len(texts), *texts)
    ids = [item.entry for item in done]
    return _DISPATCH.command((), source, group_of(source), len(ids), *ids, *jobs)


class TakeRules(NamedTuple):
    """What decides which messages are next, besides the index."""

    lower_share: float
    usual_seconds: float
    held: Sequence[str] = ()
    """Clients that are passed over."""


def take(
    streams: Sequence[str],
    consumers: Sequence[str],
    each: int,
    rules: TakeRules,
    costs: Sequence[Cost] = (),
) -> Command:
    """Up to `each` messages for every consumer; `streams` of a kind, the most urgent first."""
    group = group_of(streams[0])
    bell = bell_of(group.removesuffix("-workers"))
    arguments: list[str | int | float] = [group, bell, each, *rules[:2]]
    arguments += (len(consumers), len(costs))
    for cost in costs:
        seconds = -1 if cost.seconds is None else cost.seconds
        arguments += (streams.index(cost.stream) + 1, cost.client, seconds, cost.charged)
    return _TAKE.command(streams, *arguments, len(rules.held), *rules.held, *consumers)


def taken(streams: Sequence[str], reply: Any) -> Taken:
    """What is in the reply to `take` of these streams."""
    sharing, values, costs = reply
    of_messages = zip(*[iter(values)] * 4, strict=True)
    items = [read_entry(streams[of - 1], entry, field) for of, entry, *field in of_messages]
    charges = {
        (item.stream, item.entry): float(cost)
        for item, cost in zip(items, costs, strict=False)  # no costs while one client waits
        if cost
    }
    return Taken(items, sharing > 0, sharing > 1, charges)


def move(waiting: Delivery[Wanted], message: Wanted, holders: str = "") -> Command:
    """Replace a message that waits by one for another priority; the reply says whether it waited.

    Its place among those of its client is by the age of its request. One that is pending is moved
    if its consumer's name begins with `holders`.
    """
    streams = [waiting.stream, message.stream]
    group = group_of(waiting.stream)
    return _MOVE.whole(
        streams, group, waiting.entry, message.client, message.id, encode(message), holders
    )


def silence(pool: str, rung: Sequence[bytes]) -> list[Command]:
    """Remove entries of a pool's bell that have woken a worker: the next take rings it again."""
    bell = bell_of(pool)
    return [("XACK", bell, group_of(pool_stream(pool)), *rung), ("XDEL", bell, *rung)]


def fair_key(stream: str, what: str = "") -> str:
    """A key of the index beside a stream; `key` in fair_scripts.py makes the same."""
    return f"fair:{stream}:{what}" if what else f"fair:{stream}"


async def others_wait(
    connection: RedisConnection, streams: Sequence[str], held: Sequence[str]
) -> bool:
    """Whether clients that are not passed over may wait on these streams.

    Raises RedisUnavailable.
    """
    shared, alone = await connection.call(
        ("EXISTS", *map(fair_key, streams)), ("HMGET", SOLE, *streams)
    )
    return shared > 0 or any(client is not None and client.decode() not in held for client in alone)


async def waiting(streams: Streams, stream: str) -> Callable[[bytes], bool]:
    """Says of an entry that no consumer has pending whether it waits in the index of its stream."""
    clients, bounds = await streams.call(
        ("ZRANGE", fair_key(stream, "clients"), 0, -1), ("HMGET", fair_key(stream), "from", "to")
    )
    listed: set[bytes] = set()
    for first in range(0, len(clients), LINES_AT_ONCE):
        lines = [
            ("LRANGE", fair_key(stream, "line").encode() + b":" + client, 0, -1)
            for client in clients[first : first + LINES_AT_ONCE]
        ]
        for entries_ in await streams.call(*lines):
            listed.update(entries_)
    if bounds[0] is None:
        return listed.__contains__
    after, until = entry_order(bounds[0]), entry_order(bounds[1])
    return lambda entry: entry in listed or after < entry_order(entry) <= until


class Shares(NamedTuple):
    """The clients of a stream: virtual times, seconds that a job takes, and weights.

    Empty while at most one client waits.
    """

    now: float = 0.0
    starts: Mapping[str, float] = {}
    served: Mapping[str, float] = {}
    costs: Mapping[str, float] = {}
    weights: Mapping[str, int] = {}

    def start(self, client: str) -> float:
        """The virtual start time of the client's next job."""
        start = self.starts.get(client)
        return max(self.now, self.served.get(client, 0.0)) if start is None else start


async def shares(streams: Streams, names: Sequence[str]) -> list[Shares]:
    """The shares of each of these streams, in one round trip. Raises RedisUnavailable."""
    commands: list[Command] = []
    for name in names:
        commands += [
            ("HGET", fair_key(name), "now"),
            ("ZRANGE", fair_key(name, "clients"), 0, -1, "WITHSCORES"),
            ("ZRANGE", fair_key(name, "served"), 0, -1, "WITHSCORES"),
            ("HGETALL", fair_key(name, "costs")),
        ]
    replies = await streams.call(*commands, ("HGETALL", WEIGHTS))
    if any(len(reply or ()) > MANY_VALUES for reply in replies):
        return await asyncio.to_thread(_read_shares, replies)  # the event loop must not wait
    return _read_shares(replies)


def _read_shares(replies: Sequence[Any]) -> list[Shares]:
    of_keys = {client: int(weight) for client, weight in _floats(replies[-1]).items()}
    found = []
    for at in range(0, len(replies) - 1, 4):
        starts, served, costs = map(_floats, replies[at + 1 : at + 4])
        found.append(Shares(float(replies[at] or 0), starts, served, costs, of_keys))
    return found


def _floats(pairs: Sequence[bytes]) -> dict[str, float]:
    """The pairs of a hash, or of a sorted set with scores."""
    return {key.decode(): float(value) for key, value in zip(pairs[::2], pairs[1::2], strict=True)}


async def weights(streams: Streams) -> dict[str, int]:
    """The weights of clients that are in force, but for those of 1. Raises RedisUnavailable."""
    [pairs] = await streams.call(("HGETALL", WEIGHTS))
    return {client: int(weight) for client, weight in _floats(pairs).items()}


def set_weights(weights: Mapping[str, int]) -> list[Command]:
    """Replace the weights of clients."""
    commands: list[Command] = [("MULTI",), ("DEL", WEIGHTS)]
    if weights:
        pairs = (item for client, weight in weights.items() for item in (client, weight))
        commands.append(("HSET", WEIGHTS, *pairs))
    return [*commands, ("EXEC",)]
