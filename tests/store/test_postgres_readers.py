"""Reads of PostgreSQL: clients take turns, and none takes too long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from service.store.errors import ReadRejected
from service.store.postgres.connection import Hosts
from service.store.postgres.readers import Readers
from tests.support.postgres import Cluster
from tests.support.waiting import eventually

NUMBER = "SELECT CAST(?1 AS int)"
SLOW = "SELECT pg_sleep(60)"
LOCKED = "SELECT count(pg_advisory_lock_shared(17))"


@pytest.fixture
async def url(postgres_cluster: Cluster) -> AsyncIterator[str]:
    taken = await postgres_cluster.take()
    yield taken
    await postgres_cluster.give_back(taken)


async def test_a_query_that_takes_too_long_is_stopped(url: str) -> None:
    readers = Readers(Hosts(url), 1, limit=0.2)
    with pytest.raises(ReadRejected, match="takes too long"):
        await readers.all(SLOW)
    assert await readers.all(NUMBER, 7) == [(7,)]
    await readers.close()


async def test_a_read_that_waited_too_long_is_not_begun(url: str) -> None:
    readers = Readers(Hosts(url), 1, limit=0.3)
    outcomes = await asyncio.gather(*(readers.all(SLOW) for _ in range(3)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {ReadRejected}
    assert await readers.all(NUMBER, 7) == [(7,)]
    await readers.close()


async def test_clients_take_turns_and_have_a_share(postgres_cluster: Cluster, url: str) -> None:
    lock = await postgres_cluster.connect(url.rpartition("/")[2])
    await lock.execute("SELECT pg_advisory_lock(17)")
    readers = Readers(Hosts(url), 1, max_waiting=12)
    held = asyncio.create_task(readers.all(LOCKED))

    async def is_waiting() -> bool:
        sql = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        return bool(await lock.fetchval(sql))

    await eventually(is_waiting, "the only connection is in use")
    order: list[str] = []

    async def read(client: str) -> None:
        await readers.all(NUMBER, 1, client=client)
        order.append(client)

    tasks = [asyncio.create_task(read(client)) for client in ("ann", "ann", "ann", "bob", "")]
    await asyncio.sleep(0)
    with pytest.raises(ReadRejected, match="Too many reads"):
        await readers.all(NUMBER, 1, client="ann")
    given_up = asyncio.create_task(read("bob"))
    await asyncio.sleep(0)
    given_up.cancel()
    await lock.execute("SELECT pg_advisory_unlock(17)")
    await asyncio.gather(held, *tasks)
    assert order == ["ann", "bob", "", "ann", "ann"]
    assert await readers.all(NUMBER, 7) == [(7,)]
    await readers.close()
    await lock.close()
