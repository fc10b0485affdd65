"""Pages and what belongs to them: kept by browsers, compressed, and never in wait for a store."""

from __future__ import annotations

import asyncio
import gzip
import os
import re
import signal
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import brotli
import pytest
from aiohttp import ClientSession

from service.http.server.static_files import FOLDER
from tests.chaos.redis import Embedded
from tests.support.raw_http import Answer, request, send
from tests.support.running import Running, running_service
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIMULATED = ("text.generator=simulated", "image.generator=simulated")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
LARGE = ("/studio.js", "/studio.css", "/docs", "/docs/", "/docs.js", "/openapi.json", "/problems")
DECODED = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}


async def get(service: Running, path: str, **headers: str) -> Answer:
    """What the service answers, as it is on the wire."""
    data = request(path, method="GET", **{"accept": BROWSER, **headers})  # type: ignore[arg-type] # none is named body
    return await send(service.url, data)


@pytest.mark.parametrize("path", ["/", *LARGE])
async def test_texts_are_cached_by_browsers_and_compressed(service: Running, path: str) -> None:
    plain = await get(service, path)
    assert "content-encoding" not in plain.headers
    tags = {plain.headers["etag"]}
    for coding in ("br", "gzip"):
        packed = await get(service, path, accept_encoding=coding)
        assert packed.headers["content-encoding"] == coding
        assert DECODED[coding](packed.body) == plain.body
        assert len(packed.body) < len(plain.body) / 2
        tags.add(packed.headers["etag"])
        for known in (packed.headers["etag"], f'"x", W/{packed.headers["etag"]}', "*"):
            same = await get(service, path, accept_encoding=coding, if_none_match=known)
            assert (same.status, same.body) == (304, b"")
            assert same.headers["etag"] == packed.headers["etag"]
            assert same.headers["vary"] == packed.headers["vary"]
        other = await get(service, path, accept_encoding=coding, if_none_match='"other"')
        assert other.status == 200
        assert "Accept-Encoding" in packed.headers["vary"]
    assert len(tags) == 3, "each coding has a separate tag"
    assert "no-cache" in plain.headers["cache-control"]
    assert (await get(service, path, accept_encoding="br;q=0")).body == plain.body


WAYS = re.compile(r'<a href="([^"]*)" data-view="(\w+)"( aria-current="page")?[^>]*>([^<]+)')


async def test_every_page_has_the_same_head_and_marks_where_it_is(service: Running) -> None:
    async with (
        ClientSession(service.url) as http,
        http.post("/feed/posts", json={"user-id": "ann", "title": "T", "content": "C"}) as made,
    ):
        post = (await made.json())["id"]
    heads = {}
    pages = ("", "gallery", "engine", "docs", "problems", "nowhere/at/all", f"feed/posts/{post}")
    for path in pages:
        page = (await get(service, f"/{path}", accept_language="de")).body.decode()
        head = page[page.index('<header class="top">') : page.index("</header>")]
        ways = WAYS.findall(head)
        heads[path] = [(urljoin(f"/{path}", way), words.strip()) for way, _, _, words in ways]
        current = [view for _, view, mark, _ in ways if mark]
        assert current == {"": ["studio"]}.get(
            path, [path] if path in ("gallery", "engine", "docs") else []
        )
    assert heads[""] == [
        ("/", "Studio"),
        ("/#feed", "Feed"),
        ("/gallery", "Galerie"),
        ("/engine", "Maschinenraum"),
        ("/docs", "API"),
    ]
    assert all(head == heads[""] for head in heads.values())


async def test_the_code_of_the_pages_is_in_short_files() -> None:
    lines = {
        file.name: len(file.read_text(encoding="utf-8").splitlines())
        for file in FOLDER.iterdir()
        if file.suffix in {".js", ".css"}
    }
    longest = {".js": 250, ".css": 400}
    assert {name for name, count in lines.items() if count > longest[Path(name).suffix]} == set()


async def test_small_texts_and_event_streams_are_not_compressed(
    service: Running, http: ClientSession
) -> None:
    small = await get(service, "/studio.svg", accept_encoding="br, gzip")
    assert "content-encoding" not in small.headers
    assert "etag" in small.headers
    async with http.post("/content", json={"prompt": "p", "tag": "text"}) as answer:
        id_ = (await answer.json())["RequestId"]
    url, headers = f"/content/{id_}/events", {"Accept-Encoding": "br, gzip"}
    async with http.get(url, headers=headers) as answer:
        assert "Content-Encoding" not in answer.headers


async def test_head_has_the_headers_of_get(service: Running) -> None:
    async with ClientSession(service.url, auto_decompress=False) as http:
        for path in LARGE:
            async with http.get(path) as got, http.head(path) as head:
                names = ("ETag", "Content-Encoding", "Content-Type", "Vary", "Content-Length")
                for name in names:
                    assert got.headers.get(name) == head.headers.get(name), (path, name)


