"""The memory of Redis: checks `maxmemory`, and frees memory when little is left.

Redis evicts nothing here: at its limit it refuses every command that needs memory, also the results
of workers, which alone free memory. So the relay stops at a share of the limit. Above that share,
data that SQLite has as well is removed: the feeds, with the ranked lists, which can be made again,
then the newest waiting entries of the work streams.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import structlog

from service.store.errors import RedisFull
from service.store.redis.connection import RedisConnection
from service.store.redis.fair.fair_scripts import SHED
from service.store.redis.feeds.feeds import BODIES, INDEX
from service.store.redis.feeds.ranked_lists import PREFIX as RANKED
from service.store.redis.feeds.stored_feeds import HOME
from service.store.sql.requests.request_records import Load
from service.stream_groups import group_of

log = structlog.get_logger()

# Of maxmemory: above FULL_SHARE nothing is added, until at most ROOMY_SHARE is in use or no
# removable work waits.
ROOMY_SHARE, FULL_SHARE = 0.6, 0.8
CHECK_BYTES = 2**20  # added to the streams between two checks of the memory
STEP_ENTRIES = 100  # or feeds, removed in one step, which blocks Redis

MEMORY_PER_PROMPT_BYTE = 1.25  # bytes of memory; estimated high, as the next
ENTRY_BYTES = 512  # of memory for an entry, besides its prompt
FEEDS_BYTES = 256 * 2**20  # for results, and for feeds, one per reader


def memory_for(queues: Iterable[Load]) -> int:
    """The `maxmemory` in bytes that holds these queues when full, and feeds."""
    needed = sum(
        MEMORY_PER_PROMPT_BYTE * queue.size + ENTRY_BYTES * queue.parts for queue in queues
    )
    return int(needed / FULL_SHARE) + FEEDS_BYTES


class RedisMemory:
    """The memory of one Redis: checked from time to time, and freed when little is left."""

    def __init__(self, connection: RedisConnection, streams: Callable[[], Sequence[str]]) -> None:
        """`streams` hold data that SQLite has as well; entries of the first are removed first."""
        self._connection = connection
        self._streams = streams
        self._added = CHECK_BYTES  # bytes since the last check
        self.full = False
        """Whether nothing may be added at present."""

    async def admit(self, size: int) -> None:
        """Admit `size` bytes to the streams. Raises RedisFull if there is no room."""
        self._added += size
        if self.full or self._added >= CHECK_BYTES:
            await self.check()
            self._added = size

    def count(self, size: int) -> None:
        """Count `size` bytes that were added elsewhere, for the next check."""
        self._added += size

    async def check(self) -> None:
        """Make room if little is left. Raises RedisFull until there is room again."""
        share = await self._share()
        if share <= ROOMY_SHARE or (
            share <= FULL_SHARE and not (self.full and await self._has_waiting_work())
        ):
            if self.full:
                log.info("redis has room again", used=f"{share:.0%}")
            self.full = False
            return
        if not self.full:
            log.error("redis is full", used=f"{share:.0%}")
        self.full = True  # first, so that no feed is built from now on
        if share > FULL_SHARE:
            await self._drop_feeds()
            await self._shed()
        raise RedisFull("The memory of Redis is full; what is accepted waits in the database.")

    async def _share(self) -> float:
        """The share of `maxmemory` that is in use; 0 without a limit."""
        info: bytes = await self._connection.one("INFO", "memory")
        fields = dict(line.split(b":", 1) for line in info.splitlines() if b":" in line)
        most = int(fields.get(b"maxmemory", 0))
        return int(fields.get(b"used_memory", 0)) / most if most else 0.0

    async def _has_waiting_work(self) -> bool:
        lengths = await self._connection.call(*[("XLEN", stream) for stream in self._streams()])
        return any(lengths)

    async def _drop_feeds(self) -> None:
        """Delete all feeds and ranked lists: reading makes them again."""
        for prefix in (INDEX, BODIES, HOME, RANKED):
            cursor = b"0"
            while True:
                cursor, keys = await self._connection.one(
                    "SCAN", cursor, "MATCH", f"{prefix}*", "COUNT", STEP_ENTRIES
                )
                if keys:
                    await self._connection.one("DEL", *keys)
                if cursor == b"0":
                    break

    async def _shed(self) -> None:
        """Remove waiting entries; the relay sends them again when there is room."""
        shed = 0
        for stream in self._streams():
            arguments = (1, stream, group_of(stream), STEP_ENTRIES)
            while await self._share() > FULL_SHARE:
                more = await self._connection.one("EVAL", SHED, *arguments)
                if not more:
                    break
                shed += more
        if shed:
            log.warning("taken off the streams to make room", entries=shed)
