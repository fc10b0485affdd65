"""Small copies of pictures: made once, in another process, and gone with the picture."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from PIL import Image

from service.http.api.media.small_pictures import SmallPictures
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
async def small(media: MediaFolder) -> AsyncIterator[SmallPictures]:
    pictures = SmallPictures(media)
    yield pictures
    await pictures.close(None)  # type: ignore[arg-type] # it does not look at the application


async def saved(media: MediaFolder, data: bytes, media_type: str = "image/png") -> PictureName:
    uri = await media.save(data, media_type, "p")
    media.release(uri, 0.0)
    _, _, digest, words = uri.split("/")
    return PictureName(digest, words.rpartition(".")[2])


async def test_each_width_is_made_once_and_always_the_same(
    media: MediaFolder, small: SmallPictures, tmp_path: Path
) -> None:
    picture = await saved(media, drawn(1080, 720))
    for width in SMALL_WIDTHS:
        paths = await asyncio.gather(*(small.get(picture, width) for _ in range(4)))
        [path] = set(paths)
        assert path is not None
        made, when = path.read_bytes(), path.stat().st_mtime_ns
        with Image.open(io.BytesIO(made)) as image:
            assert (image.format, image.size) == ("WEBP", (width, round(720 * width / 1080)))
        assert await small.get(picture, width) == path
        assert path.stat().st_mtime_ns == when, "it is made once"
        path.unlink()
        again = await small.get(picture, width)
        assert again is not None
        assert again.read_bytes() == made
    assert await media.remove(picture, deadline=float("inf"))
    assert [*(tmp_path / "media" / "small").rglob("*.webp")] == []


@pytest.mark.parametrize(
    "data", [drawn(160, 90), drawn(100, 300), b"no picture"], ids=["as-wide", "narrow", "broken"]
)
async def test_what_cannot_be_smaller_is_sent_whole(
    media: MediaFolder, small: SmallPictures, data: bytes
) -> None:
    assert await small.get(await saved(media, data), 160) is None


async def test_transparency_stays(media: MediaFolder, small: SmallPictures) -> None:
    path = await small.get(await saved(media, drawn(400, 400, mode="RGBA")), 160)
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
