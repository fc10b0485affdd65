"""Admission: the queue's bound is exact, and what cannot be stored is not accepted."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from service.config.pools import TextConfig
from service.queueing.admission import Admission, QueueFull
from service.store.sql.requests.request_records import Load
from tests.support.running import running_service
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

SLOW = (
    "text.generator=simulated",
    "text.simulated.delay=60",
    "image.generator=simulated",
    "image.simulated.delay=60",
    "service.drain=0",
)


async def submit(
    http: ClientSession, tag: str = "text", **fields: Any
) -> tuple[int, dict[str, str], Any]:
    async with http.post("/content", json={"prompt": "p", "tag": tag, **fields}) as answer:
        return answer.status, dict(answer.headers), await answer.json(content_type=None)


async def record(http: ClientSession, id_: str) -> dict[str, Any]:
    async with http.get(f"/content/{id_}") as answer:
        content: dict[str, Any] = await answer.json()
        return content


async def becomes(http: ClientSession, id_: str, status: str) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        state = await record(http, id_)
        return state if state["status"] == status else None

    return await eventually(look, f"the request is {status}")


async def test_concurrent_requests_are_accepted_up_to_the_exact_limit(
    tmp_path: Path,
) -> None:
    settings = (*SLOW, "text.max_queued=10", "image.max_queued=3")
    async with running_service(tmp_path, *settings) as service, ClientSession(service.url) as http:
        answers = await asyncio.gather(*(submit(http) for _ in range(100)))
        assert Counter(status for status, _, _ in answers) == {202: 10, 429: 90}
        for status, headers, body in answers:
            if status == 429:
                assert int(headers["Retry-After"]) >= 1
                assert "r=0" in headers["RateLimit"]
                assert "q=10" in headers["RateLimit-Policy"]
                assert body["type"] == "/problems#queue-full"
        # both queues must have a place: one that has is not taken if the other has none
        answers = await asyncio.gather(*(submit(http, "instagram") for _ in range(10)))
        assert {status for status, _, _ in answers} == {429}
        answers = await asyncio.gather(*(submit(http, "image") for _ in range(10)))
        assert Counter(status for status, _, _ in answers) == {202: 3, 429: 7}
        with closing(sqlite3.connect(tmp_path / "data" / "feedmill.db")) as database:
            assert database.execute("SELECT count(*) FROM requests").fetchone() == (13,)


async def queued_bytes(http: ClientSession) -> dict[str, int]:
    async with http.get("/metrics") as answer:
        lines = (await answer.text()).splitlines()
    samples = [line.split() for line in lines if line.startswith("feedmill_queue_bytes{")]
    return {name.split('"')[1]: int(float(value)) for name, value in samples}


async def test_the_bytes_of_prompts_have_a_separate_limit(tmp_path: Path) -> None:
    settings = (*SLOW, "text.max_queued_bytes=6000", "image.max_queued_bytes=3000")
    prompt = "雨のリスボン" * 50  # 900 bytes, 300 characters
    async with running_service(tmp_path, *settings) as service, ClientSession(service.url) as http:
        answers = await asyncio.gather(*(submit(http, prompt=prompt) for _ in range(40)))
        assert Counter(status for status, _, _ in answers) == {202: 6, 429: 34}
        for status, headers, body in answers:
            if status == 429:
                assert int(headers["Retry-After"]) >= 1
                assert headers["RateLimit-Policy"] == '"queue-bytes";q=6000;qu="content-bytes"'
                assert headers["RateLimit"].startswith('"queue-bytes";r=600;t=')
                assert body["type"] == "/problems#queue-full"
                assert "6000 bytes of prompts" in body["detail"]
        # what still fits is taken, and both queues must have room: else none is taken of either
        assert (await submit(http, "instagram", prompt=prompt))[0] == 429
        assert (await submit(http, prompt="x" * 600))[0] == 202
        assert (await submit(http, prompt="x"))[0] == 429
        assert await queued_bytes(http) == {"text": 6000, "image": 0}
        # an empty queue takes what is longer than its bound: it would never be taken otherwise
        assert (await submit(http, "image", prompt="x" * 3001))[0] == 202
        assert (await submit(http, "image", prompt="x"))[0] == 429
    async with running_service(tmp_path, *settings) as service, ClientSession(service.url) as http:
        assert await queued_bytes(http) == {"text": 6000, "image": 3001}
        assert (await submit(http, prompt="x"))[0] == 429


async def test_all_that_is_kept_with_a_call_counts(tmp_path: Path) -> None:
    settings = (*SLOW, "text.max_queued_bytes=20000")
    told = 'Say "é" \\ \n\t☃🦊 </b>' * 100
    call = {
        "input": [{"role": "user", "content": told}, {"role": "user", "content": "Now"}],
        "instructions": told,
        "metadata": {"né": told[:500]},
        "background": True,
    }
    async with running_service(tmp_path, *settings) as service, ClientSession(service.url) as http:
        ids = []
        while True:
            async with http.post("/v1/responses", json=call) as answer:
                if answer.status == 429:
                    break
                assert answer.status == 200
                ids.append((await answer.json())["id"])
        counted = (await queued_bytes(http))["text"]
        # the conversation, and once more the instructions and the metadata
        assert counted >= len(ids) * (3 * len(told.encode()) + 500)
    async with running_service(tmp_path, *settings) as service, ClientSession(service.url) as http:
        assert await queued_bytes(http) == {"text": counted, "image": 0}
        for id_ in ids:
            async with http.post(f"/v1/responses/{id_}/cancel") as answer:
                assert answer.status == 200

        async def none_left() -> bool:
            return await queued_bytes(http) == {"text": 0, "image": 0}

        await eventually(none_left, "all bytes are free")


async def test_every_kind_of_end_frees_the_bytes_of_a_prompt(tmp_path: Path) -> None:
    settings = (
        "text.generator=simulated",
        "image.generator=simulated",
        "text.workers=1",
        "text.simulated.delay=0.5",
        "image.simulated.failure_rate=1",
        "image.attempts=1",
    )
    async with running_service(tmp_path, *settings) as service, ClientSession(service.url) as http:
        ids = [(await submit(http, tag))[2]["RequestId"] for tag in ("text", "image", "instagram")]
        soon: dict[str, Any] = {"start-by": 0.1}
        late = (await submit(http, **soon))[2]["RequestId"]
        unwanted = (await submit(http))[2]["RequestId"]
        async with http.delete(f"/content/{unwanted}") as answer:
            assert answer.status == 202
        same = {"Idempotency-Key": "k"}
        fields = {"prompt": "p", "tag": "text"}
        once = await asyncio.gather(
            *(http.post("/content", json=fields, headers=same) for _ in range(5))
        )
        assert {answer.status for answer in once} == {202}
        await becomes(http, ids[0], "completed")
        await becomes(http, ids[1], "failed")
        await becomes(http, ids[2], "failed")
        await becomes(http, late, "expired")
        async with http.post("/dead-letters/redrive") as answer:
            assert sorted((await answer.json())["redriven"]) == sorted(ids[1:])

        async def none_left() -> bool:
            return await queued_bytes(http) == {"text": 0, "image": 0}

        await eventually(none_left, "all bytes are free")
        await becomes(http, ids[1], "failed")


async def test_the_position_is_correct_while_a_request_waits(tmp_path: Path) -> None:
    settings = (*SLOW, "text.workers=1")
    async with running_service(tmp_path, *settings) as service, ClientSession(service.url) as http:
        ids = [(await submit(http))[2]["RequestId"] for _ in range(4)]
        first = await becomes(http, ids[0], "generating")
        assert first["position"] is None
        waiting = [await record(http, id_) for id_ in ids[1:]]
        assert [state["position"] for state in waiting] == [1, 2, 3]
        assert [state["eta_seconds"] for state in waiting] == [None, None, None]  # nothing done yet


async def test_the_estimate_follows_the_duration_of_requests(tmp_path: Path) -> None:
    settings = ("text.generator=simulated", "image.generator=simulated")
    slow = ("text.simulated.delay=0.5", "text.workers=1")
    async with (
        running_service(tmp_path, *settings, *slow) as service,
        ClientSession(service.url) as http,
    ):
        first = (await submit(http))[2]["RequestId"]
        await becomes(http, first, "completed")
        ids = [(await submit(http))[2]["RequestId"] for _ in range(6)]
        await becomes(http, ids[0], "completed")
        last = await record(http, ids[-1])
        assert last["status"] == "queued"
        assert last["position"] >= 3
        assert 0.5 * 3 <= last["eta_seconds"] < 0.5 * 60


async def test_a_request_that_cannot_be_stored_is_refused_and_frees_its_place(
    tmp_path: Path,
) -> None:
    settings = ("text.generator=simulated", "image.generator=simulated", "text.max_queued=1")
    async with running_service(tmp_path, *settings) as service, ClientSession(service.url) as http:
        id_ = (await submit(http))[2]["RequestId"]
        await becomes(http, id_, "completed")
        with closing(sqlite3.connect(tmp_path / "data" / "feedmill.db")) as other:
            other.execute("BEGIN EXCLUSIVE")  # for longer than the service waits
            status, headers, body = await submit(http)
            assert status == 503
            assert int(headers["Retry-After"]) >= 1
            assert body["type"] == "/problems#unavailable"
            assert "sqlite" not in str(body).lower()
            async with http.post("/content/view", json={"request-id": id_}) as answer:
                assert answer.status == 200  # reading still works
            other.rollback()
            assert other.execute("SELECT count(*) FROM requests").fetchone() == (1,)
        assert (await submit(http))[0] == 202  # its place in the queue is free again


@pytest.mark.parametrize(("most", "seconds"), [(5, 1), (50, 5), (100_000, 3600)])
async def test_retry_after_is_the_time_for_a_tenth_of_the_queue(most: int, seconds: int) -> None:
    # nothing is done yet: one part a second is assumed
    bounds = TextConfig("simulated", workers=1, timeout=1.0, max_queued=most)
    admission = Admission({"text": Load(most, most)})
    with pytest.raises(QueueFull) as full:
        admission.admit([("text", 1)], lambda _: bounds)
    assert full.value.retry_after == seconds
