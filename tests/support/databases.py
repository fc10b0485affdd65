"""Databases for tests: SQLite in a folder, or PostgreSQL for tests that run over both engines."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from service.store.database import Database
from service.store.postgres.database import Database as PostgresDatabase
from service.store.sqlite.database import Database as SqliteDatabase
from tests.support.postgres import Cluster

ENGINES = ("sqlite", "postgres")
OVER_BOTH, OF_SQLITE = "over_both_engines", "of_sqlite"
"""Marks of tests. Those over both engines have the fixture `engine`, and open their database with
the fixture `database`, `open_database` or `running_pipeline`."""


class Servers:
    """Where `open_database` opens: None is SQLite in the folder, as in most tests."""

    cluster: Cluster | None = None
    urls: dict[Path, str]


@contextlib.asynccontextmanager
async def open_database(folder: Path, name: str = "feedmill") -> AsyncIterator[Database]:
    """A database of this test, empty unless it was opened before."""
    if Servers.cluster is None:
        async with SqliteDatabase.open(folder / f"{name}.db") as sqlite:
            yield sqlite
        return
    path = folder / name
    if path not in Servers.urls:
        Servers.urls[path] = await Servers.cluster.take()
    async with PostgresDatabase.open(Servers.urls[path]) as postgres:
        yield postgres


@contextlib.asynccontextmanager
async def postgres(cluster: Cluster) -> AsyncIterator[None]:
    """`open_database` opens databases of this cluster; other tests get them without rows."""
    Servers.cluster, Servers.urls = cluster, {}
    try:
        yield
        for url in Servers.urls.values():
            await cluster.give_back(url)
    finally:
        Servers.cluster = None
