"""The sample posts: generated beforehand, published to the test user's feed at the first visit."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import structlog
from aiohttp import web

from service.http.services import Services
from service.store.errors import DatabaseUnavailable, MediaUnavailable
from service.store.sql.feeds.posts import UnpublishedPost

log = structlog.get_logger()

SAMPLES = Path(__file__).parents[2] / "pages" / "samples"
TEST_USER = "1"
FILL_SECONDS = 2.0  # that a reader of the test user's feed waits for the samples at most


class Sample(msgspec.Struct):
    """A post that was generated in advance; `picture` is a file beside it."""

    id: str
    title: str
    content: str
    picture: str
    alt: str


class FirstVisit:
    """Publishes the sample posts to the test user's feed, once in the life of the data folder.

    A visit only starts it: the page does not wait for a store.
    """

    def __init__(self) -> None:
        self._done = False
        self._filling: asyncio.Task[None] | None = None

    def fill(self, services: Services) -> None:
        """Publish them in the background, unless that is done or running."""
        if not self._done and self._filling is None:
            self._filling = asyncio.create_task(self._fill(services), name="first visit")

    async def filled(self) -> None:
        """Wait until a running publication is done, FILL_SECONDS at most."""
        if self._filling is not None:
            await asyncio.wait({self._filling}, timeout=FILL_SECONDS)

    async def stop(self, _app: web.Application) -> None:
        """Cancel a running publication."""
        if self._filling is not None:
            self._filling.cancel()
            await asyncio.wait({self._filling})

    async def _fill(self, services: Services) -> None:
        try:
            # also after a restart: the last process may have got no further than SQLite
            drafts = await self._drafts(services)
            try:
                await services.stores.publisher.publish(drafts)
            finally:
                for draft in drafts:
                    services.stores.media.release(draft.image_uri or "")
            self._done = True
        except (DatabaseUnavailable, MediaUnavailable, OSError):
            log.info("sample posts not published, the next visit tries again")
        finally:
            self._filling = None

    async def _drafts(self, services: Services) -> list[UnpublishedPost]:
        drafts = []
        for sample in SAMPLE_POSTS:
            data = (SAMPLES / sample.picture).read_bytes()
            uri = await services.stores.media.save(data, "image/webp", sample.title)
            drafts.append(
                UnpublishedPost(
                    sample.id, TEST_USER, sample.title, sample.content, uri, alt=sample.alt
                )
            )
        return drafts


FIRST_VISIT = web.AppKey("first visit", FirstVisit)

SAMPLE_POSTS = msgspec.json.decode((SAMPLES / "posts.json").read_bytes(), type=list[Sample])
