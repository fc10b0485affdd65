"""`GET /content/{id}`: waiting for the end, and asking again for what is known already."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.support.running import running_service

pytestmark = pytest.mark.asyncio(loop_scope="session")

SLOW = ("text.generator=simulated", "image.generator=simulated", "text.simulated.delay=0.5")


async def submit(http: ClientSession) -> str:
    async with http.post("/content", data={"prompt": "a fox", "tag": "text"}) as answer:
        return f"/content/{(await answer.json())['RequestId']}"


async def test_a_wait_ends_with_the_request(tmp_path: Path) -> None:
    async with running_service(tmp_path, *SLOW) as running, ClientSession(running.url) as http:
        address = await submit(http)
        async with http.get(f"{address}?wait=60") as answer:
            assert (await answer.json())["status"] == "completed"
            assert "Preference-Applied" not in answer.headers
        address = await submit(http)
        async with http.get(address, headers={"Prefer": "respond-async, wait=60"}) as answer:
            assert (await answer.json())["status"] == "completed"
            assert answer.headers["Preference-Applied"] == "wait=60"
        address = await submit(http)
        many = await asyncio.gather(*(http.get(f"{address}?wait=60") for _ in range(50)))
        assert {(await one.json())["status"] for one in many} == {"completed"}


async def test_a_wait_ends_after_its_time(tmp_path: Path) -> None:
    settings = (*SLOW, "text.simulated.delay=30")
    async with running_service(tmp_path, *settings) as running, ClientSession(running.url) as http:
        address = await submit(http)
        began = time.monotonic()
        async with http.get(f"{address}?wait=1") as answer:
            assert (await answer.json())["status"] == "generating"
        assert time.monotonic() - began >= 1
        waiting = asyncio.create_task(http.get(f"{address}?wait=60"))
        async with http.delete(address) as answer:
            assert answer.status == 202
        async with await waiting as answer:
            assert (await answer.json())["status"] == "cancelled"


@pytest.mark.parametrize("wait", ["0", "61", "-1", "soon", "nan", ""])
async def test_an_invalid_wait_is_refused(http: ClientSession, wait: str) -> None:
    address = await submit(http)
    async with http.get(f"{address}?wait={wait}") as answer:
        assert answer.status == 400


@pytest.mark.parametrize("prefer", ["wait=soon", "wait", "wait=", "handling=lenient", ",;="])
async def test_an_invalid_preference_is_ignored(http: ClientSession, prefer: str) -> None:
    address = await submit(http)
    async with http.get(address, headers={"Prefer": prefer}) as answer:
        assert answer.status == 200
        assert "Preference-Applied" not in answer.headers


async def test_a_record_that_the_client_has_is_not_sent_again(http: ClientSession) -> None:
    address = await submit(http)
    async with http.get(f"{address}?wait=10") as answer:
        etag = answer.headers["ETag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        async with http.get(address, headers={"If-None-Match": known}) as answer:
            assert (answer.status, await answer.read()) == (304, b"")
            assert answer.headers["ETag"] == etag
    async with http.get(address, headers={"If-None-Match": '"other"'}) as answer:
        assert answer.status == 200
