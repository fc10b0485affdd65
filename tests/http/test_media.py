"""`/media`: real pictures, cached for ever, and nothing else of the disk."""

from __future__ import annotations

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from tests.support.raw_http import request, send
from tests.support.running import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")

PNG = b"\x89PNG\r\n\x1a\n"


@pytest_asyncio.fixture(loop_scope="session")
async def picture(http: ClientSession) -> str:
    async with http.post("/worker/image", json={"prompt": "a boat / ../ été"}) as answer:
        return str((await answer.json())["imageUri"])


async def test_a_picture_comes_with_its_type_and_may_be_kept(
    http: ClientSession, picture: str
) -> None:
    assert picture.startswith("/media/")
    assert picture.endswith("/a-boat-ete.png")
    for path in (picture, picture + "/"):
        async with http.get(path) as answer:
            assert answer.status == 200
            assert answer.headers["Content-Type"] == "image/png"
            assert "immutable" in answer.headers["Cache-Control"]
            assert "max-age=31536000" in answer.headers["Cache-Control"]
            assert answer.headers["ETag"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert (await answer.read()).startswith(PNG)


async def test_a_picture_that_is_known_is_not_sent_again(http: ClientSession, picture: str) -> None:
    async with http.get(picture) as answer:
        tag = answer.headers["ETag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        async with http.get(picture, headers={"If-None-Match": known}) as answer:
            assert answer.status == 304
            assert await answer.read() == b""
            assert answer.headers["ETag"] == tag
            assert "immutable" in answer.headers["Cache-Control"]
    async with http.get(picture, headers={"If-None-Match": '"other"'}) as answer:
        assert answer.status == 200


async def test_head_says_the_same_without_the_picture(http: ClientSession, picture: str) -> None:
    async with http.get(picture) as answer:
        size = len(await answer.read())
    async with http.head(picture) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Length"] == str(size)
        assert answer.headers["Content-Type"] == "image/png"
        assert await answer.read() == b""


async def test_a_part_of_a_picture_can_be_asked_for(http: ClientSession, picture: str) -> None:
    async with http.get(picture) as answer:
        whole = await answer.read()
    for asked, part in (("0-7", whole[:8]), ("8-", whole[8:]), ("-4", whole[-4:])):
        async with http.get(picture, headers={"Range": f"bytes={asked}"}) as answer:
            assert answer.status == 206
            assert await answer.read() == part
            assert answer.headers["Content-Range"].endswith(f"/{len(whole)}")
    for asked in ("bytes=999999-", f"bytes={len(whole)}-", "bytes=x", "bytes=9" + "9" * 400 + "-"):
        async with http.get(picture, headers={"Range": asked}) as answer:
            assert answer.status == 416
            assert answer.content_type == "application/problem+json"
            assert answer.headers["Content-Range"] == f"bytes */{len(whole)}"


async def test_paths_lead_nowhere_else(service: Running, picture: str) -> None:
    digest = picture.split("/")[2]
    for path in (
        f"/media/{'0' * 64}/x.png",
        f"/media/{digest}/x.webp",
        f"/media/{digest}/x.svg",
        f"/media/{digest}/.",
        f"/media/{digest}/",
        f"/media/{digest[:-1]}/x.png",
        f"/media/{digest.upper()}/x.png" if digest.upper() != digest else "/media/A/x.png",
        f"/media/{digest}%0A/x.png",
        f"/media/{digest}/../../feedmill.db",
        f"/media/{digest}/..%2F..%2Ffeedmill.db",
        f"/media/..%2F..%2F/{digest}.png",
        "/media/../feedmill.db",
        "/media/%2e%2e/feedmill.db",
        "/media/%2e%2e/%2e%2e/x.png",
        "/media/%00/x.png",
        "/media/%FF/x.png",
        f"/media/{'a' * 1500}/x.png",
        "/media//x.png",
        "/media////etc/passwd",
    ):
        answer = await send(service.url, request(path, method="GET"))
        assert answer.status == 404, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert b"/data" not in answer.body
