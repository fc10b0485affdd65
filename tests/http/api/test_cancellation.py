"""`DELETE /content/{id}`, deadlines, `/dead-letters`, and 410 for what is past its time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from tests.support.running import running_service
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

SETTINGS = (
    "text.generator=simulated",
    "image.generator=simulated",
    "text.workers=1",
    "text.simulated.delay=30",
    "image.simulated.failure_rate=1.0",
    "image.attempts=2",
    "image.backoff=0",
    "service.drain=0",
)


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[ClientSession]:
    """A client of a service whose texts take long and whose pictures always fail."""
    async with running_service(folder, *SETTINGS) as running, ClientSession(running.url) as http:
        yield http


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ClientSession]:
    async with serving(tmp_path_factory.mktemp("shared")) as http:
        yield http


@pytest_asyncio.fixture(loop_scope="session")
async def http(shared: ClientSession) -> AsyncIterator[ClientSession]:
    """A client of a service that has nothing to do yet; others have used it before."""
    yield shared
    for status in ("generating", "queued"):
        async with shared.get("/content", params={"status": status}) as answer:
            left = (await answer.json())["requests"]
        for request in left:
            async with shared.delete(f"/content/{request['id']}") as answer:
                assert answer.status == 202


@pytest_asyncio.fixture(loop_scope="session")
async def fresh(tmp_path: Path) -> AsyncIterator[ClientSession]:
    """A client of a service that has no dead letters yet."""
    async with serving(tmp_path) as http:
        yield http


async def submit(http: ClientSession, **fields: Any) -> str:
    async with http.post("/content", json=fields) as answer:
        assert answer.status == 202
        return str((await answer.json())["RequestId"])


async def status_is(http: ClientSession, id_: str, status: str) -> dict[str, Any]:
    async def there() -> dict[str, Any] | None:
        async with http.get(f"/content/{id_}") as answer:
            record: dict[str, Any] = await answer.json()
        return record if record["status"] == status else None

    return await eventually(there, f"the request is {status}")


async def test_queued_and_running_requests_can_be_cancelled(http: ClientSession) -> None:
    running = await submit(http, prompt="running", tag="text")
    queued = await submit(http, prompt="queued", tag="text")
    await status_is(http, running, "generating")
    for id_ in (queued, running):
        async with http.delete(f"/content/{id_}") as answer:
            assert answer.status == 202
            assert await answer.json() == {"id": id_, "status": "cancelled"}
        async with http.delete(f"/content/{id_}/") as again:
            assert again.status == 202
        await status_is(http, id_, "cancelled")
    after = await submit(http, prompt="after", tag="text")
    await status_is(http, after, "generating")


async def test_simultaneous_cancels_all_succeed(http: ClientSession) -> None:
    id_ = await submit(http, prompt="a fox", tag="text")
    answers = await asyncio.gather(*(http.delete(f"/content/{id_}") for _ in range(8)))
    assert [answer.status for answer in answers] == [202] * 8


async def test_a_finished_or_unknown_request_cannot_be_cancelled(http: ClientSession) -> None:
    id_ = await submit(http, prompt="p", tag="image")
    await status_is(http, id_, "failed")
    async with http.delete(f"/content/{id_}", params={"cancel": "true"}) as answer:
        assert answer.status == 409
    async with http.delete("/content/" + "0" * 45) as answer:
        assert answer.status == 404
    async with http.delete(f"/content/{id_}", params={"force": "1"}) as answer:
        assert answer.status == 400


async def test_requests_expire_at_their_deadlines(http: ClientSession) -> None:
    running = await submit(http, prompt="running", tag="text")
    await status_is(http, running, "generating")
    late = await submit(http, prompt="late", tag="text", **{"start-by": 0.2})
    slow = await submit(http, prompt="slow", tag="text", **{"finish-by": 0.2})
    for id_, word in ((late, "begun"), (slow, "finished")):
        record = await status_is(http, id_, "expired")
        assert word in record["error"]
    async with http.post("/content", json={"prompt": "p", "tag": "text", "start-by": 0}) as answer:
        assert answer.status == 400


async def test_dead_letters_are_listed_and_redriven(fresh: ClientSession) -> None:
    ids = [await submit(fresh, prompt=f"p{n}", tag="image") for n in range(3)]
    for id_ in ids:
        await status_is(fresh, id_, "failed")
    async with fresh.get("/dead-letters", params={"limit": "2"}) as answer:
        page = await answer.json()
    assert [letter["id"] for letter in page["dead_letters"]] == [ids[2], ids[1]]
    assert [tried["attempt"] for tried in page["dead_letters"][0]["history"]] == [1, 2]
    async with fresh.get("/dead-letters/", params={"cursor": page["next"]}) as answer:
        rest = await answer.json()
    assert [letter["id"] for letter in rest["dead_letters"]] == [ids[0]]
    assert rest["next"] is None

    async with fresh.post(f"/dead-letters/{ids[0]}/redrive") as answer:
        assert (answer.status, await answer.json()) == (202, {"redriven": [ids[0]]})
    await status_is(fresh, ids[0], "failed")
    async with fresh.post("/dead-letters/redrive", params={"tag": "image"}) as answer:
        again = await answer.json()
    assert (again["redriven"], again["next"]) == (sorted(ids), None)
    async with fresh.post("/dead-letters/redrive", params={"tag": "text"}) as answer:
        assert await answer.json() == {"redriven": [], "next": None}


async def test_all_dead_letters_are_redriven_once_page_by_page(fresh: ClientSession) -> None:
    ids = [await submit(fresh, prompt=f"p{n}", tag="image") for n in range(3)]
    for id_ in ids:
        await status_is(fresh, id_, "failed")
    redriven: list[list[str]] = []
    page = {"tag": "image", "limit": "2"}
    for _ in range(2):
        async with fresh.post("/dead-letters/redrive", params=page) as answer:
            assert answer.status == 202
            again = await answer.json()
        redriven.append(again["redriven"])
        for id_ in again["redriven"]:
            await status_is(fresh, id_, "failed")  # these are the newest dead letters once more
        page["cursor"] = again["next"]
    assert redriven == [ids[1:], ids[:1]]
    assert again["next"] is None


async def test_only_dead_letters_are_redriven(http: ClientSession) -> None:
    id_ = await submit(http, prompt="long", tag="text")
    async with http.post(f"/dead-letters/{id_}/redrive") as answer:
        assert answer.status == 409
    async with http.post("/dead-letters/nobody/redrive") as answer:
        assert answer.status == 404


async def test_a_removed_request_is_gone(tmp_path: Path) -> None:
    settings = (
        "text.generator=simulated",
        "image.generator=simulated",
        "retention.results=0.3",
        "retention.interval=0.1",
    )
    async with running_service(tmp_path, *settings) as running, ClientSession(running.url) as http:
        id_ = await submit(http, prompt="p", tag="instagram")

        async def gone() -> dict[str, Any] | None:
            async with http.get(f"/content/{id_}") as answer:
                return await answer.json() if answer.status == 410 else None

        problem = await eventually(gone, "the request is gone")
        assert problem["type"] == "/problems#gone"
        async with http.post("/content/view", params={"request-id": id_}) as answer:
            assert answer.status == 410
        async with http.get("/content/" + "0" * 45) as answer:
            assert answer.status == 404
