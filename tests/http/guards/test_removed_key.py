"""An Idempotency-Key whose request is removed while another one with it is under way."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import ClientSession

from service.http.app import application
from service.http.server.server import Server, bind
from service.store.sql.requests.request_acceptance import IdempotencyKey
from service.store.sql.requests.requests import Requests
from tests.support.pipelines import Scripted, running_pipeline

WISH = {"prompt": "a fox", "tag": "text"}
KEY = {"Idempotency-Key": "bakery"}


async def test_an_accepted_request_exists_even_if_its_key_was_removed(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_with, lookups = Requests.find_by_key, 0

    async def late(
        requests: Requests, owner: str | None, key: str
    ) -> tuple[IdempotencyKey, str] | None:
        """As if the first look came before another request with this key, the second after it."""
        nonlocal lookups
        lookups += 1
        return None if lookups <= 2 else await made_with(requests, owner, key)

    text = Scripted()
    async with running_pipeline(tmp_path, redis_url, text, Scripted()) as mill:
        server = Server(application(mill.services))
        url = await server.start(bind("127.0.0.1", 0))
        async with ClientSession(url) as http:
            async with http.post("/content", data=WISH, headers=KEY) as answer:
                first = (await answer.json())["RequestId"]
            await mill.finished(first)
            monkeypatch.setattr(Requests, "find_by_key", late)
            lookups = 0

            async def ask() -> tuple[str, int]:
                async with http.post("/content", data=WISH, headers=KEY) as answer:
                    id_ = (await answer.json())["RequestId"]
                async with http.get(f"/content/{id_}") as shown:
                    return id_, shown.status

            assert await ask() == (first, 200)
            assert lookups == 3
        await server.stop(1.0)
