"""Copies of pictures: made once, in another process, and gone with the picture."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from PIL import Image

from service.http.api.media import copies as making
from service.http.api.media.copies import PictureCopies
from service.http.problems import Problem
from service.store.media.folder import MediaFolder
from service.store.media.names import SMALL_WIDTHS, PictureName
from tests.http.feeds.test_home_feed import call

pytestmark = pytest.mark.asyncio(loop_scope="session")


def drawn(width: int, height: int, form: str = "PNG", mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert(mode).save(file, form)
    return file.getvalue()


@pytest.fixture
def media(tmp_path: Path) -> MediaFolder:
    return MediaFolder(tmp_path / "media")


@pytest_asyncio.fixture(loop_scope="session")
async def copies(media: MediaFolder) -> AsyncIterator[PictureCopies]:
    pictures = PictureCopies(media)
    yield pictures
    await pictures.close(None)  # type: ignore[arg-type] # it does not look at the application


async def saved(media: MediaFolder, data: bytes, media_type: str = "image/png") -> PictureName:
    uri = await media.save(data, media_type, "p")
    media.release(uri, 0.0)
    _, _, digest, words = uri.split("/")
    return PictureName(digest, words.rpartition(".")[2])


async def test_each_width_is_made_once_and_always_the_same(
    media: MediaFolder, copies: PictureCopies, tmp_path: Path
) -> None:
    picture = await saved(media, drawn(1080, 720))
    for width in SMALL_WIDTHS:
        paths = await asyncio.gather(*(copies.get(picture, f"{width}.webp") for _ in range(4)))
        [path] = set(paths)
        assert path is not None
        made, when = path.read_bytes(), path.stat().st_mtime_ns
        with Image.open(io.BytesIO(made)) as image:
            assert (image.format, image.size) == ("WEBP", (width, round(720 * width / 1080)))
        assert await copies.get(picture, f"{width}.webp") == path
        assert path.stat().st_mtime_ns == when, "it is made once"
        path.unlink()
        again = await copies.get(picture, f"{width}.webp")
        assert again is not None
        assert again.read_bytes() == made
    assert await media.remove(picture, deadline=float("inf"))
    assert [*(tmp_path / "media" / "small").rglob("*.webp")] == []


@pytest.mark.parametrize(
    "data", [drawn(160, 90), drawn(100, 300), b"no picture"], ids=["as-wide", "narrow", "broken"]
)
async def test_what_cannot_be_smaller_is_sent_whole(
    media: MediaFolder, copies: PictureCopies, data: bytes
) -> None:
    assert await copies.get(await saved(media, data), "160.webp") is None


async def test_each_format_is_made_once_and_gone_with_the_picture(
    media: MediaFolder, copies: PictureCopies, tmp_path: Path
) -> None:
    picture = await saved(media, drawn(400, 300))
    assert await copies.get(picture, "png") is None, "it is a PNG"
    for suffix, form in (("jpg", "JPEG"), ("webp", "WEBP")):
        paths = await asyncio.gather(*(copies.get(picture, suffix) for _ in range(4)))
        [path] = set(paths)
        assert path is not None
        when = path.stat().st_mtime_ns
        with Image.open(path) as image:
            assert (image.format, image.size) == (form, (400, 300))
        assert await copies.get(picture, suffix) == path
        assert path.stat().st_mtime_ns == when, "it is made once"
    assert await media.remove(picture, deadline=float("inf"))
    assert [file for file in (tmp_path / "media" / "small").rglob("*") if file.is_file()] == []


async def test_what_cannot_be_converted_is_a_problem(
    media: MediaFolder, copies: PictureCopies
) -> None:
    with pytest.raises(Problem) as problem:
        await copies.get(await saved(media, b"no picture"), "jpg")
    assert problem.value.kind.status == 503


async def test_small_copies_do_not_wait_for_other_formats(
    media: MediaFolder, copies: PictureCopies, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, gate = asyncio.Event(), asyncio.Event()

    async def slow(data: bytes, _: str) -> bytes:
        begun.set()
        await gate.wait()
        return data

    monkeypatch.setattr(making, "converted", slow)
    picture = await saved(media, drawn(400, 300))
    converting = [asyncio.create_task(copies.get(picture, "webp")) for _ in range(making.WAITING)]
    await begun.wait()
    async with asyncio.timeout(30):  # it would wait for the gate
        small = await copies.get(picture, "160.webp")
    assert small is not None
    gate.set()
    assert None not in await asyncio.gather(*converting)


async def test_transparency_stays(media: MediaFolder, copies: PictureCopies) -> None:
    path = await copies.get(await saved(media, drawn(400, 400, mode="RGBA")), "160.webp")
    assert path is not None
    with Image.open(path) as image:
        assert image.size == (160, 160)


async def test_only_the_offered_widths_are_served(http: ClientSession) -> None:
    id_ = (await call(http, "POST", "/content", 202, prompt="p", tag="image"))["RequestId"]
    uri = (await call(http, "GET", f"/content/{id_}", wait=60))["imageUri"]
    for wrong in ("0", "161", "1080", "x", "", "-160", "160.0"):
        problem = await call(http, "GET", uri, 400, width=wrong)
        assert [error["name"] for error in problem["errors"]] == ["width"]
    async with http.get(uri) as whole, http.get(uri, params={"width": 640, "v": 1}) as small_:
        assert (whole.status, small_.status) == (200, 200)
        assert small_.headers["Cache-Control"] == whole.headers["Cache-Control"]
        assert small_.content_type.startswith("image/")
        tag = small_.headers["ETag"]
    known = {"If-None-Match": tag}
    async with http.get(uri, params={"width": 640}, headers=known) as answer:
        assert answer.status == 304
    await call(http, "GET", f"/media/{'0' * 64}/x.png", 404, width=160)
    await call(http, "GET", f"/media/{'0' * 64}/x.png", 404, format="webp")


async def test_only_the_offered_formats_are_served(http: ClientSession) -> None:
    id_ = (await call(http, "POST", "/content", 202, prompt="q", tag="image"))["RequestId"]
    uri = (await call(http, "GET", f"/content/{id_}", wait=60))["imageUri"]
    for wrong in ({"format": "gif"}, {"format": "PNG"}, {"format": "jpeg", "width": 160}):
        problem = await call(http, "GET", uri, 400, **wrong)
        assert [error["name"] for error in problem["errors"]] == ["format"]
    async with http.get(uri, params={"format": "jpeg"}) as picture:
        assert (picture.status, picture.content_type) == (200, "image/jpeg")
        tag = picture.headers["ETag"]
    async with http.get(uri, params={"format": "jpeg"}, headers={"If-None-Match": tag}) as known:
        assert known.status == 304
    post = await call(
        http,
        "POST",
        "/feed/posts",
        201,
        title="t",
        content="c",
        imageUri=f"{uri}?format=jpeg",
        **{"user-id": "ann"},
    )
    assert post["imageUri"] == uri