async def test_pages_do_not_wait_while_redis_hangs(tmp_path: Path) -> None:
    async with running_service(tmp_path, *SIMULATED) as service:
        pid = await Embedded(tmp_path / "data").pid()
        os.kill(pid, signal.SIGSTOP)
        try:
            # all before the first of them would have given Redis up
            answers = await asyncio.gather(*(get(service, "/") for _ in range(8)))
        finally:
            os.kill(pid, signal.SIGCONT)
        assert [answer.status for answer in answers] == [200] * 8
        async with ClientSession(service.url) as http:
            # what could not be published then is at a later visit
            async def has_samples() -> bool:
                await http.get("/")
                async with http.post("/feed", json={"user-id": "1"}) as answer:
                    return bool(await answer.json())

            await eventually(has_samples, "the samples are in the feed")


async def test_the_feed_has_the_samples_after_the_first_visit(
    tmp_path: Path,
) -> None:
    async with (
        running_service(tmp_path, *SIMULATED) as service,
        ClientSession(service.url) as http,
    ):
        async with http.post("/feed", json={"user-id": "1"}) as answer:
            assert await answer.json() == []  # it is in Redis now, and empty
        await http.get("/")
        async with http.post("/feed", json={"user-id": "1"}) as answer:
            first = await answer.json()
        assert len(first) > 2
        await http.get("/")
        async with http.post("/feed", json={"user-id": 1}) as answer:
            assert await answer.json() == first


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/nowhere", 404, "There is nothing at this address."),
        ("/content/unknown", 404, "There is no request with this id."),
        ("/content/a/b/c/%3Cscript%3E", 404, "There is nothing at this address."),
        ("/content?status=%3Cb%3E&limit=0", 400, "<dt>limit</dt><dd>Must be an integer &gt;= 1."),
        ("/media/x/y.webp", 404, "There is no such picture."),
        ("/content/view", 405, "This method does not work here."),
    ],
)
async def test_a_browser_gets_a_problem_as_a_page(
    service: Running, path: str, status: int, said: str
) -> None:
    answer = await get(service, path)
    page = answer.body.decode()
    assert answer.status == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "'unsafe" not in answer.headers["content-security-policy"]
    assert "Accept" in answer.headers["vary"]
    assert said in page
    assert page.count("<script") == page.count("studio.foot.js") == 1
    assert "<b>" not in page
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]*)"', page)
    assert len(sheets) == 3
    for sheet in sheets:
        style = await get(service, urlsplit(urljoin(f"{service.url}{path}", sheet)).path)
        assert style.headers["content-type"].startswith("text/css")


async def test_programs_get_problems_as_json(service: Running) -> None:
    for accept in ("", "*/*", "application/json", "application/problem+json", "text/event-stream"):
        data = request("/nowhere", method="GET", accept=accept)
        answer = await send(service.url, data)
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert answer.json()["status"] == 404
        assert "Accept" in answer.headers["vary"]


async def test_a_problem_page_has_the_same_content_as_its_json(tmp_path: Path) -> None:
    async with running_service(
        tmp_path, *SIMULATED, "limits.rate=0.1", "limits.burst=1"
    ) as service:
        for _ in range(2):
            answer = await send(service.url, request("/content", b"", accept=BROWSER))
        assert answer.status == 429
        assert answer.headers["ratelimit"].startswith('"requests";r=0')
        assert f"Try again in {answer.headers['retry-after']} s." in answer.body.decode()


@pytest.mark.parametrize(
    ("host", "value"),
    [
        ("mill.example", "mill.example"),
        ("Mill.Example.:8443", "mill.example"),
        ("xn--mhle-0ra.example", "xn--mhle-0ra.example"),
        ("192.168.1.2:8000", "192.168.1.2"),
        ("[2001:db8::1]:8000", "2001:db8::1"),
    ],
)
async def test_the_problem_of_an_unknown_host_names_the_setting_to_change(
    service: Running, tmp_path: Path, host: str, value: str
) -> None:
    refused = await send(service.url, request("/", method="GET", host=host))
    assert refused.status == 403
    assert f'hosts = ["{value}"]' in refused.json()["detail"]
    assert "[http]" in refused.json()["detail"]
    page = await get(service, "/", host=host)
    assert page.headers["content-type"].startswith("text/html")
    assert f"hosts = [&quot;{value}&quot;]" in page.body.decode()
    for sheet in ("studio", "studio.parts", "studio.text"):
        assert (await get(service, f"/{sheet}.css", host=host)).status == 200, "the page's clothes"
    async with running_service(tmp_path, *SIMULATED, f'http.hosts=["{value}"]') as known:
        assert (await get(known, "/", host=host)).status == 200


async def test_an_invalid_host_name_is_not_shown(service: Running) -> None:
    for host in ('evil"]<script>', "a b", "\x1b[31mred", "x" * 300 + "\u00e9"):
        answer = await send(service.url, request("/", method="GET", host=host))
        assert answer.status in {400, 403}
        assert b"script" not in answer.body
        assert b"\x1b" not in answer.body


async def test_the_problem_of_another_origin_names_the_key_and_the_value(service: Running) -> None:
    data = request("/content", b"prompt=p&tag=text", origin="https://other.example:8443")
    answer = await send(service.url, data)
    assert answer.status == 403
    assert 'cors_origins = ["https://other.example:8443"]' in answer.json()["detail"]
