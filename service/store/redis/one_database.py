"""A Redis carries the messages of one database: others would take each other's."""

from __future__ import annotations

from service.store.redis.script import Script
from service.store.redis.streams import Streams

KEY = "feedmill:database"
CLAIM_SECONDS = 30  # that a claim lasts without being renewed

# KEYS: the claim. ARGV: the id of a database, seconds. Returns whether the claim is its own.
_CLAIM = Script("""
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
""")


# KEYS: the claim. ARGV: the id of a database.
_GIVE_UP = Script("""
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
""")


async def claim(streams: Streams, database: str) -> bool:
    """Claim this Redis for a database, or renew the claim. Raises RedisUnavailable.

    False if nodes of another database work with it.
    """
    [is_own] = await streams.call(_CLAIM.whole([KEY], database, CLAIM_SECONDS))
    return bool(is_own)


async def give_up(streams: Streams, database: str) -> None:
    """End the claim of a database; its other nodes renew it. Raises RedisUnavailable."""
    await streams.call(_GIVE_UP.whole([KEY], database))
