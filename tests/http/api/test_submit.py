"""`POST /content` with Idempotency-Key and priority, and `GET /content`: lists of requests."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.support import api_keys
from tests.support.running import running_service

pytestmark = pytest.mark.asyncio(loop_scope="session")

WISH = {"prompt": "a fox", "tag": "text"}


async def submit(
    http: ClientSession, key: str | None = None, **fields: Any
) -> tuple[int, dict[str, Any], str | None]:
    """Status, body, and whether the answer is marked as given before."""
    headers = {} if key is None else {"Idempotency-Key": key}
    async with http.post("/content", json=WISH | fields, headers=headers) as answer:
        return (
            answer.status,
            await answer.json(content_type=None),
            answer.headers.get("Idempotent-Replayed"),
        )


async def page(http: ClientSession, address: str) -> tuple[dict[str, Any], str | None]:
    """A page of the list, and the address of the next one."""
    async with http.get(address) as answer:
        assert answer.status == 200, await answer.text()
        link = answer.links.get("next")
        return await answer.json(), None if link is None else str(link["url"])


async def test_the_same_key_makes_one_request(http: ClientSession) -> None:
    key = secrets.token_hex()
    first = await submit(http, key)
    assert first[0] == 202
    assert first[2] is None
    assert await submit(http, key) == (202, first[1], "true")
    async with http.post("/content", params=WISH, headers={"Idempotency-Key": key}) as answer:
        assert (await answer.json()) == first[1]  # the same request, whatever form it was sent in


async def test_simultaneous_submissions_with_one_key_make_one_request(http: ClientSession) -> None:
    key = secrets.token_hex()
    answers = await asyncio.gather(*(submit(http, key) for _ in range(20)))
    assert {answer[0] for answer in answers} == {202}
    assert len({answer[1]["RequestId"] for answer in answers}) == 1
    assert sum(answer[2] is None for answer in answers) == 1


async def test_two_api_keys_may_use_the_same_idempotency_key(tmp_path: Path) -> None:
    database = tmp_path / "data" / "feedmill.db"
    simulated = ("text.generator=simulated", "image.generator=simulated")
    callers = [
        {"Authorization": f"Bearer {api_keys.create(database, name, ['content'])}"}
        for name in ("ann", "bob")
    ]
    async with running_service(tmp_path, *simulated) as service, ClientSession(service.url) as http:

        async def once(caller: dict[str, str], prompt: str) -> tuple[int, str | None, str | None]:
            headers = {"Idempotency-Key": "the same", **caller}
            fields = {"prompt": prompt, "tag": "text"}
            async with http.post("/content", json=fields, headers=headers) as answer:
                body = await answer.json(content_type=None)
                replayed = answer.headers.get("Idempotent-Replayed")
                return answer.status, body.get("RequestId"), replayed

        first = [await once(caller, f"prompt {n}") for n, caller in enumerate(callers)]
        assert [(status, replayed) for status, _, replayed in first] == [(202, None)] * 2
        ids = [id_ for _, id_, _ in first]
        assert len({*ids}) == 2
        for number, caller in enumerate(callers):
            again = await once(caller, f"prompt {number}")
            assert again == (202, ids[number], "true")
            assert (await once(caller, f"prompt {1 - number}"))[0] == 422
            async with http.get("/content", headers=caller) as answer:
                [record] = (await answer.json())["requests"]
            assert (record["id"], record["prompt"]) == (ids[number], f"prompt {number}")


async def test_an_idempotency_key_is_refused_for_other_parameters(http: ClientSession) -> None:
    key = secrets.token_hex()
    await submit(http, key)
    status, problem, _ = await submit(http, key, prompt="another fox")
    assert status == 422
    assert problem["type"] == "/problems#idempotency-key-reused"


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "caf\u00e9"])
async def test_an_invalid_idempotency_key_is_refused(http: ClientSession, key: str) -> None:
    status, problem, _ = await submit(http, key)
    assert status == 400
    assert problem["errors"][0]["name"] == "Idempotency-Key"


async def test_a_key_works_after_a_kill_and_in_a_full_queue(tmp_path: Path) -> None:
    settings = ("text.generator=simulated", "image.generator=simulated")
    slow = (*settings, "text.simulated.delay=30", "text.max_queued=1")
    async with running_service(tmp_path, *slow) as running, ClientSession(running.url) as http:
        _, first, _ = await submit(http, "k")
        assert await submit(http, "k") == (202, first, "true")
        assert (await submit(http, "other"))[0] == 429
        await running.kill()
    async with running_service(tmp_path, *settings) as running, ClientSession(running.url) as http:
        assert await submit(http, "k") == (202, first, "true")


async def test_lists_are_read_page_by_page(http: ClientSession) -> None:
    ids = [(await submit(http, tag="image"))[1]["RequestId"] for _ in range(5)]
    ids_of_pages: list[str] = []
    address: str | None = "/content?tag=image&limit=2"
    while address and not set(ids) <= set(ids_of_pages):
        body, address = await page(http, address)
        ids_of_pages += [item["id"] for item in body["requests"]]
    assert ids_of_pages[:5] == ids[::-1]
    assert len(set(ids_of_pages)) == len(ids_of_pages)


async def test_a_list_can_be_filtered_by_status(http: ClientSession) -> None:
    id_ = (await submit(http))[1]["RequestId"]
    async with http.get(f"/content/{id_}?wait=60") as answer:
        assert (await answer.json())["status"] == "completed"
    body, _ = await page(http, "/content?status=completed")
    [listed] = [item for item in body["requests"] if item["id"] == id_]
    assert listed["text"] == "generated text for a fox"
    for status in ("queued", "generating", "failed", "cancelled", "expired"):
        body, _ = await page(http, f"/content?status={status}")
        assert id_ not in [item["id"] for item in body["requests"]]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "status=done", "tag=song", "x=1", "cursor=x"]
)
async def test_an_invalid_filter_of_the_list_is_refused(http: ClientSession, query: str) -> None:
    async with http.get(f"/content?{query}") as answer:
        assert answer.status == 400


async def test_urgent_requests_are_generated_first(tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    settings = (
        "text.generator=simulated",
        "image.generator=simulated",
        "text.workers=1",
        "text.simulated.delay=0.05",
        f"text.simulated.record={record}",
    )
    async with running_service(tmp_path, *settings) as running, ClientSession(running.url) as http:
        await http.post("/pools/text/pause")
        ids = [
            (await submit(http, prompt=f"{priority} {number}", priority=priority))[1]["RequestId"]
            for number, priority in enumerate(["normal", "low", "normal", "high"])
        ]
        await http.post("/pools/text/resume")
        for id_ in ids:
            async with http.get(f"/content/{id_}?wait=60") as answer:
                assert (await answer.json())["status"] == "completed"
    begun = [line.split('"')[-2] for line in record.read_text().splitlines()]
    assert begun.index("normal 0") <= 1  # a worker may have waited for it when the pool paused
    assert [each for each in begun if each != "normal 0"] == ["high 3", "normal 2", "low 1"]


async def test_an_unknown_priority_is_refused(http: ClientSession) -> None:
    assert (await submit(http, priority="urgent"))[0] == 400
