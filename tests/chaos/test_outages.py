"""While Redis is unavailable the service waits quietly, reports it, and continues afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.chaos.faults import full, hanging
from tests.chaos.redis import External
from tests.chaos.world import World
from tests.support.waiting import eventually

SHORT, LONG = 3.0, 20.0  # seconds
MOST_LINES = 25  # in the log, with the 14 or so of requests that are accepted during the outage
MOST_CPU = 0.1  # share of a core
TICK = os.sysconf("SC_CLK_TCK")


@contextlib.asynccontextmanager
async def gone(world: World) -> AsyncIterator[None]:
    assert isinstance(world.redis, External)
    await world.redis.stop()
    yield
    await world.redis.start()


def cpu(pid: int) -> float:
    """Seconds of processor time that a process has used (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


async def readiness(client: ClientSession, wanted: int) -> dict[str, Any]:
    """The answer of /readyz once it has this status."""

    async def look() -> dict[str, Any] | None:
        async with client.get("/readyz") as answer:
            return dict(await answer.json()) if answer.status == wanted else None

    return await eventually(look, f"/readyz is {wanted}")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processor time is read in /proc")
@pytest.mark.parametrize(
    ("outage", "seconds"),
    [
        (gone, SHORT),
        *(pytest.param(kind, LONG, marks=pytest.mark.long) for kind in (gone, hanging, full)),
    ],
)
async def test_an_outage_of_redis_logs_little_costs_little_and_leaves_nothing_behind(
    tmp_path: Path,
    outage: Callable[[World], contextlib.AbstractAsyncContextManager[None]],
    seconds: float,
) -> None:
    world = World(tmp_path, nodes=1, external=True, delay=0.1)
    try:
        await world.start()
        [node] = world.nodes
        async with ClientSession(node.url) as client:

            async def submit(prompt: str) -> str:
                parameters = {"prompt": prompt, "tag": "instagram", "user-id": "ann"}
                async with client.post("/content/", json=parameters) as answer:
                    assert answer.status == 202
                    return str((await answer.json())["RequestId"])

            async def finish(id_: str) -> None:
                status = "queued"
                while status in {"queued", "generating"}:
                    async with client.get(f"/content/{id_}") as answer:
                        status = (await answer.json())["status"]
                assert status == "completed"

            ids = [await submit(f"before {n}") for n in range(50)]
            async with outage(world):
                lines, began = len(node.lines), cpu(node.pid)
                ids += [await submit(f"during {n}") for n in range(5)]
                await asyncio.sleep(seconds)  # what it costs and logs is measured over this time
                share = (cpu(node.pid) - began) / seconds
                logged = node.lines[lines:]
                if outage is not full:
                    answer = await readiness(client, 503)
                    assert "redis" in answer["waiting_for"]
            await readiness(client, 200)
            for id_ in ids:
                await finish(id_)
        await world.stop()
        assert not node.trouble
    finally:
        await world.destroy()
    assert len(logged) < MOST_LINES, "\n".join(logged)
    assert share < MOST_CPU
