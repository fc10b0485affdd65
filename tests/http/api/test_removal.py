"""Finished requests are removed on demand, with their pictures; notes stay private."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from service.store.sql.keys.api_keys import Scope
from tests.http.feeds.test_home_feed import SIMULATED, call
from tests.support import api_keys
from tests.support.running import running_service

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCOPES: dict[str, list[Scope]] = {"ann": ["content"], "bob": ["content"], "root": ["admin"]}


async def completed(http: ClientSession, prompt: str, **more: Any) -> dict[str, Any]:
    given = {"prompt": prompt, "tag": "instagram"} | more
    id_ = (await call(http, "POST", "/content", 202, **given))["RequestId"]
    record = await call(
        http,
        "GET",
        f"/content/{id_}",
        wait=60,
        **({"headers": more["headers"]} if "headers" in more else {}),
    )
    assert record["status"] == "completed"
    return record


async def test_a_finished_request_is_removed_with_all_that_is_known_of_it(
    http: ClientSession,
) -> None:
    record = await completed(http, "removed hedgehog", note="For Ann.")
    path = f"/content/{record['id']}"
    await call(http, "DELETE", f"{path}?cancel=true", 409)
    await call(http, "GET", path)
    await call(http, "DELETE", path, 204)
    for method in ("GET", "DELETE", "PATCH"):
        await call(http, method, path, 404, **({"note": "x"} if method == "PATCH" else {}))
    await call(http, "POST", "/content/view", 404, request_id=record["id"])
    page = await call(http, "GET", "/content", q="hedgehog removed")
    assert record["id"] not in [each["id"] for each in page["requests"]]


async def test_a_removal_that_is_sent_three_times_at_once_happens_once(
    http: ClientSession,
) -> None:
    record = await completed(http, "removed thrice")

    async def remove() -> int:
        async with http.delete(f"/content/{record['id']}") as answer:
            return answer.status

    assert sorted(await asyncio.gather(*(remove() for _ in range(3)))) == [204, 404, 404]


async def test_an_unfinished_request_is_cancelled(http: ClientSession) -> None:
    given = {"prompt": "p", "tag": "text", "priority": "low"}
    id_ = (await call(http, "POST", "/content", 202, **given))["RequestId"]
    async with http.delete(f"/content/{id_}?cancel=true") as answer:
        assert answer.status in {202, 409}, "it may have been faster"


async def test_only_the_owner_and_admins_remove_and_note(tmp_path: Path) -> None:
    database = tmp_path / "data" / "feedmill.db"
    keys = {
        name: {"Authorization": f"Bearer {api_keys.create(database, name, scopes)}"}
        for name, scopes in SCOPES.items()
    }
    async with running_service(tmp_path, *SIMULATED) as service, ClientSession(service.url) as http:
        for owner, remover in (("ann", "ann"), ("ann", "root")):
            record = await completed(http, "mine", headers=keys[owner])
            path = f"/content/{record['id']}"
            await call(http, "DELETE", path, 404, headers=keys["bob"])
            await call(http, "PATCH", path, 404, headers=keys["bob"], note="x")
            noted = await call(http, "PATCH", path, headers=keys[owner], note="Look again.")
            assert noted["note"] == "Look again."
            await call(http, "PATCH", path, headers=keys[owner], note="")
            assert (await call(http, "GET", path, headers=keys[owner]))["note"] is None
            await call(http, "DELETE", path, 204, headers=keys[remover])
            await call(http, "GET", path, 404, headers=keys[owner])


async def test_a_repeated_submission_leaves_a_later_note(http: ClientSession) -> None:
    given = {"prompt": "p", "tag": "text", "note": "First.", "n": 2}
    once = {"headers": {"Idempotency-Key": "with a note"}}
    ids = (await call(http, "POST", "/content", 202, **given, **once))["RequestIds"]
    notes = [(await call(http, "GET", f"/content/{id_}"))["note"] for id_ in ids]
    assert notes == ["First.", "First."]
    await call(http, "PATCH", f"/content/{ids[1]}", note="Second.")
    assert (await call(http, "POST", "/content", 202, **given, **once))["RequestIds"] == ids
    notes = [(await call(http, "GET", f"/content/{id_}"))["note"] for id_ in ids]
    assert notes == ["First.", "Second."]


async def test_a_note_is_in_no_post(http: ClientSession) -> None:
    record = await completed(http, "noted", note="A secret.", user_id="noter")
    assert record["note"] == "A secret."
    post = await call(http, "POST", f"/content/{record['id']}/publish", 201)
    async with http.get(f"/feed/posts/{post['id']}", headers={"Accept": "text/html"}) as answer:
        assert "A secret." not in await answer.text()
    assert "A secret." not in str(post)
    for wrong in ("x" * 2001, "a\0b"):
        await call(http, "PATCH", f"/content/{record['id']}", 400, note=wrong)
