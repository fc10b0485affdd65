"""Recovery of stream entries: those whose lease ran out, and those that no consumer has pending."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from service.store.redis.connection import Command
from service.store.redis.fair import fair_queue, fair_scripts
from service.store.redis.script import Script
from service.store.redis.streams import (
    EntryKey,
    Read,
    Streams,
    Unreadable,
    entry_order,
    read_entry,
)
from service.stream_groups import group_of

_NOT_PENDING = Script(fair_scripts.NOT_PENDING)
_GIVE_AGAIN = Script(fair_scripts.GIVE_AGAIN)

# ARGV: group, consumer, idle time and count as for XAUTOCLAIM, the expected time or -1; times in
# milliseconds. Returns the time, and the claimed entries unless the clock was set.
_TAKE_OVER = """
local clock = redis.call('TIME')
local now, expected = clock[1] * 1000 + math.floor(clock[2] / 1000), tonumber(ARGV[5])
if expected < 0 or math.abs(now - expected) < ARGV[3] / 2 then
  return {now, redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], ARGV[3], '0-0',
                          'COUNT', ARGV[4])}
end
local from = '-'
repeat
  local page = redis.call('XPENDING', KEYS[1], ARGV[1], from, '+', 1000)
  for _, row in ipairs(page) do
    redis.call('XCLAIM', KEYS[1], ARGV[1], row[2], 0, row[1], 'IDLE', 0, 'JUSTID')
    from = '(' .. row[1]
  end
until #page < 1000
return {now}
"""


class TakeOver:
    """Claims entries that their consumers have not touched for `idle` seconds.

    Redis measures idle time with its wall clock. When that clock is set, every lease starts again:
    live consumers renew theirs, and those of dead consumers run out.
    """

    def __init__(self, *, idle: float) -> None:
        self._idle = idle
        self._clocks: dict[str, float] = {}  # by stream: the clock of Redis minus the monotonic one

    def command(self, stream: str, consumer: str, *, count: int) -> Command:
        """XAUTOCLAIM of up to `count` entries."""
        ahead = self._clocks.get(stream)
        expected = -1 if ahead is None else int(ahead + time.monotonic() * 1000)
        return (
            "EVAL", _TAKE_OVER, 1, stream, group_of(stream), consumer, int(self._idle * 1000),
            count, expected,
        )  # fmt: skip

    def items(self, stream: str, reply: Any) -> list[Read]:
        """The messages in the reply. Trimmed entries are only in XAUTOCLAIM's third field."""
        self._clocks[stream] = reply[0] - time.monotonic() * 1000
        if len(reply) == 1:
            return []
        reads = [read_entry(stream, entry, fields) for entry, fields in reply[1][1]]
        lost = reply[1][2] if len(reply[1]) > 2 else []  # noqa: PLR2004 - Redis 6.2 has no third field
        return reads + [Unreadable(stream, entry, "trimmed while pending") for entry in lost]


async def abandoned(streams: Streams) -> set[EntryKey]:
    """Entries that were delivered and are pending for no consumer, as far as Redis knows.

    Their consumer was deleted, or they were acknowledged and left on the stream. Actors acknowledge
    and delete an entry in one step, so these were left behind by something else.
    """
    found: set[EntryKey] = set()
    for stream, group in streams.groups.items():
        idle: list[bytes] = []
        after = b"0-0"
        while after:
            [(some, after)] = await streams.call(_NOT_PENDING.whole([stream], group, after))
            idle += some
        if idle:  # first these, then the lines: an entry leaves its line when it becomes pending
            waits = await fair_queue.waiting(streams, stream)
            found |= {(stream, entry) for entry in idle if not waits(entry)}
    return found


async def give_again(streams: Streams, abandoned: Iterable[EntryKey]) -> int:
    """Add abandoned entries to their streams again; returns how many were still abandoned."""
    by_stream: dict[str, list[bytes]] = {}
    for stream, entry in sorted(abandoned, key=lambda key: entry_order(key[1])):
        by_stream.setdefault(stream, []).append(entry)
    scripts: list[Command] = [
        _GIVE_AGAIN.whole([stream], group_of(stream), *ids) for stream, ids in by_stream.items()
    ]
    return sum(await streams.call(*scripts)) if scripts else 0
