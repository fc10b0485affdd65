"""The embedder: every post gets its vector in the end, whatever the server does in between."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace

from service.actors.feeds import embedder as embedder_module
from service.actors.feeds.embedder import Embedder
from service.config.feed import EmbeddingsConfig
from service.store.sql.feeds import post_vectors as post_vectors_module
from service.store.sql.feeds.post_vectors import PostVectors
from service.store.sql.feeds.posts import PostChange, Posts, UnpublishedPost
from service.store.sqlite.database import Database
from service.telemetry.metrics import Metrics
from tests.support.scripted_embeddings import EmbeddingsServer, embeddings_server
from tests.support.waiting import HANGS_SECONDS, eventually

pytestmark = pytest.mark.asyncio


class Embedding:
    """An embedder at work, and its surroundings."""

    def __init__(self, database: Database, server: EmbeddingsServer) -> None:
        self.posts, self.vectors = Posts(database), PostVectors(database)
        self.server, self.metrics = server, Metrics()
        self.settings = EmbeddingsConfig(base_url=server.base_url, model="small")
        stores: Any = SimpleNamespace(posts=self.posts, post_vectors=self.vectors)
        self.actor = Embedder(stores, lambda: self.settings, self.metrics)

    async def publish(self, *contents: str) -> list[int]:
        found = await self.posts.publish(
            [UnpublishedPost(text, "ann", "Title", text, None) for text in contents]
        )
        return [post.created_us for post in found]

    async def known(self, *posts: int, model: str = "small") -> dict[int, str]:
        return await self.vectors.of_posts(posts, model, "test")

    async def have_vectors(self, *posts: int, model: str = "small") -> None:
        async def is_done() -> bool:
            return set(await self.known(*posts, model=model)) == set(posts)

        await eventually(is_done, "the posts have vectors")


@pytest_asyncio.fixture
async def embedding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Embedding]:
    monkeypatch.setattr(embedder_module, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(embedder_module, "SWEEP_SECONDS", 0.05)
    monkeypatch.setattr(embedder_module, "PAUSE_SECONDS", (0.01, 0.02))
    async with Database.open(tmp_path / "feedmill.db") as database, embeddings_server() as server:
        yield Embedding(database, server)


@contextlib.asynccontextmanager
async def running(embedding: Embedding) -> AsyncIterator[None]:
    task = asyncio.create_task(embedding.actor.run())
    yield
    await embedding.actor.stop()
    await task


async def test_posts_of_before_and_of_now_get_vectors_in_batches(embedding: Embedding) -> None:
    before = await embedding.publish(*(f"cat {number}" for number in range(70)))
    async with running(embedding):
        await embedding.have_vectors(*before)
        [now] = await embedding.publish("a boat")
        await embedding.have_vectors(now)
    assert [len(body["input"]) for body in embedding.server.bodies] == [32, 32, 6, 1]
    assert embedding.server.texts[0] == "Title\ncat 69"  # the newest first
    assert {body["model"] for body in embedding.server.bodies} == {"small"}
    assert set(embedding.server.keys) == {None}
    assert embedding.metrics.embedded_posts == 71


async def test_without_an_address_nothing_is_sent(embedding: Embedding) -> None:
    address = embedding.server.base_url
    embedding.settings = replace(embedding.settings, base_url="")
    [post] = await embedding.publish("a cat")
    async with running(embedding):
        await eventually(lambda: asyncio.sleep(0, embedding.actor.seen > 0), "it is at work")
        assert embedding.server.bodies == []
        embedding.settings = replace(embedding.settings, base_url=address)
        await embedding.have_vectors(post)


async def test_a_server_that_is_away_is_waited_for(embedding: Embedding) -> None:
    embedding.server.refuses = lambda _: 503
    posts = await embedding.publish("a cat", "a boat")
    async with running(embedding):

        async def has_failed() -> bool:
            return embedding.metrics.embedding_failures > 2

        await eventually(has_failed, "it has failed again")
        assert await embedding.known(*posts) == {}
        embedding.server.refuses = lambda _: None
        await embedding.have_vectors(*posts)


async def test_a_key_that_is_missing_or_refused_is_waited_for(
    embedding: Embedding, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedding.settings = replace(embedding.settings, api_key_env="EMBEDDINGS_KEY")
    embedding.server.refuses = lambda _: (
        None if embedding.server.keys[-1] == "Bearer right-key" else 401
    )
    [post] = await embedding.publish("a cat")
    async with running(embedding):

        async def has_failed() -> bool:
            return embedding.metrics.embedding_failures > 0

        await eventually(has_failed, "there is no key")
        assert embedding.server.bodies == []
        monkeypatch.setenv("EMBEDDINGS_KEY", "right-key")
        await embedding.have_vectors(post)


@pytest.mark.parametrize("status", [400, 413, 500])
async def test_a_text_that_fails_keeps_no_other_from_its_vector(
    embedding: Embedding, status: int
) -> None:
    embedding.server.refuses = lambda texts: status if any("bad" in t for t in texts) else None
    first = await embedding.publish(*(f"cat {number}" for number in range(9)))
    [bad] = await embedding.publish("bad")
    last = await embedding.publish(*(f"boat {number}" for number in range(9)))
    async with running(embedding):
        await embedding.have_vectors(*first, *last)
        assert await embedding.known(bad) == {}
        [now] = await embedding.publish("bread")
        await embedding.have_vectors(now)


@pytest.mark.parametrize(
    "vector", [[], [float("nan")], ["a"], [0.1] * 5000], ids=["none", "nan", "text", "long"]
)
async def test_answers_that_cannot_be_used_are_not_stored(
    embedding: Embedding, vector: list[Any]
) -> None:
    embedding.server.vector = lambda _: vector
    [post] = await embedding.publish("a cat")
    async with running(embedding):

        async def has_failed() -> bool:
            return embedding.metrics.embedding_failures > 0

        await eventually(has_failed, "the answer is refused")
        assert await embedding.known(post) == {}
        embedding.server.vector = lambda _: [1.0, 2.0]
        await embedding.have_vectors(post)


async def test_another_model_embeds_all_posts_again(embedding: Embedding) -> None:
    posts = await embedding.publish("a cat", "a boat")
    async with running(embedding):
        await embedding.have_vectors(*posts)
        embedding.settings = replace(embedding.settings, model="large")
        await embedding.have_vectors(*posts, model="large")
        assert await embedding.known(*posts) == {}


async def test_an_edited_post_is_embedded_again_and_a_deleted_one_has_no_vector(
    embedding: Embedding,
) -> None:
    edited, deleted = await embedding.publish("a cat", "a boat")
    async with running(embedding):
        await embedding.have_vectors(edited, deleted)
        was = await embedding.known(edited)
        await embedding.posts.edit("a cat", PostChange(None, "some bread", None, None, ()))

        async def is_new() -> bool:
            return await embedding.known(edited) not in ({}, was)

        await eventually(is_new, "the new text has a vector")
        assert embedding.server.texts[-1] == "Title\nsome bread"
        await embedding.posts.delete("a boat")
        assert await embedding.known(deleted) == {}


async def test_a_text_that_is_edited_meanwhile_does_not_keep_the_old_vector(
    embedding: Embedding,
) -> None:
    [post] = await embedding.publish("a cat")
    [old] = await embedding.vectors.waiting("small", 1)
    await embedding.posts.edit("a cat", PostChange(None, "some bread", None, None, ()))
    await embedding.vectors.save("small", [(old, "AAAA")])
    assert await embedding.known(post) == {}


async def test_only_the_newest_posts_have_vectors(
    embedding: Embedding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post_vectors_module, "KEPT_POSTS", 3)
    posts = await embedding.publish(*(f"cat {number}" for number in range(5)))
    async with running(embedding):
        await embedding.have_vectors(*posts[2:])
        assert len(embedding.server.texts) == 3
        [new] = await embedding.publish("a boat")
        await embedding.have_vectors(new)

        async def is_gone() -> bool:
            return await embedding.known(posts[2]) == {}

        await eventually(is_gone, "the vector of an older post is removed")


async def test_a_stop_does_not_wait_for_an_answer(embedding: Embedding) -> None:
    embedding.server.may_answer.clear()
    await embedding.publish("a cat")
    async with asyncio.timeout(HANGS_SECONDS), running(embedding):

        async def is_asked() -> bool:
            return bool(embedding.server.bodies)

        await eventually(is_asked, "the server is asked")
