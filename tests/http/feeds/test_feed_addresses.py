"""Addresses for feed readers: each reads one author's posts without a key, until it is revoked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import feedparser
import pytest
import pytest_asyncio
from aiohttp import ClientSession

from service.store.sql.keys.api_keys import Scope
from tests.http.feeds.test_home_feed import SIMULATED, call
from tests.support import api_keys
from tests.support.running import running_service

pytestmark = pytest.mark.asyncio(loop_scope="session")

USERS = 'auth.users={ann = ["ann"], bob = ["bob"]}'
SCOPES: dict[str, list[Scope]] = {"ann": ["feed"], "bob": ["feed"], "root": ["admin"]}
Keys = Mapping[str, dict[str, str]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def keys_and_http(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[Path, Keys, ClientSession]]:
    folder = tmp_path_factory.mktemp("addresses")
    database = folder / "data" / "feedmill.db"
    keys = {
        name: {"Authorization": f"Bearer {api_keys.create(database, name, scopes)}"}
        for name, scopes in SCOPES.items()
    }
    async with (
        running_service(folder, *SIMULATED, USERS) as service,
        ClientSession(service.url) as http,
    ):
        yield database, keys, http


async def status(http: ClientSession, url: str, method: str = "GET") -> int:
    async with http.request(method, url) as answer:
        return answer.status


async def test_an_address_reads_one_author_until_it_is_revoked(
    keys_and_http: tuple[Path, Keys, ClientSession],
) -> None:
    database, keys, http = keys_and_http

    async def made(key: str, user: str = "ann") -> dict[str, Any]:
        return await call(http, "POST", "/feed/addresses", headers=keys[key], user_id=user)

    posts = {
        user: [
            await call(
                http,
                "POST",
                "/feed/posts",
                201,
                headers=keys[user],
                user_id=user,
                title=f"{user} {n} 🔥",
                content="Words.",
            )
            for n in range(3)
        ]
        for user in ("ann", "bob")
    }
    addresses = await made("ann")
    assert await made("ann") == addresses, "the same until it is revoked"
    assert await status(http, addresses["atom"].partition("?")[0]) == 401
    found, url = [], f"{addresses['atom']}&limit=2"
    while url:
        async with http.get(url) as answer:
            assert answer.status == 200
            page = feedparser.parse(await answer.read())
        found += page.entries
        url = next((link.href for link in page.feed.links if link.rel == "next"), "")
    assert [entry.title for entry in found] == [post["title"] for post in posts["ann"][::-1]]
    async with http.get(found[0].link, headers={"Accept": "text/html"}) as answer:
        assert answer.status == 200
        assert "proof=" not in (await answer.text()).partition("</head>")[0]
    async with http.get(addresses["json"]) as answer:
        assert len((await answer.json(content_type=None))["items"]) == 3

    proof = addresses["json"].partition("?")[2]
    refused = [
        f"/feed/authors/bob/json?{proof}",
        f"/feed/posts/{posts['bob'][0]['id']}?{proof}",
        f"/feed?user-id=ann&{proof}",
        f"/feed/events?user-id=ann&{proof}",
        f"/content?{proof}",
        addresses["json"][:-1] + ("A" if addresses["json"][-1] != "A" else "B"),
        addresses["json"].replace("proof=", "proof=9"),
    ]
    assert [await status(http, url) for url in refused] == [401] * len(refused)
    assert await status(http, f"/feed/posts/{posts['ann'][0]['id']}?{proof}", "DELETE") == 401
    await call(http, "POST", "/feed/addresses", 403, headers=keys["bob"], user_id="ann")

    other = await made("root")
    assert await status(http, other["json"]) == 200
    await call(http, "DELETE", "/feed/addresses", 204, headers=keys["ann"], user_id="ann")
    assert await status(http, addresses["json"]) == 401
    assert await status(http, other["json"]) == 200
    again = await made("ann")
    assert again != addresses
    await call(http, "DELETE", "/feed/addresses", 204, headers=keys["root"], user_id="ann")
    assert [await status(http, each["json"]) for each in (again, other)] == [401, 401]

    last = await made("ann")
    assert await status(http, last["json"]) == 200
    api_keys.revoke(database, "ann")
    assert await status(http, last["json"]) == 401, "the key that made it was revoked"
    api_keys.create(database, "ann", SCOPES["ann"])
    assert await status(http, last["json"]) == 401, "another key of the same name is another key"


async def test_where_no_key_is_needed_addresses_carry_no_proof(http: ClientSession) -> None:
    addresses = await call(http, "POST", "/feed/addresses", user_id="d n/ü")
    assert addresses["atom"].endswith("/feed/authors/d%20n%2F%C3%BC/atom")
    assert await status(http, addresses["json"]) == 200
