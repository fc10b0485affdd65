"""The observable state of the service: the source of `/metrics` and `/status`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from service.generators.protocol import ServerState
from service.history import ProcessHistory
from service.local_models.discovery import Discovery
from service.messages import KINDS, AtWork, Kind, PausedBy
from service.queueing.waits import Waits
from service.roles import Role
from service.store.errors import DatabaseUnavailable, RedisUnavailable
from service.store.redis.streams import Stream
from service.store.sql.feeds.fanouts import FanoutLag
from service.store.sql.nodes import Node
from service.store.sql.queues.waiting_clients import ClientsOfPool
from service.store.sql.requests.request_loads import Ages
from service.store.stores import Stores
from service.telemetry.metrics import Metrics

T = TypeVar("T")

MAX_WAITING_CLIENTS = 10  # read of each pool, those with the longest lines


class Workers(Protocol):
    """The workers of one model."""

    @property
    def kind(self) -> Kind: ...
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
    def abilities(self) -> frozenset[str]: ...
    @property
    def sides(self) -> range: ...
    @property
    def model_name(self) -> str: ...
    @property
    def breaker_open(self) -> bool: ...
    @property
    def breaker_pause(self) -> float: ...
    @property
    def trouble(self) -> str | None: ...
    @property
    def limit(self) -> int: ...
    @property
    def automatic(self) -> bool: ...
    @property
    def waits(self) -> Waits | None: ...
    @property
    def paused_by(self) -> PausedBy | None: ...
    @property
    def paused_at(self) -> float | None: ...
    @property
    def servers(self) -> tuple[ServerState, ...]: ...
    async def check_pause(self) -> None: ...
    def running_of(self, client: str) -> int: ...
    def at_work(self) -> Iterator[AtWork]: ...


@dataclass(slots=True)
class ServiceMonitor:
    """The parts of the service to observe; filled in by the pipeline and the server."""

    version: str
    this_node: Callable[[], Node]
    metrics: Metrics
    pools: Mapping[str, Workers]
    stores: Stores
    discovery: Discovery
    history: ProcessHistory
    connections: Callable[[], int] = lambda: 0
    """The number of connected clients."""

    @property
    def node(self) -> str:
        """The name of this process in the streams."""
        return self.this_node().name

    @property
    def roles(self) -> tuple[Role, ...]:
        """What this process does."""
        return self.this_node().roles

    async def take_snapshot(self) -> Snapshot:
        """Query Redis, SQLite and the disk; None for each that does not answer."""
        size = asyncio.create_task(_or_none(self.stores.database.size()))
        coverage = asyncio.create_task(_or_none(self.stores.served_posts.coverage()))
        nodes = asyncio.create_task(_or_none(self.stores.nodes.all()))
        info, streams, dead_letters, ages, fanouts, clients = await asyncio.gather(
            _or_none(self.stores.streams.info()),
            _or_none(self.stores.streams.overview()),
            _or_none(self.stores.dead_letters.count()),
            _or_none(self.stores.requests.ages(of_models=len(self.pools) > len(KINDS))),
            _or_none(self.stores.fanouts.lag()),
            _or_none(self._clients()),
        )
        return Snapshot(
            *(info, streams, dead_letters, ages, fanouts, await coverage, clients, await size),
            self._with_this(await nodes or ()),
        )

    def _with_this(self, nodes: Sequence[Node]) -> Sequence[Node]:
        this = self.this_node()
        all_ = sorted([this, *(node for node in nodes if node.name != this.name)])
        led = [node for node in all_ if node.leads and node.is_alive]
        newest = max(led, key=lambda node: node.seen_at, default=None)  # others have died since
        return [node._replace(leads=node is newest) for node in all_]

    async def _clients(self) -> Clients:
        waiting = self.stores.waiting_clients
        pools = {name: pool.kind for name, pool in self.pools.items()}
        found = {
            pool: await waiting.of(kind, pool, MAX_WAITING_CLIENTS) for pool, kind in pools.items()
        }
        weights = await self.stores.api_keys.weights()
        return Clients(found, {f"key:{name}": weight for name, weight in weights.items()})


@dataclass(frozen=True, slots=True)
class Clients:
    """The clients with unfinished parts in each pool, and the weights that are not 1."""

    of_pools: Mapping[str, ClientsOfPool]
    weights: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The answers of Redis, SQLite and the disk at one time."""

    redis: Mapping[str, str] | None
    streams: Mapping[str, Stream] | None
    dead_letters: int | None
    ages: Mapping[str, Ages] | None
    fanouts: FanoutLag | None
    coverage: float | None
    """The share of the last day's posts that were served in recommended lists."""
    clients: Clients | None
    database_bytes: int | None
    nodes: Sequence[Node]


async def _or_none(query: Awaitable[T]) -> T | None:
    with contextlib.suppress(RedisUnavailable, DatabaseUnavailable):
        return await query
    return None
