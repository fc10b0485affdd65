"""The seat of a node over PostgreSQL: its name, and who leads."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from structlog.testing import capture_logs

from service import clock
from service.store.errors import NodeRefused
from service.store.postgres import seat as seats
from service.store.postgres.connection import Hosts
from service.store.postgres.seat import PostgresSeat
from tests.support.postgres import Cluster
from tests.support.tcp_relay import tcp_relay
from tests.support.waiting import HANGS_SECONDS, eventually, wait_until

REFUSED = "another node has this name"


@pytest.fixture
async def url(postgres_cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The URL of an empty database; what a seat waits for is short."""
    for name in ("PULSE_SECONDS", "RETRY_SECONDS"):
        monkeypatch.setattr(seats, name, 0.02)
    for name in ("NAME_SECONDS", "FREE_NAME_SECONDS"):
        monkeypatch.setattr(seats, name, 0.1)
    made = await postgres_cluster.make_empty()
    yield made
    await postgres_cluster.drop(made)


async def test_a_name_has_one_node(url: str) -> None:
    hosts = Hosts(url)
    names = ["mill", "mill-2", "mill-3"]
    async with PostgresSeat.taken(hosts, names, may_lead=True) as first:
        async with PostgresSeat.taken(hosts, names, may_lead=True) as second:
            assert (first.name, second.name) == ("mill", "mill-2")
            with pytest.raises(NodeRefused, match="has the name mill:"):
                async with PostgresSeat.taken(hosts, ["mill"], may_lead=True):
                    raise AssertionError
        async with PostgresSeat.taken(hosts, names[1:], may_lead=True) as third:
            assert third.name == "mill-2"


async def test_one_leads_and_another_takes_over(url: str, postgres_cluster: Cluster) -> None:
    async with AsyncExitStack() as reachable:
        relay = await reachable.enter_async_context(tcp_relay(postgres_cluster.port))
        cut_off = f"postgresql://postgres@127.0.0.1:{relay.port}/{url.rpartition('/')[2]}"
        began: list[str] = []
        async with (
            PostgresSeat.taken(Hosts(cut_off), ["first"], may_lead=True) as first,
            PostgresSeat.taken(Hosts(url), ["second"], may_lead=True) as second,
            PostgresSeat.taken(Hosts(url), ["third"], may_lead=False) as third,
        ):
            second.on_lead = lambda: began.append("second")
            assert first.leads
            assert not second.leads
            await reachable.aclose()
            await wait_until(lambda: second.leads, "it takes over")
            await wait_until(lambda: not first.leads, "the other knows")
            assert began == ["second"]
            assert not third.leads


async def test_a_name_that_was_held_for_a_moment_is_taken_again(url: str) -> None:
    # as by its own connection from before a network failed, which the server has not missed yet
    hosts = Hosts(url)
    number = zlib.crc32(b"mill") - 2**31
    lock = f"({seats.NAMES}, {number})"
    async with PostgresSeat.taken(hosts, ["mill"], may_lead=False):
        admin, other = await hosts.connect(), await hosts.connect()
        try:
            # it waits for the lock, so it is the first to have it
            waiting = asyncio.create_task(other.fetchval(f"SELECT pg_advisory_lock{lock}"))
            of_name = f"FROM pg_locks WHERE classid = {seats.NAMES}"
            waits = f"SELECT count(*) {of_name} AND NOT granted"
            await eventually(lambda: admin.fetchval(waits), "it waits")
            with capture_logs() as lines:
                await admin.execute(f"SELECT pg_terminate_backend(pid) {of_name} AND granted")
                await waiting
                await wait_until(
                    lambda: REFUSED in {line["event"] for line in lines}, "it misses its name"
                )
            await other.fetchval(f"SELECT pg_advisory_unlock{lock}")

            async def is_held() -> bool:
                if await other.fetchval(f"SELECT pg_try_advisory_lock{lock}"):
                    await other.fetchval(f"SELECT pg_advisory_unlock{lock}")
                    return False
                return True

            await eventually(is_held, "it has its name again", seconds=HANGS_SECONDS / 6)
        finally:
            await other.close()
            await admin.close()


async def test_the_clock_is_that_of_the_database(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with PostgresSeat.taken(Hosts(url), ["mill"], may_lead=True):
        right = time.time()
        assert abs(clock.machine() - right) < 1
        monkeypatch.setattr(time, "time", lambda: right + 60)
        assert abs(clock.machine() - right) < 30  # the database's, whatever this machine's shows
        assert 30 < clock.ahead() < 90
    assert clock.ahead() == 0
