"""Queue counts: how much waits for each pool, of all nodes together.

The node that leads counts it in the database from time to time. In between each node adds what it
has accepted and ended, and learns what the others have.
"""

from __future__ import annotations

from collections.abc import Mapping

from service.store.redis.script import Script
from service.store.redis.streams import Streams
from service.store.sql.requests.request_records import Load

KEY = "feedmill:queue-counts"
COUNTED = "counted"  # the field that says that the counts are those of the database

# KEYS: the hash. ARGV: pool, parts and bytes to add, of each pool that has changed.
_ADD = Script("""
if redis.call('HEXISTS', KEYS[1], 'counted') == 0 then return {} end
for i = 1, #ARGV, 3 do
  redis.call('HINCRBY', KEYS[1], 'parts:' .. ARGV[i], ARGV[i + 1])
  redis.call('HINCRBY', KEYS[1], 'bytes:' .. ARGV[i], ARGV[i + 2])
end
return redis.call('HGETALL', KEYS[1])
""")


class QueueCounts:
    """The counts in Redis. Both methods raise RedisUnavailable."""

    def __init__(self, streams: Streams) -> None:
        self._connection = streams.connection()

    async def add(self, changes: Mapping[str, Load]) -> Mapping[str, Load] | None:
        """Add what has changed here; returns all counts, None before the first count."""
        arguments = [
            value for pool, load in changes.items() for value in (pool, load.parts, load.size)
        ]
        if arguments:
            reply = await _ADD.call(self._connection, [KEY], *arguments)
        else:
            reply = await self._connection.one("HGETALL", KEY)
        found = {
            key.decode(): int(value) for key, value in zip(reply[::2], reply[1::2], strict=True)
        }
        if COUNTED not in found:
            return None
        pools = [key.removeprefix("parts:") for key in found if key.startswith("parts:")]
        return {pool: Load(found[f"parts:{pool}"], found.get(f"bytes:{pool}", 0)) for pool in pools}

    async def set(self, loads: Mapping[str, Load]) -> None:
        """Replace the counts by those of the database."""
        fields: list[str | int] = [COUNTED, 1]
        for pool, load in loads.items():
            fields += [f"parts:{pool}", load.parts, f"bytes:{pool}", load.size]
        await self._connection.call(("MULTI",), ("DEL", KEY), ("HSET", KEY, *fields), ("EXEC",))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
