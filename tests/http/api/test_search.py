"""`GET /content` by words and times: what is in prompts and texts."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from tests.support.running import running_service
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETTINGS = ("text.generator=simulated", "image.generator=simulated", "retention.results=0")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ClientSession]:
    folder = tmp_path_factory.mktemp("search")
    async with running_service(folder, *SETTINGS) as service, ClientSession(service.url) as client:
        yield client


async def submit(http: ClientSession, prompt: str, tag: str = "text") -> str:
    async with http.post("/content", data={"prompt": prompt, "tag": tag}) as answer:
        return str((await answer.json())["RequestId"])


async def make(http: ClientSession, prompt: str, tag: str = "text") -> str:
    id_ = await submit(http, prompt, tag)
    async with http.get(f"/content/{id_}?wait=60") as answer:
        assert (await answer.json())["status"] == "completed"
    return id_


async def found(http: ClientSession, **query: str) -> list[str]:
    async with http.get("/content", params=query) as answer:
        assert answer.status == 200, await answer.text()
        return [listed["id"] for listed in (await answer.json())["requests"]]


async def test_words_are_found_in_prompts_and_texts_from_the_start(http: ClientSession) -> None:
    old = await make(http, "Rain in Lisbon, with a Café")
    new = await make(http, "A café in the rain", "image")
    for query, ids in {
        "rain": [new, old],
        "RAIN café": [new, old],
        "lisb*": [old],
        "lisb": [],
        "rain lisbon": [old],
        "generated lisbon": [old],  # the simulated text begins with "generated"
        "generated": [old],
        '"rain" OR NOT *': [],
    }.items():
        assert await found(http, q=query) == ids, query
    assert await found(http, q="rain", tag="image") == [new]
    assert await found(http, q="rain", status="failed") == []


async def test_the_index_ignores_accents(http: ClientSession) -> None:
    id_ = await make(http, "Crème brûlée")
    await eventually(lambda: found(http, q="creme BRULEE"), "the request is indexed")
    assert await found(http, q="creme BRULEE") == [id_]


async def test_what_waits_is_found_by_its_prompt(http: ClientSession) -> None:
    async with http.post("/pools/text/pause") as answer:
        assert answer.status == 200
    try:
        id_ = await submit(http, "A waiting walrus")
        assert await found(http, q="walrus") == [id_]
        assert await found(http, q="walrus", status="queued", tag="text") == [id_]
        assert await found(http, q="walrus", status="completed") == []
    finally:
        async with http.post("/pools/text/resume") as answer:
            assert answer.status == 200


async def test_pages_of_a_search_lead_to_the_next(http: ClientSession) -> None:
    ids = [await make(http, f"Hedgehog number {n}") for n in range(3)]
    async with http.get("/content", params={"q": "hedgehog", "limit": "2", "since": "0"}) as answer:
        first = [listed["id"] for listed in (await answer.json())["requests"]]
        following = answer.links["next"]["url"]
    async with http.get(following) as answer:
        last = [listed["id"] for listed in (await answer.json())["requests"]]
    assert [first, last] == [[ids[2], ids[1]], [ids[0]]]


async def test_a_day_bounds_every_list(http: ClientSession) -> None:
    ids = [await make(http, "An otter of a day") for _ in range(2)]
    async with http.get(f"/content/{ids[1]}") as answer:
        second = (await answer.json())["created_at"]
    for more in ({}, {"q": "otter"}, {"q": "otter", "tag": "text", "status": "completed"}):
        assert ids[1] in await found(http, since=second, **more)
        assert ids[0] not in await found(http, since=second, **more)
        assert ids[1] not in await found(http, until=second, **more)
        assert ids[0] in await found(http, until=second, **more)
    assert await found(http, q="otter", until="1970-01-02") == []
    assert await found(http, tag="text", since="2300-01-01") == []


@pytest.mark.parametrize(
    "query", ["q=", "q=%20", "q=!%3F%20*", "q=a%00b", f"q={'a' * 201}", "since=soon", "until=-"]
)
async def test_a_search_for_nothing_is_refused(http: ClientSession, query: str) -> None:
    async with http.get(f"/content?{query}") as answer:
        assert answer.status == 400
        [error] = (await answer.json())["errors"]
    assert error["name"] == query.partition("=")[0]
