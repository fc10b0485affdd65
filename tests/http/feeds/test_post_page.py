"""The page of a post: for browsers and previews of links; JSON for other clients."""

from __future__ import annotations

from html.parser import HTMLParser

import feedparser
import pytest
from aiohttp import ClientSession

from tests.http.feeds.test_home_feed import call, write
from tests.http.feeds.test_syndication import path, with_picture

pytestmark = pytest.mark.asyncio(loop_scope="session")

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
ODD = 'Fire 🔥 & <b>"ice"</b> it\'s {{theme}} <!-- main --> #snow'


class Head(HTMLParser):
    """What a preview of a link reads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.pictures: list[dict[str, str | None]] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        of = dict(attributes)
        if tag == "meta" and (name := of.get("property") or of.get("name")):
            self.meta[name] = of["content"] or ""
        if tag == "link":
            self.links.setdefault(of.get("rel") or "", of.get("href") or "")
        if tag == "img":
            self.pictures.append(of)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


async def page(http: ClientSession, url: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    async with http.get(url, headers={**BROWSER, **headers}) as answer:
        return answer.status, await answer.text(), dict(answer.headers)


async def test_a_browser_gets_a_page_and_others_get_json(http: ClientSession) -> None:
    post = await with_picture(http, "page-ann", ODD)
    url = f"/feed/posts/{post['id']}"
    status, text, headers = await page(http, url)
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert {"Accept", "Accept-Language", "Cookie"} <= set(headers["Vary"].split(", "))
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    head, base = Head(text), str(http._base_url).rstrip("/")  # noqa: SLF001 - the address of the service
    assert head.links["canonical"] == head.meta["og:url"] == f"{base}{url}"
    assert head.meta["og:title"] == head.meta["twitter:title"] == post["title"]
    assert head.meta["og:image"] == head.meta["twitter:image"] == f"{base}{post['imageUri']}"
    assert head.meta["og:image:alt"] == head.meta["twitter:image:alt"] == post["title"]
    assert head.meta["twitter:card"] == "summary_large_image"
    assert head.meta["article:published_time"] == post["created_at"]
    assert head.links["alternate"] == f"{base}{path('page-ann', 'atom')}"
    assert head.pictures[0]["alt"] == post["title"], "without an alternative text"
    words = "".join(head.text)
    rest = post["content"].removeprefix(post["title"]).strip()
    assert all(block in words for block in rest.split("\n\n"))
    for headers in ({}, {"Accept": "application/json"}, {"Accept": "*/*"}):
        async with http.get(url, headers=headers) as answer:
            assert await answer.json() == post
            assert "Accept" in answer.headers["Vary"]
    async with http.get(url, headers={"User-Agent": "Twitterbot/1.0"}) as answer:
        assert Head(await answer.text()).meta["og:title"] == post["title"]


async def test_emoji_and_markup_come_back_right(http: ClientSession) -> None:
    post = await write(
        http,
        "page-bea",
        ODD,
        content=f"{ODD}\n\nSecond\nline.",
    )
    _, text, _ = await page(http, f"/feed/posts/{post['id']}")
    head = Head(text)
    assert head.meta["og:title"] == ODD
    assert head.meta["og:description"] == f"{ODD} Second line."
    assert "".join(head.text).count(ODD) == 2, "as the title of the page and its heading"
    assert '<span class="hash">#snow</span>' not in text, "the title is not repeated as text"
    async with http.get(path("page-bea", "atom")) as answer:
        [entry] = feedparser.parse(await answer.read()).entries
    assert entry.title_detail.value == ODD
    status, text, _ = await page(http, entry.link)
    assert (status, Head(text).meta["og:title"]) == (200, ODD)
    async with http.get(path("page-bea", "json")) as answer:
        [item] = (await answer.json(content_type=None))["items"]
    assert (item["title"], item["url"]) == (ODD, entry.link)


async def test_a_deleted_post_has_a_page_that_says_so(http: ClientSession) -> None:
    post = await write(http, "page-cyd", "Short")
    edited = await call(http, "PATCH", f"/feed/posts/{post['id']}", title="Shorter")
    status, text, _ = await page(http, f"/feed/posts/{post['id']}", **{"Accept-Language": "de"})
    assert status == 200
    assert Head(text).meta["article:modified_time"] == edited["edited_at"]
    assert "bearbeitet" in text
    await call(http, "DELETE", f"/feed/posts/{post['id']}", 204)
    for id_, expected in ((post["id"], 410), ("unknown", 404)):
        status, text, headers = await page(http, f"/feed/posts/{id_}")
        assert (status, headers["Content-Type"]) == (expected, "text/html; charset=utf-8")
