"""`/media`: real pictures, cached for ever, and nothing else of the disk."""

from __future__ import annotations

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from tests.support.raw_http import request, send
from tests.support.running import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")

OLD = "Sat, 01 Jan 2000 00:00:00 GMT"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest_asyncio.fixture(loop_scope="session")
async def picture(http: ClientSession) -> str:
    async with http.post("/worker/image", json={"prompt": "a boat / ../ été"}) as answer:
        return str((await answer.json())["imageUri"])


async def test_a_picture_has_its_type_and_can_be_cached(http: ClientSession, picture: str) -> None:
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


async def test_a_cached_picture_is_not_sent_again(http: ClientSession, picture: str) -> None:
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


async def test_head_has_the_same_headers_without_the_picture(
    http: ClientSession, picture: str
) -> None:
    async with http.get(picture) as answer:
        size = len(await answer.read())
    async with http.head(picture) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Length"] == str(size)
        assert answer.headers["Content-Type"] == "image/png"
        assert await answer.read() == b""


async def test_a_range_of_a_picture_can_be_requested(http: ClientSession, picture: str) -> None:
    async with http.get(picture) as answer:
        whole = await answer.read()
    for range_, part in (("0-7", whole[:8]), ("8-", whole[8:]), ("-4", whole[-4:])):
        async with http.get(picture, headers={"Range": f"bytes={range_}"}) as answer:
            assert answer.status == 206
            assert await answer.read() == part
            assert answer.headers["Content-Range"].endswith(f"/{len(whole)}")
    for range_ in ("bytes=0-7", "BYTES=0-7", "bytes= 0-7", "bytes=,0-7,", "bytes=0-07"):
        async with http.get(picture, headers={"Range": range_}) as answer:
            assert (answer.status, await answer.read()) == (206, whole[:8])
    for range_ in (
        "bytes=999999-",
        f"bytes={len(whole)}-",
        f"bytes={len(whole)}-{len(whole) + 5}",
        "bytes=x",
        "bytes=",
        "bytes=-",
        "bytes=-0",
        "bytes=7-0",
        "bytes=9" + "9" * 5000 + "-",
    ):
        async with http.get(picture, headers={"Range": range_}) as answer:
            assert answer.status == 416
            assert answer.content_type == "application/problem+json"
            assert answer.headers["Content-Range"] == f"bytes */{len(whole)}"


async def test_an_unsupported_range_is_answered_with_the_whole_picture(
    http: ClientSession, picture: str
) -> None:
    for range_ in (
        "items=0-5",
        "none",
        "seconds=1-2, bytes=0-1",
        "bytes=0-1,4-5",
        "bytes=0-1, -5",
        "bytes=0-1,999999-",
        "bytes=0-0,0-0,0-0",
    ):
        async with http.get(picture, headers={"Range": range_}) as answer:
            assert answer.status == 200, range_
            assert "Content-Range" not in answer.headers
            assert answer.headers["Accept-Ranges"] == "bytes"
            assert len(await answer.read()) == int(answer.headers["Content-Length"])


async def test_a_range_of_another_version_is_answered_with_the_whole_picture(
    http: ClientSession, picture: str
) -> None:
    async with http.get(picture) as answer:
        tag, date = answer.headers["ETag"], answer.headers["Last-Modified"]
    part = {"Range": "bytes=0-9"}
    for same in (tag, date):
        async with http.get(picture, headers={**part, "If-Range": same}) as answer:
            assert answer.status == 206, same
            assert len(await answer.read()) == 10
    for other in (
        '"other"',
        f"W/{tag}",
        f'"other", {tag}',
        tag.strip('"'),
        "Sat, 01 Jan 2000 00:00:00 GMT",
        "Fri, 01 Jan 2100 00:00:00 GMT",
        "no date",
        "*",
        "",
    ):
        async with http.get(picture, headers={**part, "If-Range": other}) as answer:
            assert answer.status == 200, other
        # where the range lies outside, it is not looked at either
        beyond = {"Range": "bytes=999999-", "If-Range": other}
        async with http.get(picture, headers=beyond) as answer:
            assert answer.status == 200, other


async def test_other_preconditions_are_checked_before_a_range(
    http: ClientSession, picture: str
) -> None:
    async with http.get(picture) as answer:
        tag, date = answer.headers["ETag"], answer.headers["Last-Modified"]
    beyond = {"Range": "bytes=999999-"}
    for known in ({"If-None-Match": tag}, {"If-Modified-Since": date}):
        async with http.get(picture, headers={**beyond, **known}) as answer:
            assert answer.status == 304
    for unmet in ({"If-Match": '"other"'}, {"If-Match": f"W/{tag}"}, {"If-Unmodified-Since": OLD}):
        async with http.get(picture, headers={**beyond, **unmet}) as answer:
            assert answer.status == 412
            assert answer.content_type == "application/problem+json"
    for met in ({"If-Match": tag}, {"If-Match": "*"}, {"If-Unmodified-Since": date}):
        async with http.get(picture, headers=met) as answer:
            assert answer.status == 200
    async with http.head(picture, headers={"Range": "bytes=0-7"}) as answer:  # only for GET
        assert answer.status == 200


async def test_no_path_leads_out_of_the_folder_of_pictures(service: Running, picture: str) -> None:
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
