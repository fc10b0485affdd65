"""Limits for each client: how many unfinished requests it may have."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.support import api_keys
from tests.support.running import running_service
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

SLOW = (
    *("text.generator=simulated", "image.generator=simulated", "text.simulated.delay=60"),
    *("text.workers=1", "service.drain=0"),
)

Answer = tuple[int, Mapping[str, str], Any]


async def submit(http: ClientSession, user: str | None = None, **more: Any) -> Answer:
    fields = {"prompt": "p", "tag": "text"} | ({} if user is None else {"user-id": user})
    headers = more.pop("headers", {})
    async with http.post("/content", json={**fields, **more}, headers=headers) as answer:
        return answer.status, answer.headers, await answer.json(content_type=None)


async def test_each_client_has_the_exact_limit_over_restarts_and_ends_free_places(
    tmp_path: Path,
) -> None:
    settings = (*SLOW, "limits.max_queued=3")
    async with running_service(tmp_path, *settings) as service, ClientSession(service.url) as http:
        answers = await asyncio.gather(*(submit(http, "ann") for _ in range(20)))
        assert Counter(status for status, *_ in answers) == {202: 3, 429: 17}
        for status, headers, body in answers:
            assert headers["RateLimit-Policy"] == '"client-queue";q=3'
            if status == 429:
                assert headers["RateLimit"].startswith('"client-queue";r=0;t=')
                assert int(headers["Retry-After"]) >= 1
                assert body["type"] == "/problems#queue-full"
                assert body["detail"].startswith("This client has 3 unfinished requests")
                assert "max_queued in [limits]" in body["detail"]
        status, headers, _ = await submit(http, "bob")  # others are not affected
        assert (status, headers["RateLimit"]) == (202, '"client-queue";r=2')
        assert [(await submit(http))[0] for _ in range(4)] == [202, 202, 202, 429]  # the address
        accepted = [body["RequestId"] for status, _, body in answers if status == 202]
        async with http.post("/content", json={"prompt": "p", "tag": "text"}) as answer:
            assert answer.status == 429
    async with running_service(tmp_path, *settings) as service, ClientSession(service.url) as http:
        assert [(await submit(http, user))[0] for user in ("ann", "bob")] == [429, 202]
        async with http.delete(f"/content/{accepted[-1]}") as answer:
            assert answer.status == 202
        assert [(await submit(http, "ann"))[0] for _ in range(2)] == [202, 429]
        expiring: dict[str, Any] = {"start-by": 0.2}
        assert (await submit(http, "cy", **expiring))[0] == 202
        assert [(await submit(http, "cy"))[0] for _ in range(3)] == [202, 202, 429]

        async def free() -> bool:
            return (await submit(http, "cy"))[0] == 202

        await eventually(free, "the expired request gives its place back")
        several = {"model": "text", "messages": [{"role": "user", "content": "hi"}], "n": 4}
        async with http.post("/v1/chat/completions", json=several) as answer:
            assert answer.status == 429
        assert (await submit(http, "dee", prompt=""))[0] == 400
        assert [(await submit(http, "dee"))[0] for _ in range(4)] == [202, 202, 202, 429]


async def test_a_key_is_one_client_whatever_users_it_names_and_the_limit_is_live(
    tmp_path: Path,
) -> None:
    database = tmp_path / "data" / "feedmill.db"
    ann, bob = (
        {"Authorization": f"Bearer {api_keys.create(database, name, ['content'])}"}
        for name in ("ann", "bob")
    )
    async with running_service(tmp_path, *SLOW) as service, ClientSession(service.url) as http:
        first = await submit(http, "u0", headers=ann)
        assert "RateLimit" not in first[1]
        (tmp_path / "config.toml").write_text("[limits]\nmax_queued = 2\n")
        await service.logged("configuration changed")
        users = [(await submit(http, f"u{number}", headers=ann))[0] for number in range(3)]
        assert users == [202, 429, 429]
        assert [(await submit(http, headers=bob))[0] for _ in range(3)] == [202, 202, 429]
        same = {"Idempotency-Key": "again"}
        full = await submit(http, headers=ann | same)
        assert full[0] == 429  # nothing was stored
        (tmp_path / "config.toml").write_text("[limits]\nmax_queued = 0\n")

        async def unlimited() -> bool:
            return (await submit(http, headers=bob))[0] == 202

        await eventually(unlimited, "there is no limit any more")


async def test_finished_and_redriven_requests_are_counted(tmp_path: Path) -> None:
    settings = (
        *("text.generator=simulated", "image.generator=simulated", "limits.max_queued=1"),
        *("text.simulated.failure_rate=1", "text.attempts=1"),
    )
    async with running_service(tmp_path, *settings) as service, ClientSession(service.url) as http:
        for _ in range(3):
            status, _, body = await submit(http, "ann")
            assert status == 202
            async with http.get(f"/content/{body['RequestId']}?wait=60") as answer:
                assert (await answer.json())["status"] == "failed"
        async with http.post("/dead-letters/redrive") as answer:
            assert len((await answer.json())["redriven"]) == 3

        async def free() -> bool:
            return (await submit(http, "ann"))[0] == 202

        await eventually(free, "all have failed again")


async def test_running_requests_have_a_limit_that_makes_others_wait(tmp_path: Path) -> None:
    settings = (*SLOW[:3], "text.workers=4", "service.drain=0", "limits.max_running=1")
    async with running_service(tmp_path, *settings) as service, ClientSession(service.url) as http:
        answers = [await submit(http, "ann") for _ in range(3)]
        assert {status for status, *_ in answers} == {202}
        assert answers[0][1]["RateLimit-Policy"] == '"client-running";q=1'
        other = (await submit(http, "bob"))[2]["RequestId"]

        async def running() -> list[str]:
            states = []
            for id_ in (*(body["RequestId"] for *_, body in answers), other):
                async with http.get(f"/content/{id_}") as answer:
                    states.append((await answer.json())["status"])
            return states

        async def both_run() -> bool:
            return await running() == ["generating", "queued", "queued", "generating"]

        await eventually(both_run, "one of each client runs")
        async with http.get("/pools/text") as answer:
            assert (await answer.json())["busy"] == 2
        assert (await submit(http, "ann"))[1]["RateLimit"] == '"client-running";r=0'


async def test_direct_calls_and_requests_of_a_client_have_one_limit(tmp_path: Path) -> None:
    path = tmp_path / "data" / "feedmill.db"
    settings = (*SLOW[:3], "text.workers=6", "service.drain=0", "limits.max_running=2")
    token = {"FEEDMILL_INTERNAL_TOKEN": "front"}
    async with (
        running_service(tmp_path, *settings, environment=token) as service,
        ClientSession(service.url) as http,
    ):
        ann, bob = (api_keys.create(path, name, ("content", "worker")) for name in ("ann", "bob"))
        admin = with_key(api_keys.create(path, "boss", ("admin",)))

        async def call(key: str) -> Answer:
            about, headers = {"prompt": "p"}, with_key(key)
            async with http.post("/worker/text", json=about, headers=headers) as answer:
                return answer.status, answer.headers, await answer.json(content_type=None)

        async def busy(number: int) -> None:
            async def are() -> bool:
                async with http.get("/pools/text", headers=admin) as answer:
                    return bool((await answer.json())["busy"] == number)

            await eventually(are, f"{number} are at work")

        async with asyncio.TaskGroup() as calls:
            first = calls.create_task(call(ann))
            await busy(1)
            assert [(await submit(http, headers=with_key(ann)))[0] for _ in range(2)] == [202] * 2
            await busy(2)  # the other one waits
            status, headers, body = await call(ann)
            assert (status, body["type"]) == (429, "/problems#rate-limited")
            assert "max_running in [limits]" in body["detail"]
            assert headers["RateLimit-Policy"] == '"client-running";q=2'
            assert headers["RateLimit"].startswith('"client-running";r=0;t=')
            assert int(headers["Retry-After"]) >= 1
            others = [calls.create_task(call(bob)) for _ in range(2)]
            await busy(4)
            assert (await call(bob))[0] == 429
            front = [
                calls.create_task(call("front")) for _ in range(2)
            ]  # other Feedmills: no limit
            await busy(6)
            first.cancel()  # its place is for the request that waits
            await busy(6)
            for task in (*others, *front):
                task.cancel()
            await busy(2)


def with_key(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}
