"""Token buckets in Redis, so that all processes count together; key: string, µs since the epoch.

The generic cell rate algorithm (GCRA): a bucket is one moment, that at which it is full again.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import structlog

from service.store.errors import RedisUnavailable
from service.store.redis.connection import RedisConnection

log = structlog.get_logger()

PREFIX = "limits:"  # "limits:" + whose: string; goes by itself when the bucket is full
REDIS_TIMEOUT_SECONDS = 0.5  # seconds that Redis may take before this process counts for itself
REDIS_PAUSE_SECONDS = 1.0  # seconds before Redis is asked again
MAX_LOCAL_BUCKETS = 10_000  # buckets kept here while Redis is away
SECOND_MICROSECONDS = 1_000_000  # microseconds, in which everything here is counted

# Looking and taking is one step. The clock is that of Redis, the same for all processes. When it is
# set back, no bucket is emptier than empty: the wait is never longer than the rate asks for.
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local one, room = tonumber(ARGV[1]), tonumber(ARGV[2])
local found = tonumber(redis.call('GET', KEYS[1]) or '0')
local full = math.min(math.max(found, now), now + room)
local taken = full + one - now <= room
if taken then full = full + one end
if taken or full < found then
  redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
end
return {taken and 1 or 0, full - now}
"""


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """Whether a request may pass; times in seconds."""

    allowed: bool
    remaining: int
    """How many more may follow at once."""
    full_in: float
    """Until as many as ever may follow at once."""
    retry_after: float
    """Until the next one may pass."""


class RateLimits:
    """Counts requests. Without Redis each process counts for itself: nobody is locked out."""

    def __init__(self, connection: RedisConnection) -> None:
        self._connection = connection
        self._again = 0.0
        self._away = False
        self._local: dict[str, float] = {}

    async def take_token(self, whose: str, rate: float, burst: int) -> TokenGrant:
        """Let a request pass if there were not too many: `burst` at once, `rate` a second."""
        one = max(1, math.ceil(SECOND_MICROSECONDS / rate))
        room = one * burst
        if time.monotonic() >= self._again:
            try:
                allowed, used = await self._connection.one(
                    "EVAL", _TAKE, 1, PREFIX + whose, one, room, timeout=REDIS_TIMEOUT_SECONDS
                )
            except RedisUnavailable as error:
                self._again = time.monotonic() + REDIS_PAUSE_SECONDS
                if not self._away:
                    log.warning("rate limits are counted by each process", reason=str(error))
                self._away = True
            else:
                self._away = False
                return _taken(bool(allowed), used, one, room)
        return self._take_here(whose, one, room)

    def _take_here(self, whose: str, one: int, room: int) -> TokenGrant:
        now = time.monotonic() * SECOND_MICROSECONDS
        full = max(self._local.get(whose, 0.0), now)
        allowed = full + one - now <= room
        if allowed:
            full += one
            if len(self._local) >= MAX_LOCAL_BUCKETS:
                self._local = {key: at for key, at in self._local.items() if at > now}
            if len(self._local) < MAX_LOCAL_BUCKETS:
                self._local[whose] = full
        return _taken(allowed, full - now, one, room)

    async def aclose(self) -> None:
        """End the connection."""
        self._connection.close()


def _taken(allowed: bool, used: float, one: int, room: int) -> TokenGrant:
    remaining = max(0, int((room - used) // one))
    wait = 0.0 if remaining else (used + one - room) / SECOND_MICROSECONDS
    return TokenGrant(allowed, remaining, used / SECOND_MICROSECONDS, wait)
