"""`/feed/authors/…/atom` and `/json`: what feed readers make of an author's posts."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import feedparser
import pytest
from aiohttp import ClientSession

from tests.http.feeds.test_home_feed import SIMULATED, call, write
from tests.support.running import command, running_service
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

FORMS = {"atom": "application/atom+xml", "json": "application/feed+json"}


def path(author: str, form: str) -> str:
    return f"/feed/authors/{quote(author, safe='')}/{form}"


async def read(http: ClientSession, url: str, **headers: str) -> Any:
    """A document as a feed reader gets it: parsed Atom, or JSON."""
    async with http.get(url, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        assert answer.content_type in FORMS.values()
        assert answer.charset == "utf-8"
        if answer.content_type == FORMS["json"]:
            return await answer.json(content_type=FORMS["json"])
        found = feedparser.parse(await answer.read())
        assert not found.bozo, found.bozo_exception
        return found


async def with_picture(http: ClientSession, user: str, prompt: str) -> dict[str, Any]:
    """A published request with a text and a picture."""
    given = {"prompt": prompt, "tag": "instagram", "publish": True, "user_id": user}
    await call(http, "POST", "/content", 202, **given)

    async def published() -> dict[str, Any] | None:
        page = await call(http, "GET", "/feed", user_id=user)
        return next(iter(page["posts"]), None)

    post = await eventually(published, "the post is published")
    assert post is not None
    return post


async def test_an_author_as_atom(http: ClientSession) -> None:
    picture = await with_picture(http, "tess", "Two cats & a dog")
    await write(http, "tess", "<First> & last", content="One.\n\nTwo\nlines <b>&amp;</b>.")
    found = await read(http, path("tess", "atom"))
    base = str(http._base_url).rstrip("/")  # noqa: SLF001 - the address of the service
    assert found.version == "atom10"
    assert (found.feed.title, found.feed.author) == ("tess", "tess")
    assert found.feed.links[0].href == f"{base}/"
    assert found.feed.id == "tag:feedmill,2026:author/tess"
    links = {link.rel: link.href for link in found.feed.links}
    assert links["self"] == links["first"] == f"{base}{path('tess', 'atom')}"
    written, generated = found.entries
    assert written.title_detail.value == "<First> & last"
    assert (
        written.content[0].value
        == "<p>One.</p>\n<p>Two<br />\nlines &lt;b&gt;&amp;amp;&lt;/b&gt;.</p>"
    )
    assert generated.id == f"tag:feedmill,2026:post/{picture['id']}"
    assert generated.link == f"{base}/feed/posts/{picture['id']}"
    assert [tag.term for tag in generated.tags] == picture["subjects"]
    assert f'<img alt="{generated.title.replace("&", "&amp;")}" src="{base}/media/' in (
        generated.content[0].value
    )
    [enclosure] = generated.enclosures
    assert enclosure.href == f"{base}{picture['imageUri']}"
    assert enclosure.type == "image/png"
    async with http.get(enclosure.href) as answer:
        assert len(await answer.read()) == int(enclosure.length)
    assert generated.published == picture["created_at"].replace("Z", "+00:00")


async def test_an_author_as_json_feed(http: ClientSession) -> None:
    picture = await with_picture(http, "ursa", "Two cats")
    found = await read(http, path("ursa", "json"))
    base = str(http._base_url).rstrip("/")  # noqa: SLF001 - the same
    uri = f"{base}{picture['imageUri']}"
    [item] = found.pop("items")
    assert found == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "ursa",
        "home_page_url": f"{base}/",
        "feed_url": f"{base}{path('ursa', 'json')}",
        "authors": [{"name": "ursa"}],
    }
    assert item["id"] == f"tag:feedmill,2026:post/{picture['id']}"
    assert item["image"] == uri
    assert item["content_text"] == picture["content"]
    assert item["content_html"].startswith(f'<p><img src="{uri}" alt="')
    assert item["date_published"] == picture["created_at"]
    assert item["tags"] == picture["subjects"]
    [attachment] = item["attachments"]
    assert attachment["url"] == uri
    assert attachment["mime_type"] == "image/png"
    assert attachment["size_in_bytes"] > 0


@pytest.mark.parametrize("author", ["vic", "d n/ü", "a%2Fb", "..", "x\x01y", "?a=b&c#d", "7"])
@pytest.mark.parametrize("form", FORMS)
async def test_pages_lead_to_all_posts_of_any_author(
    http: ClientSession, form: str, author: str
) -> None:
    author = f"{author} {form}"
    titles = [f"post {number}" for number in range(5)]
    for title in titles:
        await write(http, author, title, content="A \x0b\x00bell\ufffe.".replace("\x00", ""))
    url: str | None = f"{path(author, form)}?limit=2"
    found: list[str] = []
    pages = 0
    while url is not None:
        page = await read(http, url)
        pages += 1
        if form == "json":
            found += [item["title"] for item in page["items"]]
            url = page.get("next_url")
        else:
            found += [entry.title for entry in page.entries]
            url = next((link.href for link in page.feed.links if link.rel == "next"), None)
    assert (found, pages) == (titles[::-1], 3)


@pytest.mark.parametrize("form", FORMS)
async def test_a_reader_gets_304_until_something_changes(http: ClientSession, form: str) -> None:
    url = path(f"walt {form}", form)
    tags = []
    post: dict[str, Any] = {}
    for step in ("empty", "posted", "deleted"):
        if step == "posted":
            post = await write(http, f"walt {form}", "News")
        if step == "deleted":
            await call(http, "DELETE", f"/feed/posts/{post['id']}", 204)
        async with http.get(url) as answer:
            assert answer.status == 200
            tags.append(answer.headers["ETag"])
        for known, status in ((tags[-1], 304), (f'"x", W/{tags[-1]}', 304), ('"x"', 200)):
            async with http.get(url, headers={"If-None-Match": known}) as answer:
                assert answer.status == status
                assert answer.headers["ETag"] == tags[-1]
        async with http.head(url) as answer:
            assert (answer.status, answer.headers["ETag"]) == (200, tags[-1])
    assert tags[0] == tags[2] != tags[1]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("bad", ["limit=0", "limit=101", "cursor=x", "cursor=", "page=2"])
async def test_bad_input_is_refused(http: ClientSession, form: str, bad: str) -> None:
    async with http.get(f"{path('xena', form)}?{bad}") as answer:
        assert answer.status == 400
        assert answer.content_type == "application/problem+json"
    for author in ("%20", "a%00b", "x" * 201):
        async with http.get(f"/feed/authors/{author}/{form}") as answer:
            assert answer.status == 400


async def test_a_cursor_of_another_author_is_refused(http: ClientSession) -> None:
    for title in ("one", "two"):
        await write(http, "yara", title)
    page = await read(http, f"{path('yara', 'json')}?limit=1")
    cursor = page["next_url"].rpartition("cursor=")[2]
    async with http.get(f"{path('zack', 'json')}?cursor={cursor}") as answer:
        assert answer.status == 400


async def test_addresses_have_the_name_that_the_reader_knows(tmp_path: Path) -> None:
    known = (*SIMULATED, 'http.hosts=["mill.example"]')
    async with running_service(tmp_path, *known) as running, ClientSession(running.url) as http:
        await with_picture(http, "ann", "a fox")
        for host, expected in (
            ("mill.example", "http://mill.example"),
            ("mill.example:8080", "http://mill.example:8080"),
            ("[::1]:80", "http://[::1]:80"),
        ):
            page = await read(http, path("ann", "json"), Host=host)
            assert page["feed_url"] == f"{expected}{path('ann', 'json')}"
            assert page["items"][0]["image"].startswith(f"{expected}/media/")
    proxied = (*known, 'http.trusted_proxies=["127.0.0.1"]')
    async with running_service(tmp_path, *proxied) as running, ClientSession(running.url) as http:
        headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "feeds.example"}
        headers["X-Forwarded-Prefix"] = "/mill"
        page = await read(http, path("ann", "json"), **headers)
        assert page["feed_url"] == f"https://feeds.example/mill{path('ann', 'json')}"
        page = await read(http, path("ann", "json"), Host="mill.example")
        assert page["home_page_url"] == "http://mill.example/"
    named = (*SIMULATED, "http.public_url=https://feeds.example/mill")
    async with running_service(tmp_path, *named) as running, ClientSession(running.url) as http:
        page = await read(http, path("ann", "atom"))
        assert page.entries[0].link.startswith("https://feeds.example/mill/feed/posts/")


async def test_readers_need_a_key_unless_feeds_are_public(tmp_path: Path) -> None:
    ann = command(tmp_path, "keys", "create", "ann", "--yes").stdout.strip()
    key = {"Authorization": f"Bearer {ann}"}
    bound = 'auth.users={ann=["ann"]}'
    async with (
        running_service(tmp_path, *SIMULATED, bound) as running,
        ClientSession(running.url) as http,
    ):
        for form in FORMS:
            async with http.get(path("bob", form)) as answer:
                assert answer.status == 401
            async with http.get(path("bob", form), headers=key) as answer:
                assert answer.status == 200
    async with (
        running_service(tmp_path, *SIMULATED, bound, "feed.public=true") as running,
        ClientSession(running.url) as http,
    ):
        for form in FORMS:
            async with http.get(path("bob", form)) as answer:
                assert answer.status == 200
            async with http.get(path("bob", form), headers={"Host": '"><script>'}) as answer:
                assert f"{running.url}/feed/authors/bob/{form}" in await answer.text()
        for private in ("/feed", "/feed/marker", "/feed/events"):
            async with http.get(private, params={"user-id": "bob"}) as answer:
                assert answer.status == 401
