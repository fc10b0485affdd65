"""A node on a machine whose clock is wrong, and whose folder is empty, is as good as the others."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import datetime

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from service.request_ids import time_of_id
from tests.cluster.conftest import Nodes
from tests.support.moved_clock import MovedClock

pytestmark = pytest.mark.asyncio(loop_scope="session")

AHEAD_SECONDS = 300.0
NEAR_SECONDS = 60.0  # a loaded machine takes its time; the clock is five times as far off


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def odd(nodes: Nodes) -> AsyncIterator[ClientSession]:
    """A client of a node with the role http, whose clock is ahead."""
    moved = MovedClock(nodes.folder / "odd")
    moved.set(AHEAD_SECONDS)
    node = await nodes.start("odd", 'service.roles=["http"]', environment=moved.environment())
    async with nodes.client("odd") as client:
        yield client
    assert await node.stop() == 0


async def test_ids_and_deadlines_do_not_follow_its_clock(odd: ClientSession) -> None:
    async with odd.post("/content", data={"prompt": "rain", "tag": "text"}) as answer:
        id_ = (await answer.json())["RequestId"]
    accepted = time_of_id(id_)
    assert accepted is not None
    assert abs(accepted - time.time()) < NEAR_SECONDS
    async with odd.get(f"/content/{id_}?wait=50") as answer:
        record = await answer.json()
    assert record["status"] == "completed"
    for moment in ("created_at", "completed_at"):
        shown = datetime.fromisoformat(record[moment]).timestamp()
        assert abs(shown - time.time()) < NEAR_SECONDS


async def test_it_says_how_wrong_its_clock_is(odd: ClientSession, nodes: Nodes) -> None:
    async with odd.get("/readyz") as answer:
        assert answer.status == 200
        assert "300.0 s off" in (await answer.json())["clock"]
    async with nodes.client("http") as http, http.get("/readyz") as answer:
        assert "clock" not in await answer.json()


async def test_all_nodes_sign_with_one_secret(odd: ClientSession, nodes: Nodes) -> None:
    path = "/replicate/v1/webhooks/default/secret"
    async with odd.get(path) as answer, nodes.client("http") as http, http.get(path) as other:
        assert (await answer.json())["key"] == (await other.json())["key"]
