"""Each process does what its roles say, and all of them together are the service."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.roles import ROLES
from tests.cluster.conftest import Nodes
from tests.support.running import command

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_what_one_node_accepts_others_move_along_and_generate(nodes: Nodes) -> None:
    async with nodes.client("http") as http:
        fields = {"prompt": "rain", "tag": "text", "user-id": "ann", "publish": "true"}
        async with http.post("/content", data=fields) as answer:
            assert answer.status == 202, await answer.text()
            id_ = (await answer.json())["RequestId"]
        async with http.get(f"/content/{id_}?wait=50") as answer:
            record = await answer.json()
        assert record["status"] == "completed"
        async with http.get("/status") as answer:
            streams = (await answer.json())["streams"]
        consumers = {name for stream in streams.values() for name in stream["consumers"]}
        of_nodes = {name.partition(".")[0] for name in consumers}
        assert of_nodes >= {"mill", "worker"}
        assert not of_nodes & {"http", "http2"}
        assert set(streams["content:text"]["consumers"]) == {
            "worker.text-1",
            "worker.text-2",
        }


@pytest.mark.parametrize("role", ROLES)
async def test_every_node_tells_what_it_is(nodes: Nodes, role: str) -> None:
    async with nodes.client(role) as http:
        for path in ("/healthz", "/readyz"):
            async with http.get(path) as answer:
                assert answer.status == 200, await answer.text()
        async with http.get("/status") as answer:
            status = await answer.json()
        assert (status["node"], status["roles"]) == (role, [role])
        async with http.get("/metrics") as answer:
            assert f'feedmill_node_info{{node="{role}",roles="{role}"}} 1.0' in await answer.text()


async def test_a_node_without_http_says_where_the_api_is(nodes: Nodes) -> None:
    async with nodes.client("mill") as http, http.get("/content") as answer:
        assert answer.status == 421
        problem = await answer.json()
        assert problem["type"].endswith("#other-role")


async def test_direct_calls_need_a_node_with_workers(nodes: Nodes) -> None:
    posting = {"prompt": "rain"}
    async with nodes.client("http") as http, http.post("/worker/text", data=posting) as answer:
        assert answer.status == 503
        assert "no workers" in (await answer.json())["detail"]


async def test_a_pause_holds_on_all_nodes(nodes: Nodes) -> None:
    async with nodes.client("http") as http:
        async with http.post("/pools/text/pause") as answer:
            assert (await answer.json())["paused"]
        async with nodes.client("worker") as worker, worker.get("/status") as answer:
            assert (await answer.json())["pools"]["text"]["paused"]
        async with http.get("/readyz") as answer:
            assert "text" in (await answer.json())["paused"]
        async with http.post("/pools/text/resume") as answer:
            assert not (await answer.json())["paused"]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (("database.url=postgresql://x",), 2),
        (("redis.url=redis://x",), 2),
        (("database.url=postgresql://x", "redis.url=redis://x"), 0),
    ],
)
async def test_some_roles_need_stores_that_all_reach(
    tmp_path: Path, settings: tuple[str, ...], code: int
) -> None:
    words = [word for setting in settings for word in ("--set", setting)]
    ended = command(tmp_path, "--check", "--role", "http", *words)
    assert ended.returncode == code
    assert ("needs PostgreSQL and a Redis" in ended.stderr) == (code == 2)
