"""Ranked lists in Redis: made once, then read page by page for half an hour."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from service.ranking.reasons import Reason
from service.store.redis.connection import RedisConnection

PREFIX = "feed:ranked:"  # "feed:ranked:" + user + ":" + list: string, JSON of RankedPost
KEPT_SECONDS = 1800
REDIS_TIMEOUT_SECONDS = 1.0  # the reader of a feed waits for it


class RankedPost(msgspec.Struct, frozen=True, array_like=True):
    """A post of a list."""

    post: int
    source: str
    probability: float
    reason: Reason


class RankedLists:
    """Keeps the lists of users. Each method may raise RedisUnavailable."""

    def __init__(self, connection: RedisConnection) -> None:
        self._connection = connection
        self._decoder = msgspec.json.Decoder(list[RankedPost])

    async def save(self, user: str, list_id: str, posts: Sequence[RankedPost]) -> None:
        """Keep a list."""
        body = msgspec.json.encode(posts)
        await self._connection.one(
            "SET", _key(user, list_id), body, "EX", KEPT_SECONDS, timeout=REDIS_TIMEOUT_SECONDS
        )

    async def load(self, user: str, list_id: str) -> list[RankedPost] | None:
        """A list; None if it is gone."""
        found = await self._connection.one(
            "GET", _key(user, list_id), timeout=REDIS_TIMEOUT_SECONDS
        )
        return None if found is None else self._decoder.decode(found)

    async def aclose(self) -> None:
        """Close the connection."""
        self._connection.close()


def _key(user: str, list_id: str) -> str:
    return f"{PREFIX}{user}:{list_id}"
