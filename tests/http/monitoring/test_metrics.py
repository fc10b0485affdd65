"""The metrics at /metrics and the values at /status."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

from service.store.redis.connection import RedisConnection
from tests.support.running import running_service
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIMULATED = ("text.generator=simulated", "image.generator=simulated")
Values = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def slow(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ClientSession]:
    """A client of a service whose texts take long."""
    settings = (*SIMULATED, "text.simulated.delay=30", "service.drain=0")
    async with (
        running_service(tmp_path_factory.mktemp("slow"), *settings) as service,
        ClientSession(service.url) as http,
    ):
        yield http


async def scrape(http: ClientSession, accept: str = "") -> Values:
    """Every sample of /metrics by name and labels."""
    async with http.get("/metrics", headers={"Accept": accept}) as answer:
        assert answer.status == 200
        parse = openmetrics if "openmetrics" in answer.content_type else plain
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in parse(await answer.text())
            for sample in family.samples
        }


def key(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return f"feedmill_{name}", frozenset(labels.items())


async def finished(
    http: ClientSession, *, tag: str = "text", more: Mapping[str, float] | None = None
) -> str:
    """Submit a prompt and wait for its end; its id."""
    submission = {"prompt": "p", "tag": tag, **(more or {})}
    async with http.post("/content", json=submission) as answer:
        id_: str = (await answer.json())["RequestId"]

    async def final() -> bool:
        async with http.get(f"/content/{id_}") as answer:
            return (await answer.json())["completed_at"] is not None

    await eventually(final, "the request is final")
    return id_


async def status(http: ClientSession) -> Any:
    async with http.get("/status") as answer:
        assert answer.status == 200
        return await answer.json()


async def test_a_request_is_counted_from_its_acceptance_to_its_end(http: ClientSession) -> None:
    before = await scrape(http)
    await finished(http, tag="instagram")
    after = await scrape(http)
    for counted in (
        key("requests_accepted_total", tag="instagram"),
        key("requests_finished_total", tag="instagram", status="completed"),
        key("request_seconds_count", tag="instagram"),
        key("waiting_seconds_count", kind="text"),
        key("service_seconds_count", kind="image"),
        key("http_requests_total", route="/content", method="POST", status="202"),
    ):
        assert after[counted] == before.get(counted, 0) + 1, counted
    assert after[key("commit_rows_count")] > before[key("commit_rows_count")]
    assert after[key("stream_length", stream="content:text")] == 0
    assert after[key("stream_pending", stream="content:text", group="text-workers")] == 0
    assert after[key("redis_up")] == 1
    assert after[key("workers_configured", kind="text")] == 2
    assert after[key("connections")] >= 1
    assert after[key("log_lines_dropped_total")] == 0
    assert after["process_resident_memory_bytes", frozenset()] > 0


async def test_the_lag_of_the_event_loop_is_measured(http: ClientSession) -> None:
    async def seen() -> bool:
        return (await scrape(http))[key("event_loop_lag_seconds_count")] > 1

    await eventually(seen, "its lag is noted again and again")
    assert (await status(http))["event_loop_lag"]["p50"] < 1


async def test_cancelled_and_expired_requests_are_counted(slow: ClientSession) -> None:
    async with slow.post("/content", json={"prompt": "p", "tag": "text"}) as answer:
        id_ = (await answer.json())["RequestId"]
    await finished(slow, more={"finish-by": 0.2})
    async with slow.delete(f"/content/{id_}") as answer:
        assert answer.status == 202
    seen = await scrape(slow)
    assert seen[key("requests_finished_total", tag="text", status="expired")] == 1
    assert seen[key("requests_finished_total", tag="text", status="cancelled")] == 1


async def test_failures_retries_and_refusals_are_counted(tmp_path: Path) -> None:
    failing = (
        *SIMULATED,
        "text.simulated.failure_rate=1.0",
        "text.attempts=2",
        "text.backoff=0",
        "image.simulated.delay=30",
        "image.max_queued=1",
        "service.drain=0",
    )
    async with running_service(tmp_path, *failing) as service, ClientSession(service.url) as http:
        await finished(http)
        for code in (202, 429):
            async with http.post("/content", json={"prompt": "p", "tag": "image"}) as answer:
                assert answer.status == code
        seen = await scrape(http)
        assert seen[key("attempts_failed_total", kind="text")] == 2
        assert seen[key("retries_total", kind="text")] == 1
        assert seen[key("dead_letters")] == 1
        assert seen[key("requests_rejected_total", reason="queue-full")] == 1
        known = await status(http)
        assert known["pools"]["text"]["failed_attempts"] == 2
        assert known["backlog"]["image"] == 1
        assert known["dead_letters"] == 1


async def test_clients_cannot_add_labels(http: ClientSession) -> None:
    for number in range(5):
        async with http.get(f"/content/unknown-{number}") as answer:
            assert answer.status == 404
        async with http.request("PURGE", f"/nothing/{number}") as answer:
            assert answer.status == 404
    routes = {
        dict(labels)["route"]: dict(labels)
        for name, labels in await scrape(http)
        if name == "feedmill_http_requests_total"
    }
    assert "/content/{id}" in routes
    assert "unmatched" in routes
    assert not any("unknown" in route or "nothing" in route for route in routes)
    assert {labels["method"] for labels in routes.values()} <= {
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "any",
    }


async def test_metrics_come_in_both_formats(http: ClientSession) -> None:
    async with http.get("/metrics", headers={"Accept": "*/*"}) as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    wanted = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5"
    async with http.get("/metrics/", headers={"Accept": wanted}) as answer:
        assert answer.content_type == "application/openmetrics-text"
        assert (await answer.text()).endswith("# EOF\n")
    assert (await scrape(http, wanted)).keys() == (await scrape(http)).keys()
    async with http.head("/metrics") as answer:
        assert answer.status == 200
        assert await answer.read() == b""


async def test_status_has_the_state_of_the_service(http: ClientSession) -> None:
    await finished(http, tag="instagram")
    known = await status(http)
    assert known["ready"] is True
    assert known["pools"]["text"]["configured"] == 2
    assert known["streams"]["content:text"]["group"] == "text-workers"
    assert len(known["streams"]["content:text"]["consumers"]) == 2
    assert (
        known["latencies"]["image"]["total"]["p99"] >= known["latencies"]["image"]["total"]["p50"]
    )
    assert known["database"]["bytes"] > 0
    assert known["redis"]["reachable"] is True
    assert known["redis"]["version"]


async def test_clients_that_follow_events_are_counted(slow: ClientSession) -> None:
    async with slow.post("/content", json={"prompt": "p", "tag": "text"}) as answer:
        id_ = (await answer.json())["RequestId"]
    async with slow.get(f"/content/{id_}/events"), slow.ws_connect(f"/content/{id_}/ws"):
        connections = (await status(slow))["connections"]
        assert (connections["sse"], connections["websocket"]) == (1, 1)

    async def left() -> bool:
        connections = (await status(slow))["connections"]
        return (connections["sse"], connections["websocket"]) == (0, 0)

    await eventually(left, "no client follows events")


async def test_status_and_metrics_answer_while_redis_is_away(tmp_path: Path) -> None:
    async with running_service(tmp_path, *SIMULATED) as service, ClientSession(service.url) as http:
        redis = RedisConnection(f"unix://{tmp_path}/data/redis/redis.sock")
        info: bytes = await redis.one("INFO", "server")
        redis.close()
        pid = int(info.partition(b"process_id:")[2].split()[0])
        os.kill(pid, signal.SIGSTOP)
        try:
            known, seen = await asyncio.gather(status(http), scrape(http))
        finally:
            os.kill(pid, signal.SIGKILL)
        assert known["redis"]["reachable"] is False
        assert known["streams"] is None
        assert "redis" in known["waiting_for"]
        assert known["database"]["commits"] >= 0
        assert seen[key("redis_up")] == 0
        assert key("stream_length", stream="content:text") not in seen

        async def back() -> bool:
            return (await scrape(http))[key("redis_reconnects_total")] > 0

        await eventually(back, "the reconnects are counted")


async def test_readiness_covers_a_database_that_cannot_be_written(tmp_path: Path) -> None:
    async with running_service(tmp_path, *SIMULATED) as service, ClientSession(service.url) as http:
        with closing(sqlite3.connect(tmp_path / "data" / "feedmill.db")) as other:
            other.isolation_level = None
            other.execute("BEGIN IMMEDIATE")  # as another process might

            async def said() -> bool:
                async with http.get("/readyz") as answer:
                    body = await answer.json(content_type=None)
                    missing: bool = body["waiting_for"] == {"database": "Cannot be written."}
                    return answer.status == 503 and missing

            await eventually(said, "it says that the database cannot be written")
            async with http.get("/healthz") as answer:
                assert answer.status == 200
            other.execute("ROLLBACK")

        async def ready() -> bool:
            async with http.get("/readyz") as answer:
                return answer.status == 200

        await eventually(ready, "it is ready again by itself")


async def test_pages_of_home_feeds_are_counted_by_where_they_were_found(
    http: ClientSession,
) -> None:
    before = await scrape(http)
    follow = {"user-id": "metered", "author-id": "ann"}
    async with http.post("/feed/follow", json=follow) as answer:
        assert answer.status == 200
    for state in ("rebuilt", "stored"):
        async with http.get("/feed", params={"user-id": "metered"}) as answer:
            assert answer.headers["Feed-State"] == state
    now = await scrape(http)
    for state, count in (("rebuilt", 1), ("stored", 1), ("database", 0)):
        sample = key("feed_reads_total", state=state)
        assert now[sample] - before[sample] == count
    assert now[key("feed_rebuilds_total")] - before[key("feed_rebuilds_total")] == 1
    assert now[key("feed_fanouts")] == now[key("feed_fanout_lag_seconds")] == 0
    feeds = (await status(http))["feeds"]
    assert (feeds["fanouts"], feeds["fanout_lag_seconds"]) == (0, 0)
    assert feeds["reads"]["stored"] == now[key("feed_reads_total", state="stored")]
