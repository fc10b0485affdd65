"""Embedder: has the texts of new posts turned into vectors, beside everything else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, TypeVar

import structlog

from service.actors.actor import ClockActor
from service.config.feed import EmbeddingsConfig
from service.generators.protocol import CannotStart, GenerationFailed
from service.store.sql.feeds.post_vectors import PostText
from service.store.stores import Stores
from service.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from service.generators.openai.embeddings import Embeddings  # with the HTTP client

log = structlog.get_logger()

TICK_SECONDS = 1.0
SWEEP_SECONDS = 10.0  # after which edited posts are looked for, too
BATCH_TEXTS = 32  # in one request
MOST_CHARACTERS = 2000  # of a text: small models read some 500 tokens
PAUSE_SECONDS = (1.0, 60.0)  # after a failure: the first, and the longest
SEEN_SECONDS = 5.0  # between two signs of work during a request
MOST_SKIPPED = 1000  # texts that failed alone; they are tried again after all others

T = TypeVar("T")


class Embedder(ClockActor):
    """Embeds the newest posts that have no vector of the configured model, newest first.

    Nothing waits for it: a post without a vector is ranked without one. While the server is away
    or refuses the key it tries again after a growing pause.
    """

    name = "embedder"

    def __init__(
        self, stores: Stores, settings: Callable[[], EmbeddingsConfig], metrics: Metrics
    ) -> None:
        super().__init__(TICK_SECONDS)
        self._stores = stores
        self._settings = settings
        self._metrics = metrics
        self._used: EmbeddingsConfig | None = None  # the settings of `_server`
        self._server: Embeddings | None = None
        self._open = AsyncExitStack()
        self._head = -1  # of the feeds when all posts had vectors
        self._swept_at = 0.0
        self._resume_at = 0.0
        self._pause = 0.0
        self._batch = BATCH_TEXTS
        self._skipped: set[int] = set()

    async def run(self) -> None:
        try:
            await super().run()
        finally:
            await self._open.aclose()

    async def tick(self) -> None:
        settings = self._settings()
        now = time.monotonic()
        if settings != self._used:
            await self._begin(settings)
        if not settings.base_url or now < self._resume_at:
            return
        head = await self._stores.posts.head()
        if head == self._head and now < self._swept_at + SWEEP_SECONDS:
            return
        while settings == self._settings() and not self._stopping.is_set():
            self.seen = time.monotonic()
            waiting = await self._stores.post_vectors.waiting(
                settings.model, self._batch, self._skipped
            )
            if not waiting:
                self._head, self._swept_at = head, now
                self._skipped.clear()
                await self._stores.post_vectors.remove_old()
                return
            if not await self._embed(settings, waiting):
                return

    async def _begin(self, settings: EmbeddingsConfig) -> None:
        """Use other settings: forget what is known of the server of before."""
        await self._open.aclose()
        self._open = AsyncExitStack()
        self._server, self._used = None, settings
        self._head, self._resume_at, self._pause = -1, 0.0, 0.0
        self._batch = BATCH_TEXTS
        self._skipped.clear()

    async def _embed(self, settings: EmbeddingsConfig, waiting: Sequence[PostText]) -> bool:
        """Store the vectors of some posts; False if the actor has to wait."""
        try:
            server = self._server or await self._connect(settings)
            vectors = await self._unless_stopped(server.embed([_text(post) for post in waiting]))
        except (CannotStart, GenerationFailed) as failure:
            return await self._failed(settings, waiting, failure)
        if vectors is None:
            return False
        packed = await asyncio.to_thread(_packed, vectors)
        await self._stores.post_vectors.save(
            settings.model, list(zip(waiting, packed, strict=True))
        )
        self._metrics.embedded_posts += len(waiting)
        self._batch = min(self._batch * 2, BATCH_TEXTS)
        if self._pause:
            self._pause = 0.0
            log.info("the embeddings server answers again")
        return True

    async def _failed(
        self,
        settings: EmbeddingsConfig,
        waiting: Sequence[PostText],
        failure: CannotStart | GenerationFailed,
    ) -> bool:
        self._metrics.embedding_failures += 1
        cause = failure.cause if isinstance(failure, GenerationFailed) else "setup"
        if isinstance(failure, GenerationFailed) and cause == "job":
            # one of the texts may be at fault: find it, and go on with the others
            if len(waiting) > 1:
                self._batch = max(len(waiting) // 4, 1)
            elif not failure.retryable:
                await self._stores.post_vectors.save(settings.model, [(waiting[0], "")])
            elif len(self._skipped) < MOST_SKIPPED:
                self._skipped.add(waiting[0].post_us)
            if not failure.retryable:
                return True
        shortest, longest = PAUSE_SECONDS
        if not self._pause:
            detail = failure.detail if isinstance(failure, GenerationFailed) else ""
            log.warning("posts wait for their vectors", reason=str(failure), detail=detail)
        self._pause = min(max(self._pause * 2, shortest), longest)
        asked = failure.retry_after if isinstance(failure, GenerationFailed) else None
        self._resume_at = time.monotonic() + min(max(self._pause, asked or 0.0), longest)
        return False

    async def _connect(self, settings: EmbeddingsConfig) -> Embeddings:
        from service.generators.openai.embeddings import Embeddings  # noqa: PLC0415 - few need it

        self._server = await self._open.enter_async_context(
            Embeddings(settings.base_url, settings.model, settings.api_key_env, settings.timeout)
        )
        return self._server

    async def _unless_stopped(self, call: Awaitable[T]) -> T | None:
        """What a request returns; None if the actor has to stop. It is at work while it waits."""
        task = asyncio.ensure_future(call)
        stop = asyncio.create_task(self._stopping.wait())
        try:
            while not task.done() and not stop.done():
                self.seen = time.monotonic()
                await asyncio.wait(
                    {task, stop}, timeout=SEEN_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
            return await task if task.done() else None
        finally:
            stop.cancel()
            task.cancel()


def _text(post: PostText) -> str:
    """What is embedded: the title, and the content unless it begins with the title."""
    both = post.content.startswith(post.title.rstrip("."))
    return (post.content if both else f"{post.title}\n{post.content}").strip()[
        :MOST_CHARACTERS
    ] or "-"


def _packed(vectors: Sequence[Sequence[float]]) -> list[str]:
    from service.ranking.texts import packed  # noqa: PLC0415 - with numpy

    return [packed(vector) for vector in vectors]
