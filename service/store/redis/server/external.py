"""An external Redis, run by its operator."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from service.store.errors import RedisUnavailable
from service.store.redis.addresses import how_to_inspect
from service.store.redis.connection import RedisConnection
from service.store.redis.server.embedded import CannotStartRedis, check_version

REFUSALS = (
    *("WRONGPASS", "NOAUTH", "NOPERM", "ERR invalid password", "ERR AUTH", "ERR DB index"),
    "ERR No such master",  # of Sentinels
)
"""Prefixes of errors that do not go away by waiting."""


@contextlib.asynccontextmanager
async def external_redis(url: str) -> AsyncIterator[str]:
    """Check an external Redis; yields its URL. Raises CannotStartRedis if it cannot be used.

    An unreachable Redis may come back: the service starts without it.
    """
    connection = RedisConnection(url)
    try:
        check_version(await connection.one("INFO", "server"))
    except RedisUnavailable as refusal:
        if str(refusal).startswith(REFUSALS):
            raise CannotStartRedis(
                f"Redis refuses this service ({refusal}); look at it with: {how_to_inspect(url)}"
            ) from refusal
    finally:
        connection.close()
    yield url
