"""The nodes of a service: what they show of each other, and what is left of those that are gone."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from service import clock
from service.actors.maintenance.node_beat import NodeBeat
from service.config.feed import FeedConfig
from service.messages import RESULTS
from service.roles import ROLES
from service.store.database import Database
from service.store.errors import NodeRefused
from service.store.media.folder import MediaFolder
from service.store.redis.connection import RedisConnection
from service.store.redis.streams import Streams
from service.store.sql.nodes import GONE_SECONDS, Node, Nodes
from service.store.stores import Stores
from tests.cluster.conftest import Nodes as RunningNodes
from tests.support.postgres import Cluster
from tests.support.running import command, running_service, spawn
from tests.support.waiting import eventually

IDLE_SECONDS = 3.0
MAX_STATEMENTS, MAX_COMMANDS = 5, 10  # a second, of an idle node


@pytest.mark.asyncio(loop_scope="session")
async def test_every_node_shows_all_of_them(nodes: RunningNodes, tmp_path: Path) -> None:
    async with nodes.client("worker") as http:

        async def shown() -> list[dict[str, Any]] | None:
            async with http.get("/status") as answer:
                found: list[dict[str, Any]] = (await answer.json())["nodes"]
            return found if [node["name"] for node in found if node["leads"]] == ["mill"] else None

        found = await eventually(shown, "the only mill leads")
    alive = {node["name"]: node["roles"] for node in found if node["state"] == "alive"}
    assert alive == {role: [role] for role in ROLES}
    url = nodes.running["mill"].url
    said = await asyncio.to_thread(command, tmp_path, "status", "--server", url)
    assert said.returncode == 0, said.stderr
    assert re.search(r"^ *worker +worker +alive", said.stdout, re.MULTILINE), said.stdout


@pytest.mark.asyncio(loop_scope="session")
async def test_idle_nodes_cost_little(nodes: RunningNodes, postgres_cluster: Cluster) -> None:
    redis = RedisConnection(nodes.redis_url)
    log = postgres_cluster.folder / "log"

    async def commands() -> int:
        text = (await redis.one("INFO", "commandstats")).decode()
        return sum(map(int, re.findall(r"calls=(\d+)", text)))

    server = await postgres_cluster.connect()
    try:
        await server.execute("ALTER SYSTEM SET log_statement = 'all'")
        await server.execute("SELECT pg_reload_conf()")
        # the log has a line for each as soon as all have the setting
        began, before = log.stat().st_size, await commands()
        await asyncio.sleep(IDLE_SECONDS)
        sent = await commands() - before
        text = log.read_bytes()[began:].decode()
        await server.execute("ALTER SYSTEM RESET log_statement")
        await server.execute("SELECT pg_reload_conf()")
    finally:
        await server.close()
        redis.close()
    statements = len(re.findall(r"LOG:  (?:execute|statement)", text))
    assert 0 < statements < MAX_STATEMENTS * IDLE_SECONDS * len(ROLES)
    assert sent < MAX_COMMANDS * IDLE_SECONDS * len(ROLES)


@pytest.mark.over_both_engines
async def test_what_a_dead_node_owes_nothing_for_is_removed(
    database: Database, redis: RedisConnection, redis_url: str, tmp_path: Path
) -> None:
    streams = Streams(redis_url)
    await streams.ensure_groups()
    stores = Stores.over(database, streams, MediaFolder(tmp_path), FeedConfig(), alone=False)
    for consumer in ("dead.collector", "dead.2.collector", "here.collector"):
        await redis.one("XGROUP", "CREATECONSUMER", RESULTS, "collector", consumer)
    await redis.one("XADD", RESULTS, "*", "m", "1")
    await redis.one("XREADGROUP", "GROUP", "collector", "dead.collector", "STREAMS", RESULTS, ">")
    long_ago = clock.now() - GONE_SECONDS - 1
    for name, seen_at in (("dead", long_ago), ("dead.2", clock.now())):
        await stores.nodes.beat(Node(name, ROLES, "1", long_ago, seen_at))
    async with database.seat(["here"], may_lead=True, alone=False) as seat:
        beat = NodeBeat(stores, seat, "1", ROLES)

        async def consumers() -> set[str]:
            return set((await streams.overview())[RESULTS].consumers)

        await beat.tick()
        assert await consumers() == {"dead.collector", "dead.2.collector", "here.collector"}
        [(entry, *_)] = await redis.one("XPENDING", RESULTS, "collector", "-", "+", 1)
        await redis.one("XACK", RESULTS, "collector", entry)
        await beat.tick()
        assert await consumers() == {"dead.2.collector", "here.collector"}
        assert [node.name for node in await stores.nodes.all()] == ["dead.2", "here"]
    await stores.aclose()


async def test_a_redis_carries_one_database(redis_url: str, tmp_path: Path) -> None:
    settings = ("text.generator=simulated", "image.generator=simulated", f"redis.url={redis_url}")
    (tmp_path / "other").mkdir()
    async with running_service(tmp_path, *settings):
        refused = await spawn(tmp_path / "other", *settings)
        assert await refused.process.wait() == 1
        assert "Another Feedmill, with another database" in refused.tail()
    async with running_service(tmp_path / "other", *settings):
        """It starts when the first one is stopped."""


async def test_nodes_need_one_redis(database: Database) -> None:
    nodes = Nodes(database)
    now = clock.now()
    await nodes.beat(Node("first", ROLES, "1", now, now))
    await nodes.check("second", alone=False)
    with pytest.raises(NodeRefused, match="The node first works on this database"):
        await nodes.check("second", alone=True)
    await nodes.beat(Node("first", ROLES, "1", now, now, alone=True))
    with pytest.raises(NodeRefused):
        await nodes.check("second", alone=False)
    await nodes.check("first", alone=True)  # it starts again
