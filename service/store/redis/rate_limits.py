"""Token buckets in Redis, shared by all processes; each is a string, µs since the epoch.

The generic cell rate algorithm (GCRA): a bucket is one timestamp, the time when it is full again.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import structlog

from service.store.errors import RedisUnavailable
from service.store.redis.connection import RedisConnection

log = structlog.get_logger()

PREFIX = "limits:"
REDIS_TIMEOUT_SECONDS = 0.5  # after which the process counts alone
REDIS_PAUSE_SECONDS = 1.0  # until Redis is tried again
MAX_LOCAL_BUCKETS = 10_000  # buckets kept in this process while Redis is away
SECOND_MICROSECONDS = 1_000_000  # all times in buckets are microseconds

# Check and take in one step, by the clock of Redis, which is the same for all processes. When it is
# set back, a bucket is at most empty: the wait is never longer than the rate demands.
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local needed, room = tonumber(ARGV[1]), tonumber(ARGV[2])
local found = tonumber(redis.call('GET', KEYS[1]) or '0')
local full = math.min(math.max(found, now), now + room)
local taken = full + needed - now <= room
if taken then full = full + needed end
if taken or full < found then
  redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
end
return {taken and 1 or 0, full - now}
"""


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """Whether a request is allowed; times in seconds."""

    allowed: bool
    remaining: int
    """How many more requests are allowed at once."""
    full_in: float
    """Until the bucket is full: a whole burst is allowed again."""
    retry_after: float
    """Until the next request is allowed."""


def limit_key(client: str) -> str:
    """STRING: the bucket of a client; expires when it is full."""
    return f"{PREFIX}{client}"


class RateLimits:
    """The token buckets of all clients. Without Redis, each process counts its own requests."""

    def __init__(self, connection: RedisConnection) -> None:
        self._connection = connection
        self._again = 0.0
        self._away = False
        self._local: dict[str, float] = {}

    async def take_token(
        self, client: str, rate: float, burst: int, *, count: int = 1
    ) -> TokenGrant:
        """Take `count` tokens, all or none: `burst` at once, `rate` per second.

        More than a burst are a whole one: they would never be there.
        """
        step = max(1, math.ceil(SECOND_MICROSECONDS / rate))
        room = step * burst
        needed = min(step * count, room)
        if time.monotonic() >= self._again:
            try:
                allowed, used = await self._connection.one(
                    "EVAL", _TAKE, 1, limit_key(client), needed, room, timeout=REDIS_TIMEOUT_SECONDS
                )
            except RedisUnavailable as error:
                self._again = time.monotonic() + REDIS_PAUSE_SECONDS
                if not self._away:
                    log.warning("rate limits are counted by each process", reason=str(error))
                self._away = True
            else:
                self._away = False
                return _grant(bool(allowed), used, step, room, needed)
        return self._take_locally(client, step, room, needed)

    def _take_locally(self, client: str, step: int, room: int, needed: int) -> TokenGrant:
        now = time.monotonic() * SECOND_MICROSECONDS
        full = max(self._local.get(client, 0.0), now)
        allowed = full + needed - now <= room
        if allowed:
            full += needed
            if len(self._local) >= MAX_LOCAL_BUCKETS:
                self._local = {key: at for key, at in self._local.items() if at > now}
            if len(self._local) < MAX_LOCAL_BUCKETS:
                self._local[client] = full
        return _grant(allowed, full - now, step, room, needed)

    async def aclose(self) -> None:
        """Close the connection."""
        self._connection.close()


def _grant(allowed: bool, used: float, step: int, room: int, needed: int) -> TokenGrant:
    remaining = max(0, int((room - used) // step))
    wait = max(0.0, used + (step if allowed else needed) - room) / SECOND_MICROSECONDS
    return TokenGrant(allowed, remaining, used / SECOND_MICROSECONDS, wait)
