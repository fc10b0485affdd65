"""What is to be seen of the service from outside: what `/metrics` and `/status` are made from."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from service.generators.protocol import ServerState
from service.messages import Kind
from service.metrics import Metrics
from service.store.errors import DatabaseUnavailable, RedisUnavailable
from service.store.redis.streams import Stream
from service.store.sql.requests import Ages
from service.store.stores import Stores

T = TypeVar("T")


class Workers(Protocol):
    """The workers of one kind."""

    @property
    def size(self) -> int: ...
    @property
    def busy(self) -> int: ...
    @property
    def idle(self) -> int: ...
    @property
    def in_flight(self) -> int: ...
    @property
    def generator(self) -> str: ...
    @property
    def paused(self) -> bool: ...
    @property
    def pause(self) -> float: ...
    @property
    def trouble(self) -> str | None: ...
    @property
    def servers(self) -> tuple[ServerState, ...]: ...


@dataclass(slots=True)
class ServiceMonitor:
    """What knows how the service is; filled in by the composition root, and by who listens."""

    version: str
    node: str
    metrics: Metrics
    pools: Mapping[Kind, Workers]
    stores: Stores
    connections: Callable[[], int] = lambda: 0
    """How many clients are connected."""

    async def take_snapshot(self) -> Snapshot:
        """What must be asked for; what does not answer is None."""
        info, streams, dead_letters, ages, size = await asyncio.gather(
            _known(self.stores.streams.info()),
            _known(self.stores.streams.overview()),
            _known(self.stores.dead_letters.count()),
            _known(self.stores.requests.ages()),
            asyncio.to_thread(self.stores.database.size),
        )
        return Snapshot(info, streams, dead_letters, ages, size)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What Redis, SQLite and the disk said when they were asked."""

    redis: Mapping[str, str] | None
    streams: Mapping[str, Stream] | None
    dead_letters: int | None
    ages: Mapping[Kind, Ages] | None
    database_bytes: int


async def _known(asked: Awaitable[T]) -> T | None:
    with contextlib.suppress(RedisUnavailable, DatabaseUnavailable):
        return await asked
    return None
