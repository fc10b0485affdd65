"""Ranked lists in Redis: made once, then read page by page for half an hour."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from service.ranking.reasons import Reason
from service.store.errors import RedisFull
from service.store.redis.connection import RedisConnection

PREFIX = "feed:ranked:"
KEPT_SECONDS = 1800
MOST_LISTS = 4
"""Lists of a user that are kept, the newest: for devices that read at the same time."""
REDIS_TIMEOUT_SECONDS = 1.0  # the reader of a feed waits for it


def ranked_key(user: str) -> str:
    """LIST, newest first: id, a space, JSON of RankedPosts."""
    return f"{PREFIX}{user}"


class RankedPost(msgspec.Struct, frozen=True, array_like=True):
    """A post of a list."""

    post: int
    source: str
    probability: float
    reason: Reason


class RankedLists:
    """Keeps the lists of users. Each method may raise RedisUnavailable."""

    def __init__(
        self,
        connection: RedisConnection,
        is_full: Callable[[], bool] = lambda: False,
        added: Callable[[int], None] = lambda _: None,
    ) -> None:
        """While `is_full` returns True, no list is kept; `added` gets the bytes of each."""
        self._connection = connection
        self._is_full = is_full
        self._added = added
        self._decoder = msgspec.json.Decoder(list[RankedPost])

    async def save(self, user: str, list_id: str, posts: Sequence[RankedPost]) -> None:
        """Keep a list. Raises RedisFull if there is no room."""
        if self._is_full():
            raise RedisFull("The memory of Redis is full; no list is kept.")
        entry = list_id.encode() + b" " + msgspec.json.encode(posts)
        key = ranked_key(user)
        self._added(len(entry))
        await self._connection.call(
            ("LPUSH", key, entry),
            ("LTRIM", key, 0, MOST_LISTS - 1),
            ("EXPIRE", key, KEPT_SECONDS),
            timeout=REDIS_TIMEOUT_SECONDS,
        )

    async def load(self, user: str, list_id: str) -> list[RankedPost] | None:
        """A list; None if it is gone."""
        entries = await self._connection.one(
            "LRANGE", ranked_key(user), 0, -1, timeout=REDIS_TIMEOUT_SECONDS
        )
        start = list_id.encode() + b" "
        found = next((entry for entry in entries if entry.startswith(start)), None)
        return None if found is None else self._decoder.decode(found[len(start) :])

    async def aclose(self) -> None:
        """Close the connection."""
        self._connection.close()
