"""Three nodes, one for each role, as if each were on a host of its own."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from service.roles import ROLES
from service.store.redis.server.embedded import embedded_redis
from tests.support.postgres import Cluster
from tests.support.running import Running, spawn

MAX_QUEUED = 8
SETTINGS = (
    *("text.generator=simulated", "image.generator=simulated", "service.discover=false"),
    "image.simulated.delay=600",  # a picture runs until it is cancelled
    f"image.max_queued={MAX_QUEUED}",
)


@dataclass
class Nodes:
    """The nodes by name, each with a data folder of its own."""

    folder: Path
    database_url: str
    redis_url: str
    running: dict[str, Running] = field(default_factory=dict)

    async def start(
        self, name: str, *settings: str, environment: Mapping[str, str] | None = None
    ) -> Running:
        """Start a node, and wait until it is ready."""
        where = self.folder / name
        where.mkdir(exist_ok=True)
        node = await spawn(
            where,
            *SETTINGS,
            f"database.url={self.database_url}",
            f"redis.url={self.redis_url}",
            f"service.node={name}",
            *settings,
            environment=environment,
        )
        self.running[name] = node
        node.url = (await node.logged("ready"))["url"]
        return node

    def client(self, name: str) -> ClientSession:
        """A client of one node."""
        return ClientSession(self.running[name].url)

    async def end(self) -> None:
        """Stop all that still run; each has to end well."""
        for node in self.running.values():
            await node.end_well()


@pytest.fixture(scope="session")
def a_redis(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the Redis that all nodes share."""
    return tmp_path_factory.mktemp("cluster")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def nodes(a_redis: Path, postgres_cluster: Cluster) -> AsyncIterator[Nodes]:
    """Nodes named after their roles, which are all ready."""
    async with embedded_redis(a_redis / "redis") as redis_url, contextlib.AsyncExitStack() as stack:
        url = await postgres_cluster.make_empty()
        stack.push_async_callback(postgres_cluster.drop, url)
        world = Nodes(a_redis, url, redis_url)
        try:
            for role in ROLES:
                await world.start(role, f'service.roles=["{role}"]')
            yield world
        finally:
            await world.end()
