"""The front door: the studio page for browsers, a welcome for everybody else.

The first visit fills the test user's feed with posts that were generated beforehand.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import msgspec
from aiohttp import web

from service.http.api.responses import WelcomeResponse, json_reply
from service.http.services import Services, services_of
from service.store.errors import DatabaseUnavailable, RedisUnavailable
from service.store.sql.posts import UnpublishedPost

PAGES = Path(__file__).with_name("static")
SAMPLES = Path(__file__).with_name("samples")
TEST_USER = "1"
WELCOME = "Welcome to Feedmill! POST a prompt and a tag to /content/ and see what comes of it."

PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-cache",
}
CONTENT_TYPES = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
}


class Sample(msgspec.Struct):
    """A post that was generated when the service was made; `picture` is a file beside it."""

    id: str
    title: str
    content: str
    picture: str


class FirstVisit:
    """Gives the test user its posts, once in all; it is asked at every visit."""

    def __init__(self) -> None:
        self._done = False
        self._lock = asyncio.Lock()

    async def fill(self, services: Services) -> None:
        """Publish the samples to the test user's feed, unless that was done before."""
        async with self._lock:
            if not self._done:
                # a visit is no worse for a store that is away; the next one tries again
                with contextlib.suppress(RedisUnavailable, DatabaseUnavailable):
                    # also after a restart: the last process may have got no further than SQLite
                    posts = await services.stores.posts.publish(await self._drafts(services))
                    await services.stores.feeds.insert(TEST_USER, posts)
                    self._done = True

    async def _drafts(self, services: Services) -> list[UnpublishedPost]:
        drafts = []
        for sample in SAMPLE_POSTS:
            data = (SAMPLES / sample.picture).read_bytes()
            uri = await services.stores.media.save(data, "image/webp", sample.title)
            drafts.append(UnpublishedPost(sample.id, TEST_USER, sample.title, sample.content, uri))
        return drafts


FIRST_VISIT = web.AppKey("first visit", FirstVisit)


async def get_studio(request: web.Request) -> web.StreamResponse:
    """The studio page, or a welcome."""
    await request.app[FIRST_VISIT].fill(services_of(request))
    if "text/html" in request.headers.get("Accept", ""):
        return page("studio.html")
    return json_reply(WelcomeResponse(WELCOME))


def page(name: str) -> web.Response:
    """A file of the studio; raises FileNotFoundError for one that is not there."""
    return web.Response(
        body=(PAGES / name).read_bytes(),
        content_type=CONTENT_TYPES[name.rpartition(".")[2]],
        charset="utf-8",
        headers=PAGE_HEADERS,
    )


async def studio_file(request: web.Request) -> web.StreamResponse:
    """The studio's style sheet, scripts and icon."""
    return page(f"studio.{request.match_info['suffix']}")


SAMPLE_POSTS = msgspec.json.decode((SAMPLES / "posts.json").read_bytes(), type=list[Sample])
