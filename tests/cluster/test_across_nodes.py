"""What clients of one node learn of what others do, and what nodes keep together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from tests.cluster.conftest import MAX_QUEUED, Nodes
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def other(nodes: Nodes) -> AsyncIterator[ClientSession]:
    """A client of a second node with the role http."""
    await nodes.start("http2", 'service.roles=["http"]')
    async with nodes.client("http2") as client:
        yield client
    assert await nodes.running["http2"].stop() == 0


async def submitted(http: ClientSession, prompt: str, tag: str = "text") -> str:
    async with http.post("/content", data={"prompt": prompt, "tag": tag}) as answer:
        assert answer.status == 202, await answer.text()
        id_: str = (await answer.json())["RequestId"]
        return id_


async def names_of_events(http: ClientSession, id_: str) -> list[str]:
    async with http.get(f"/content/{id_}/events?after=0") as stream:
        lines = [line.decode().strip() async for line in stream.content]
    return [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]


async def test_a_client_follows_at_another_node_than_it_submitted_to(
    nodes: Nodes, other: ClientSession
) -> None:
    async with nodes.client("http") as http:
        ids = [await submitted(http, f"about {number}") for number in range(5)]
        events = await asyncio.gather(
            *(names_of_events(client, id_) for id_ in ids for client in (http, other))
        )
    assert {names[-1] for names in events} == {"completed"}
    assert all(one == another for one, another in zip(events[::2], events[1::2], strict=True))


async def test_a_cancel_at_another_node_stops_what_runs(nodes: Nodes, other: ClientSession) -> None:
    async with nodes.client("http") as http, nodes.client("worker") as worker:
        id_ = await submitted(http, "about rain", "image")

        async def is_running() -> bool:
            async with worker.get("/status") as answer:
                running = (await answer.json())["pools"]["image"]["running"]
            return id_ in {work["request"] for work in running}

        await eventually(is_running, "it is generated")
        waiting = asyncio.create_task(names_of_events(http, id_))
        async with other.delete(f"/content/{id_}") as answer:
            assert answer.status == 202, await answer.text()
        assert (await waiting)[-1] == "cancelled"

        async def is_over() -> bool:
            return not await is_running()

        await eventually(is_over, "the worker does something else")


async def test_the_limit_of_a_queue_is_that_of_all_nodes(
    nodes: Nodes, other: ClientSession
) -> None:
    async with nodes.client("http") as http:

        async def backlog_is(count: int, client: ClientSession) -> bool:
            async with client.get("/status") as answer:
                backlog: int = (await answer.json())["backlog"]["image"]
            return backlog == count

        await eventually(lambda: backlog_is(0, http), "earlier ones are done")
        ids = [await submitted(http, f"about {number}", "image") for number in range(MAX_QUEUED)]

        async def status_at(client: ClientSession) -> int:
            async with client.post("/content", data={"prompt": "one", "tag": "image"}) as answer:
                if answer.status == 202:
                    ids.append((await answer.json())["RequestId"])
                return answer.status

        await eventually(lambda: backlog_is(MAX_QUEUED, other), "the other node knows")
        assert await status_at(other) == 429
        async with other.delete(f"/content/{ids[0]}") as answer:
            assert answer.status == 202
        await eventually(lambda: backlog_is(MAX_QUEUED - 1, http), "this node knows")
        assert await status_at(http) == 202
        for id_ in ids:
            async with http.delete(f"/content/{id_}") as answer:
                await answer.read()
        await eventually(lambda: backlog_is(0, http), "all are cancelled")
        await eventually(lambda: backlog_is(0, other), "all are cancelled")


async def test_nothing_is_lost_when_nodes_are_killed_and_started_again(
    nodes: Nodes, other: ClientSession
) -> None:
    ids: list[str] = []
    stop = asyncio.Event()

    async def keep_submitting() -> None:
        while not stop.is_set():
            ids.append(await submitted(other, f"about {len(ids)}"))
            await asyncio.sleep(0.02)

    await nodes.start("mill2", 'service.roles=["mill"]')
    submitting = asyncio.create_task(keep_submitting())
    for name in ("mill", "worker", "http"):
        await nodes.running[name].kill()
        if name == "mill":
            async with nodes.client("mill2") as mill2:

                async def leads(mill2: ClientSession = mill2) -> bool:
                    async with mill2.get("/status") as answer:
                        shown = (await answer.json())["nodes"]
                    return [node["name"] for node in shown if node["leads"]] == ["mill2"]

                await eventually(leads, "another one leads")
        await nodes.start(name, f'service.roles=["{name}"]')
    assert await nodes.running["mill2"].stop() == 0
    stop.set()
    await submitting
    assert ids
    for id_ in ids:
        async with other.get(f"/content/{id_}?wait=50") as answer:
            assert (await answer.json())["status"] == "completed"
