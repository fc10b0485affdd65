"""`[feed.embeddings]`: texts in recommended feeds, `/feed/why`, `/feed/taste` and `/metrics`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from tests.http.feeds.test_feed_acts import act
from tests.http.feeds.test_home_feed import SIMULATED, call, write
from tests.http.feeds.test_recommended import page, taste, why
from tests.support.running import Running, running_service
from tests.support.scripted_embeddings import EmbeddingsServer, embeddings_server
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Service:
    """A service whose configuration can be changed, and its server of embeddings."""

    def __init__(self, running: Running, http: ClientSession, file: Path) -> None:
        self.running, self.http, self._file = running, http, file

    def configure(self, base_url: str, model: str = "small") -> None:
        self._file.write_text(
            f'[feed.embeddings]\nbase_url = "{base_url}"\nmodel = "{model}"\n'
            "[feed.ranking]\nexplored_places = 0\n"
        )

    async def embedded(self) -> int:
        async with self.http.get("/metrics") as answer:
            lines = (await answer.text()).splitlines()
        name = "feedmill_feed_embedded_total "
        return int(float(next(line for line in lines if line.startswith(name)).split()[1]))


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def server() -> AsyncIterator[EmbeddingsServer]:
    async with embeddings_server() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    folder = tmp_path_factory.mktemp("similar")
    file = folder / "config.toml"
    file.write_text("")
    async with (
        running_service(folder, *SIMULATED) as running,
        ClientSession(running.url) as http,
    ):
        yield Service(running, http, file)


def part(why: dict[str, Any], name: str) -> dict[str, Any] | None:
    return next((part for part in why["parts"] if part["name"] == name), None)


async def test_texts_count_once_a_server_is_configured_and_only_then(
    service: Service, server: EmbeddingsServer
) -> None:
    http = service.http
    liked = await write(http, "ann", "Hello", content="The cat sleeps.")
    alike = await write(http, "bea", "Goodbye", content="Another cat wakes.")
    for number in range(3):
        await write(http, f"cal{number}", f"Letter {number}", content=f"Boat {number} sails.")
    await act(http, user_id="reader", post_id=liked["id"], kind="like")

    # off: no word of it
    assert (await page(http, "reader"))["posts"][0]["title"] == "Letter 2"  # the newest
    assert part(await why(http, "reader", alike["id"]), "similarity") is None
    assert "texts" not in await taste(http, "reader")
    assert await service.embedded() == 0
    await call(http, "DELETE", "/feed/taste", 204, user_id="reader")
    await act(http, user_id="reader", post_id=liked["id"], kind="like")

    service.configure(server.base_url)

    async def all_embedded() -> bool:
        return await service.embedded() == 5

    await eventually(all_embedded, "all posts have vectors")
    found = (await page(http, "reader"))["posts"]
    assert found[0]["title"] == "Goodbye"
    assert found[0]["reason"] == {
        "kind": "because-you-liked",
        "text": "It is like “Hello”, which you liked.",
        "liked_post_id": liked["id"],
    }
    explained = await why(http, "reader", alike["id"])
    similarity = part(explained, "similarity")
    assert similarity is not None
    assert similarity["weight"] == 2.0
    assert similarity["adds"] > 0
    assert (await taste(http, "reader"))["texts"] == {"model": "small", "likes": 1}

    # off again, while it runs
    service.configure("")

    async def is_off() -> bool:
        return part(await why(http, "reader", alike["id"]), "similarity") is None

    await eventually(is_off, "texts are not compared any more")


async def test_a_server_that_never_answers_is_in_nobodys_way(
    service: Service, server: EmbeddingsServer
) -> None:
    http, asked = service.http, len(server.bodies)
    server.may_answer.clear()
    service.configure(server.base_url, "slow")
    try:

        async def is_asked() -> bool:
            return len(server.bodies) > asked

        await eventually(is_asked, "the server is asked")
        post = await write(http, "dee", "A loaf", content="Fresh bread.")
        assert post["id"] in [p["id"] for p in (await page(http, "eve"))["posts"]]
        assert await call(http, "GET", "/readyz") is not None
    finally:
        server.may_answer.set()

    async def is_embedded() -> bool:
        return "A loaf\nFresh bread." in server.texts

    await eventually(is_embedded, "it is caught up")


async def test_the_key_is_sent_and_never_shown(tmp_path: Path, server: EmbeddingsServer) -> None:
    settings = (f"feed.embeddings.base_url={server.base_url}", "feed.embeddings.api_key_env=E_KEY")
    async with (
        running_service(
            tmp_path, *SIMULATED, *settings, environment={"E_KEY": "sk-secret-1"}
        ) as running,
        ClientSession(running.url) as http,
    ):
        await write(http, "ann", "A boat", content="It sails.")

        async def is_sent() -> bool:
            return "Bearer sk-secret-1" in server.keys

        await eventually(is_sent, "the key is sent")
        assert server.bodies[-1]["model"] == "text-embedding-3-small"
        assert not [line for line in running.lines if "sk-secret-1" in line]
