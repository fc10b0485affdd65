"""Web pages: which may ask, which may read, and what answers allow them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from tests.support import api_keys
from tests.support.raw_http import request, send
from tests.support.running import Running, running_service

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIMULATED = ("text.generator=simulated", "image.generator=simulated")
GOOD = b"prompt=p&tag=text"
FORM = "application/x-www-form-urlencoded"
PAGE = "https://mill.example"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def friendly(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A service that lets one page and one more name in."""
    folder = tmp_path_factory.mktemp("friendly")
    settings = (f'http.cors_origins=["{PAGE}"]', 'http.hosts=["mill.example"]')
    async with running_service(folder, *SIMULATED, *settings) as service:
        yield service


async def status(service: Running, path: str = "/content", **headers: str) -> int:
    answer = await send(service.url, request(path, GOOD, content_type=FORM, **headers))
    if answer.status == 403:
        assert answer.json()["type"] == "/problems#cross-site"
    return answer.status


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 202),  # curl
        ({"sec_fetch_site": "same-origin", "origin": "https://any.example"}, 202),
        ({"sec_fetch_site": "none"}, 202),  # typed into the address bar
        ({"sec_fetch_site": "cross-site", "origin": "https://evil.example"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site", "origin": "http://localhost:3000"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost"}, 202),  # Host is localhost, too
        ({"origin": "http://localhost:81"}, 403),
        ({"host": "evil.example"}, 403),
        ({"host": "evil.example", "origin": "http://evil.example"}, 403),  # DNS rebinding
        ({"host": "localhost.evil.example"}, 403),
        ({"host": "127.0.0.1.evil.example:80"}, 403),
        ({"host": "192.168.1.2"}, 403),
        ({"host": "mill.example"}, 403),
        ({"host": "127.0.0.1:1"}, 202),
        ({"host": "LocalHost.:8000"}, 202),
        ({"host": "[::1]:8000"}, 202),
        ({"host": "studio.localhost"}, 202),
    ],
)
async def test_a_service_without_keys_refuses_writes_of_foreign_pages(
    service: Running, headers: dict[str, str], expected: int
) -> None:
    assert await status(service, **headers) == expected


async def test_a_trusted_proxy_can_send_the_public_name_in_a_header(tmp_path: Path) -> None:
    page = {
        "origin": "http://mill.example",
        "host": "127.0.0.1:8000",
    }  # without TLS no Sec-Fetch-Site
    said = {"x_forwarded_host": "mill.example"}
    trusting = 'http.trusted_proxies=["127.0.0.1"]'
    async with running_service(tmp_path, *SIMULATED, trusting) as running:
        assert await status(running, **page) == 403
        assert await status(running, **page, **said) == 202
        assert await status(running, **page, x_forwarded_host="other.example") == 403
        assert await status(running, host="mill.example", **said) == 403, "DNS rebinding"
    public = 'http.public_url="http://mill.example"'
    async with running_service(tmp_path, *SIMULATED, public) as running:
        assert await status(running, **page) == 202
        assert await status(running, **page | {"host": "mill.example"}) == 202
        assert await status(running, **page | {"origin": "http://other.example"}) == 403
    async with running_service(tmp_path, *SIMULATED) as running:
        assert await status(running, **page, **said) == 403, "not a proxy's word"


async def test_reads_of_foreign_pages_are_answered_unless_the_host_is_foreign(
    service: Running,
) -> None:
    for headers, expected in (
        ({"origin": "https://evil.example", "sec_fetch_site": "cross-site"}, 200),
        ({"host": "evil.example"}, 403),
        ({"origin": "https://evil.example", "upgrade": "websocket"}, 403),
    ):
        data = request("/healthz", b"", method="GET", **headers)
        assert (await send(service.url, data)).status == expected


async def test_with_keys_foreign_pages_are_not_refused(tmp_path: Path) -> None:
    key = api_keys.create(tmp_path / "data" / "feedmill.db", "ann", ["content"])
    async with running_service(tmp_path, *SIMULATED) as service:
        headers = {"origin": "https://evil.example", "host": "other.example"}
        assert await status(service, **headers) == 401
        assert await status(service, **headers, authorization=f"Bearer {key}") == 202


async def test_only_listed_pages_may_read_answers(service: Running, friendly: Running) -> None:
    for running, origin, allowed in (
        (service, PAGE, None),
        (friendly, PAGE, PAGE),
        (friendly, "https://mill.example.evil", None),
        (friendly, "http://mill.example", None),
        (friendly, "null", None),
    ):
        for path in ("/healthz", "/nothing", "/content/unknown", "/studio.js"):
            data = request(path, method="GET", origin=origin)
            headers = (await send(running.url, data)).headers
            assert headers.get("access-control-allow-origin") == allowed, (origin, path)
            assert "access-control-allow-credentials" not in headers
            assert ("Origin" in headers.get("vary", "")) is (running is friendly)
            assert ("Retry-After" in headers.get("access-control-expose-headers", "")) is (
                allowed is not None
            )


async def test_a_listed_page_may_send_more_than_forms(friendly: Running) -> None:
    asks = {"access_control_request_method": "DELETE", "content_length": ""}
    for path, method in (("/content/x", "DELETE"), ("/content/", "POST")):
        data = request(path, b"", method="OPTIONS", origin=PAGE, **asks)
        answer = await send(friendly.url, data)
        assert answer.status == 204
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert method in answer.headers["access-control-allow-methods"]
        assert "Authorization" in answer.headers["access-control-allow-headers"]
        data = request(path, b"", method="OPTIONS", origin="https://evil.example", **asks)
        answer = await send(friendly.url, data)
        assert not any(name.startswith("access-control") for name in answer.headers)
    assert await status(friendly, origin=PAGE, sec_fetch_site="cross-site") == 202
    assert await status(friendly, origin="https://evil.example") == 403
    assert await status(friendly, host="mill.example") == 202


async def test_event_streams_follow_the_same_rules(friendly: Running) -> None:
    headers = {"Origin": PAGE}
    async with ClientSession(friendly.url) as http:
        async with http.post("/content", data=GOOD, headers={"Content-Type": FORM}) as answer:
            id_ = (await answer.json())["RequestId"]
        async with http.get(f"/content/{id_}/events", headers=headers) as answer:
            assert answer.content_type == "text/event-stream"
            assert answer.headers["Access-Control-Allow-Origin"] == PAGE
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cache-Control"] == "no-store"


async def test_all_pages_can_be_allowed(tmp_path: Path) -> None:
    async with running_service(tmp_path, *SIMULATED, 'http.cors_origins=["*"]') as service:
        answer = await send(service.url, request("/healthz", method="GET", origin="null"))
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "vary" not in answer.headers
        assert await status(service, origin="https://any.example") == 202


async def test_any_page_may_embed_a_picture_but_not_frame_it(http: ClientSession) -> None:
    async with http.post("/worker/image", json={"prompt": "p"}) as answer:
        picture = (await answer.json())["imageUri"]
    async with http.get(picture) as answer:
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


async def test_malformed_http_is_answered_with_the_same_headers(service: Running) -> None:
    assert "content-security-policy" in (await send(service.url, b"GET\r\n\r\n")).headers
