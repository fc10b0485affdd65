"""`n` on `POST /content`: variants of one prompt, a group that is accepted whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from aiohttp.test_utils import make_mocked_request
from msgspec import UNSET, UnsetType

from service.http.api.content import CreateContentParameters
from service.http.api.submission.idempotency import idempotency_key
from service.http.parameters.types import Prompt
from tests.support import api_keys
from tests.support.outside import outside
from tests.support.receivers import Receiver, bodies_to
from tests.support.running import running_service
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIMULATED = ("text.generator=simulated", "image.generator=simulated", "retention.results=0")
ILLUSTRATED = (*SIMULATED[:1], "image.generator=illustrator", *SIMULATED[2:])
SMALL = {"size": "256x256"}
SLOW = (*SIMULATED, "text.simulated.delay=600", "text.workers=1", "service.drain=0")
LOOPBACK = 'webhooks.allow=["127.0.0.0/8"]'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ClientSession]:
    folder = tmp_path_factory.mktemp("variants")
    async with (
        running_service(folder, *ILLUSTRATED, LOOPBACK) as service,
        ClientSession(service.url) as client,
    ):
        yield client


async def submit(http: ClientSession, **fields: Any) -> tuple[int, dict[str, Any]]:
    headers = fields.pop("headers", {})
    body = {"prompt": "rain", "tag": "text", **fields}
    async with http.post("/content", json=body, headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


async def listed(http: ClientSession, **query: str) -> list[str]:
    async with http.get("/content", params=query) as answer:
        assert answer.status == 200, await answer.text()
        return [each["id"] for each in (await answer.json())["requests"]]


async def record(http: ClientSession, id_: str) -> dict[str, Any]:
    async with http.get(f"/content/{id_}?wait=60") as answer:
        return dict(await answer.json())


@pytest.mark.parametrize(("tag", "n"), [("text", 8), ("image", 3), ("instagram", 2)])
async def test_variants_have_seeds_that_follow_and_one_group(
    http: ClientSession, tag: str, n: int
) -> None:
    seed = 2**31 - 1
    fields = {"tag": tag, "user-id": "ann", "options": SMALL}
    status, answer = await submit(http, **fields, n=n, seed=seed)
    assert status == 202
    ids = answer["RequestIds"]
    assert (len(set(ids)), ids[0], answer["group"]) == (n, answer["RequestId"], ids[0])
    records = [await record(http, id_) for id_ in ids]
    assert [each["seed"] for each in records] == [seed, *range(n - 1)]  # from the beginning again
    assert {each["group"] for each in records} == {ids[0]}
    assert {each["error"] for each in records} == {None}
    assert {str(each["options"]) for each in records} == {str(SMALL)}
    if tag != "text":  # simulated texts are the same for every seed
        assert len({each["imageUri"] for each in records}) == n
        assert {each["parts"]["image"]["width"] for each in records} == {256}
    _, again = await submit(http, **fields, seed=0)
    same = await record(http, again["RequestId"])
    assert (same["text"], same["imageUri"]) == (records[1]["text"], records[1]["imageUri"])
    assert same["group"] is None


async def test_a_group_is_listed_and_combines_with_other_filters(http: ClientSession) -> None:
    _, answer = await submit(http, prompt="fog over hills", n=8)
    ids = answer["RequestIds"]
    for id_ in ids:
        await record(http, id_)
    newest_first = ids[::-1]
    group = {"group": answer["group"]}
    assert await listed(http, **group) == newest_first
    assert await listed(http, **group, status="completed", tag="text") == newest_first
    assert await listed(http, **group, tag="image") == []
    assert await listed(http, **group, status="failed") == []
    assert await listed(http, **group, q="fog hill*") == newest_first
    assert await listed(http, **group, q="snow") == []
    assert await listed(http, group=ids[1]) == await listed(http, group="unknown") == []
    pages, query = [], f"/content?group={group['group']}&limit=3&q=fog"
    while query:
        async with http.get(query) as page:
            pages.append([each["id"] for each in (await page.json())["requests"]])
            query = str(page.links["next"]["url"]) if "next" in page.links else ""
    assert pages == [newest_first[:3], newest_first[3:6], newest_first[6:]]
    async with http.get("/content", params=group) as page:
        assert {each["group"] for each in (await page.json())["requests"]} == {answer["group"]}


async def test_one_variant_is_a_group_and_no_n_is_none(http: ClientSession) -> None:
    _, one = await submit(http, n=1)
    assert one["RequestIds"] == [one["RequestId"]] == await listed(http, group=one["group"])
    _, none = await submit(http)
    assert set(none) == {"message", "RequestId"}
    async with http.post("/content/?prompt=p&tag=text&n=2") as answer:
        assert len((await answer.json())["RequestIds"]) == 2
        location = answer.headers["Location"]
    async with http.get(location) as answer:
        assert len((await answer.json())["requests"]) == 2


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"n": 0}, "n"),
        ({"n": 9}, "n"),
        ({"n": 1.5}, "n"),
        ({"n": "many"}, "n"),
        ({"n": True}, "n"),
        ({"n": 2, "publish": True, "user-id": "ann"}, "publish"),
    ],
)
async def test_what_cannot_be_is_refused(
    http: ClientSession, wrong: dict[str, Any], name: str
) -> None:
    before = await listed(http)
    status, problem = await submit(http, **wrong)
    assert (status, [each["name"] for each in problem["errors"]]) == (400, [name])
    assert await listed(http) == before


async def test_one_variant_may_be_published_at_once(http: ClientSession) -> None:
    _, answer = await submit(http, n=1, publish=True, **{"user-id": "uma"})
    await record(http, answer["RequestId"])

    async def is_published() -> bool:
        async with http.post("/feed", json={"user-id": "uma"}) as feed:
            return [post["id"] for post in await feed.json()] == [answer["RequestId"]]

    await eventually(is_published, "it is in the feed")


async def test_several_are_not_published_by_other_apis_either(http: ClientSession) -> None:
    call = {"prompt": "rain", "n": 2, "publish": True, "user-id": "ann"}
    async with http.post("/v1/images/generations", json=call) as answer:
        assert answer.status == 400
    call = {**call, "n": 2, "publish": False, "response_format": "url"}
    async with http.post("/v1/images/generations", json=call) as answer:
        assert answer.status == 200
        first = answer.headers["x-request-id"]
    assert len(await listed(http, group=first)) == 2
    assert (await record(http, first))["options"] == {}  # what that API keeps is not shown


async def test_a_repeated_submission_gives_the_same_group(http: ClientSession) -> None:
    headers = {"Idempotency-Key": "group"}
    answers = await asyncio.gather(*(submit(http, n=4, headers=headers) for _ in range(6)))
    assert {status for status, _ in answers} == {202}
    assert len({tuple(answer["RequestIds"]) for _, answer in answers}) == 1
    assert len(await listed(http, group=answers[0][1]["group"])) == 4
    for other in ({"n": 3}, {}):
        status, problem = await submit(http, **other, headers=headers)
        assert (status, problem["type"]) == (422, "/problems#idempotency-key-reused")


@pytest.mark.parametrize("removed", [0, 2])
async def test_a_submission_repeated_after_a_removal_is_a_whole_group(
    http: ClientSession, removed: int
) -> None:
    headers = {"Idempotency-Key": f"without {removed}"}
    _, first = await submit(http, n=3, headers=headers)
    for id_ in first["RequestIds"]:
        assert (await record(http, id_))["status"] == "completed"
    async with http.delete(f"/content/{first['RequestIds'][removed]}") as answer:
        assert answer.status == 204
    status, again = await submit(http, n=3, headers=headers)
    assert status == 202
    assert not set(again["RequestIds"]) & set(first["RequestIds"])
    for id_ in again["RequestIds"]:
        assert (await record(http, id_))["status"] == "completed"
    assert (await submit(http, n=3, headers=headers))[1] == again


async def test_keys_of_before_there_were_variants_still_match() -> None:
    digests = []
    numbers: tuple[int | UnsetType, ...] = (UNSET, 1)
    for n in numbers:
        parameters = CreateContentParameters(Prompt("rain"), "text", n=n)
        request = make_mocked_request("POST", "/content", headers={"Idempotency-Key": "k"})
        key = idempotency_key(request, parameters)
        digests.append(key and key.digest[:16])
    assert digests[0] == "70b3adb73bb32ba6"  # as earlier versions have stored it
    assert digests[1] != digests[0]


async def test_every_variant_has_its_webhook(http: ClientSession) -> None:
    async with outside(Receiver()) as world:
        _, answer = await submit(http, n=3, webhook=f"{world.url}/hook")

        async def all_came() -> bool:
            return len(bodies_to(world, "/hook")) >= 3

        await eventually(all_came, "every webhook is called")
        told = sorted(body["data"]["id"] for body in bodies_to(world, "/hook"))
    assert told == sorted(answer["RequestIds"])


async def test_a_group_that_does_not_fit_stores_nothing(tmp_path: Path) -> None:
    limits = ("text.max_queued=5", "limits.max_queued=3", "text.max_queued_bytes=1024")
    async with (
        running_service(tmp_path, *SLOW, *limits) as service,
        ClientSession(service.url) as http,
    ):

        async def refused(reason: str, **fields: Any) -> bool:
            status, problem = await submit(http, **fields)
            assert problem["type"] == "/problems#queue-full"
            return status == 429 and reason in problem["detail"]

        assert await refused("This client has", n=4, **{"user-id": "ann"})
        assert await refused("bytes", prompt="x" * 400, n=3, **{"user-id": "ann"})
        assert await listed(http) == []
        for user, n in (("ann", 3), ("bob", 1)):
            assert (await submit(http, n=n, **{"user-id": user}))[0] == 202
        assert await refused("5", n=2, **{"user-id": "cy"})
        assert len(await listed(http)) == 4
        assert (await submit(http, n=1, **{"user-id": "cy"}))[0] == 202  # its place is free again


async def test_variants_count_n_in_the_rate_and_a_group_is_its_owners(tmp_path: Path) -> None:
    database = tmp_path / "data" / "feedmill.db"
    ann, bob = (
        {"Authorization": f"Bearer {api_keys.create(database, name, ['content'])}"}
        for name in ("ann", "bob")
    )
    rate = ("limits.rate=0.01", "limits.burst=10")
    async with running_service(tmp_path, *SIMULATED, *rate) as service:
        async with ClientSession(service.url, headers=ann) as http:
            once = {"Idempotency-Key": "k"}
            status, answer = await submit(http, n=6, headers=once)
            assert status == 202
            status, problem = await submit(http, n=5)
            assert (status, problem["type"]) == (429, "/problems#rate-limited")
            assert len(await listed(http)) == len(await listed(http, group=answer["group"])) == 6
            assert (await submit(http, n=6, headers=once))[0] == 202  # a repetition counts one
        async with ClientSession(service.url, headers=bob) as http:
            assert await listed(http, group=answer["group"]) == []
