"""The homes of pictures, a folder and a bucket: one contract, and what only a bucket needs."""

from __future__ import annotations

import asyncio
import math
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from aiohttp import ClientSession

from service.config import MediaConfig
from service.store.errors import MediaUnavailable
from service.store.media import bucket as module
from service.store.media import cache
from service.store.media.bucket import MediaBucket
from service.store.media.home import Media
from service.store.media.names import SHARD_COUNT, PictureName, digest_of, picture_at
from service.store.media.objects import Bucket
from service.store.media.opening import check_media, open_media
from tests.support.running import running_service
from tests.support.s3 import ENVIRONMENT, S3Relay, bucket_config, s3_server
from tests.support.waiting import HANGS_SECONDS, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def s3(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[S3Relay]:
    async with s3_server(tmp_path_factory.mktemp("s3")) as relay:
        yield relay


@pytest.fixture
def config(s3: S3Relay, tmp_path: Path) -> MediaConfig:
    s3.status = None
    return bucket_config(s3, tmp_path.name)


@pytest.fixture(params=["folder", "bucket"])
def media(request: pytest.FixtureRequest, tmp_path: Path) -> Media:
    home = MediaConfig() if request.param == "folder" else request.getfixturevalue("config")
    return open_media(home, tmp_path / "media", "here")


@pytest.fixture
def bucket(config: MediaConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MediaBucket:
    """A home in a bucket where pictures are old at once."""
    monkeypatch.setattr(module, "YOUNG_SECONDS", 0.0)
    return MediaBucket(config, tmp_path / "media", "here")


def name_of(uri: str) -> PictureName:
    picture = picture_at(uri)
    assert picture is not None
    return picture


async def shown(media: Media, picture: PictureName) -> bytes | None:
    path = await media.file(*picture)
    return path.read_bytes() if path is not None and path.exists() else None


# ------------------------------------------------------------------ of every home
async def test_a_saved_picture_is_shown_and_read(media: Media) -> None:
    uri = await media.save(b"picture", "image/png", "A fox!")
    assert uri == f"/media/{digest_of(b'picture')}/a-fox.png"
    assert await shown(media, name_of(uri)) == b"picture"
    assert await media.read(uri) == (b"picture", "image/png")
    assert (await media.sizes([uri]))[uri] == len(b"picture")
    assert await media.save(b"picture", "image/png", "Again") == uri.replace("a-fox", "again")


async def test_what_came_with_a_request_is_private(media: Media) -> None:
    uri = await media.save_input(b"private", "image/jpeg")
    assert await media.read(uri) == (b"private", "image/jpeg")
    assert await media.file(digest_of(b"private"), "jpg") is None or not await shown(
        media, PictureName(digest_of(b"private"), "jpg")
    )


async def test_there_are_only_pictures_that_were_saved(media: Media) -> None:
    missing = digest_of(b"never saved")
    assert await shown(media, PictureName(missing, "png")) is None
    assert await media.read(f"/media/{missing}/a.png") is None
    assert await media.file("../../etc", "png") is None
    async with media.kept(f"/media/{missing}/a.png") as is_there:
        assert not is_there
    async with media.kept("https://elsewhere.example/a.png") as is_there:
        assert is_there


async def test_a_claimed_picture_is_not_removed(media: Media) -> None:
    uri = await media.save(b"in hand", "image/png", "p")
    picture = name_of(uri)
    assert await media.unclaimed([picture]) == []
    assert not await media.remove(picture, deadline=math.inf)
    assert await shown(media, picture) == b"in hand"


async def test_a_small_copy_is_kept(media: Media) -> None:
    picture = name_of(await media.save(b"large", "image/png", "p"))
    await asyncio.to_thread(media.save_copy, picture, "160.webp", b"small")
    assert media.copy(picture, "160.webp").read_bytes() == b"small"


# ------------------------------------------------------------------ of a bucket
async def test_an_old_picture_that_nothing_holds_is_removed(bucket: MediaBucket) -> None:
    uris = [
        await bucket.save_input(b"old", "image/png"),
        await bucket.save(b"old", "image/png", "p"),
    ]
    for uri in uris:
        assert await bucket.read(uri)
        bucket.release(uri, 0.0)
        picture = name_of(uri)
        shard = int(picture.digest[:2], 16)
        assert picture in await bucket.in_shard(shard + SHARD_COUNT)
        assert await bucket.unclaimed([picture]) == [picture]
        assert not await bucket.remove(picture, deadline=-math.inf)
        assert await bucket.remove(picture, deadline=math.inf)
        assert await bucket.remove(picture, deadline=math.inf)  # there is none any more
        assert await bucket.read(uri) is None  # also not from the cache
        assert picture not in await bucket.in_shard(shard)


async def test_a_young_picture_stays(config: MediaConfig, s3: S3Relay, tmp_path: Path) -> None:
    bucket = MediaBucket(config, tmp_path / "media")
    uri = await bucket.save(b"young", "image/png", "p")
    bucket.release(uri, 0.0)
    picture = name_of(uri)
    assert await bucket.unclaimed([picture]) == [picture]
    assert picture not in await bucket.in_shard(int(picture.digest[:2], 16))
    assert not await bucket.remove(picture, deadline=math.inf)
    assert await bucket.read(uri)
    s3.status = 503
    before = s3.refused
    assert not await bucket.remove(picture, deadline=math.inf)  # it is remembered as young
    assert s3.refused == before


async def test_a_picture_that_another_host_saves_while_it_is_removed_stays(
    config: MediaConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = MediaBucket(config, tmp_path / "here")
    there = MediaBucket(config, tmp_path / "there")
    uri = await there.save(b"again", "image/png", "p")
    there.release(uri, 0.0)
    picture = name_of(uri)
    monkeypatch.setattr(module, "YOUNG_SECONDS", 0.0)
    may_remove, objects = here._may_remove, Bucket(config)  # noqa: SLF001 - the moment that matters
    saving: list[asyncio.Task[str]] = []

    async def meanwhile(*arguments: object) -> bool:
        """It was judged old; before it is removed, another host saves it."""
        verdict = await may_remove(*arguments)  # type: ignore[arg-type]
        saving.append(asyncio.create_task(there.save(b"again", "image/png", "p")))
        await asyncio.sleep(0.1)  # it is saved, sees the mark, and waits
        assert await objects.names(f"removing/{picture.name}/")
        assert not saving[0].done()
        return verdict

    monkeypatch.setattr(here, "_may_remove", meanwhile)
    assert await here.remove(picture, deadline=math.inf)
    await asyncio.gather(*saving)
    assert await MediaBucket(config, tmp_path / "third").read(uri) == (b"again", "image/png")


async def test_two_that_remove_a_picture_do_not_see_each_other_off(
    config: MediaConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # one is slow: when the other is done, a host that saves the picture still has to see the first
    monkeypatch.setattr(module, "YOUNG_SECONDS", 0.0)
    slow, quick, host = (MediaBucket(config, tmp_path / name) for name in ("a", "b", "c"))
    uri = await host.save(b"twice", "image/png", "p")
    host.release(uri, 0.0)
    picture = name_of(uri)
    may_remove = slow._may_remove  # noqa: SLF001 - the moment that matters
    saving: list[asyncio.Task[str]] = []

    async def meanwhile(*arguments: object) -> bool:
        verdict = await may_remove(*arguments)  # type: ignore[arg-type]
        assert await quick.remove(picture, deadline=math.inf)
        saving.append(asyncio.create_task(host.save(b"twice", "image/png", "p")))
        key, objects = f"pictures/{picture.digest[:2]}/{picture.name}", Bucket(config)
        await eventually(lambda: objects.get(key), "it is saved for the first time")
        return verdict

    monkeypatch.setattr(slow, "_may_remove", meanwhile)
    assert await slow.remove(picture, deadline=math.inf)
    await asyncio.gather(*saving)
    assert await MediaBucket(config, tmp_path / "d").read(uri) == (b"twice", "image/png")


async def test_a_picture_that_was_removed_before_its_host_looks_for_marks_stays(
    config: MediaConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the host is slow: it was judged old, is saved, and removed, and the mark is gone as well
    here = MediaBucket(config, tmp_path / "here")
    there = MediaBucket(config, tmp_path / "there")
    uri = await there.save(b"slow", "image/png", "p")
    there.release(uri, 0.0)
    picture = name_of(uri)
    monkeypatch.setattr(module, "YOUNG_SECONDS", 0.0)
    may_remove, put = here._may_remove, there._bucket.put  # noqa: SLF001 - the moment that matters
    judged, saved = asyncio.Event(), asyncio.Event()
    removing: list[asyncio.Task[bool]] = []

    async def judge(*arguments: object) -> bool:
        verdict = await may_remove(*arguments)  # type: ignore[arg-type]
        judged.set()
        await saved.wait()
        return verdict

    async def save(key: str, data: bytes, media_type: str) -> None:
        await put(key, data, media_type)
        if not saved.is_set():
            saved.set()
            assert await removing[0]

    monkeypatch.setattr(here, "_may_remove", judge)
    removing.append(asyncio.create_task(here.remove(picture, deadline=math.inf)))
    await judged.wait()
    monkeypatch.setattr(there._bucket, "put", save)  # noqa: SLF001
    await there.save(b"slow", "image/png", "p")
    assert await MediaBucket(config, tmp_path / "third").read(uri) == (b"slow", "image/png")


async def test_a_mark_that_was_left_behind_holds_up_nobody(
    bucket: MediaBucket, config: MediaConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = Bucket(config)
    picture = PictureName(digest_of(b"marked"), "png")
    await objects.put(f"removing/{picture.name}/of-the-dead", b"", "text/plain")
    monkeypatch.setattr(module, "MARK_SECONDS", 0.5)
    await bucket.save(b"marked", "image/png", "p")
    assert not await objects.names(f"removing/{picture.name}/")


async def test_a_post_keeps_an_old_picture_on_all_hosts(
    config: MediaConfig, tmp_path: Path
) -> None:
    bucket, objects = MediaBucket(config, tmp_path / "media"), Bucket(config)
    uri = await bucket.save(b"old", "image/png", "p")
    picture = name_of(uri)
    key = f"pictures/{picture.digest[:2]}/{picture.name}"
    before = await objects.written_at(key)
    while await objects.written_at(key) == before:  # its clock has seconds
        async with bucket.kept(uri) as is_there:
            assert is_there
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("status", [500, 503, 403, 0])
async def test_a_bucket_that_fails_is_unavailable_until_it_works(
    bucket: MediaBucket, s3: S3Relay, status: int
) -> None:
    uri = await bucket.save(b"before", "image/png", "p")
    assert await bucket.read(uri)
    s3.status = status
    with pytest.raises(MediaUnavailable):
        await bucket.save(b"new", "image/png", "p")
    with pytest.raises(MediaUnavailable):
        await bucket.check()
    with pytest.raises(MediaUnavailable):
        await bucket.read(f"/media/{digest_of(b'other')}/a.png")
    assert await bucket.read(uri)  # from the cache
    assert not await bucket.remove(name_of(uri), deadline=math.inf)
    s3.status = None
    await bucket.save(b"new", "image/png", "p")
    await bucket.check()


async def test_a_failure_that_no_later_picture_can_show_to_be_over_is_forgotten(
    bucket: MediaBucket, s3: S3Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3.status = 503
    with pytest.raises(MediaUnavailable):
        await bucket.save(b"new", "image/png", "p")
    s3.status = None
    with pytest.raises(MediaUnavailable):
        await bucket.check()  # it can be read, but perhaps not be written to
    monkeypatch.setattr(module, "TROUBLE_SECONDS", 0.0)
    await bucket.check()  # a process that is not ready gets no pictures to save


async def test_a_stale_copy_is_asked_for_and_goes_with_its_picture(
    bucket: MediaBucket, config: MediaConfig, s3: S3Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = await bucket.save(b"picture", "image/png", "p")
    assert await bucket.read(uri)
    monkeypatch.setattr(cache, "FRESH_SECONDS", 0.0)
    s3.status = 503
    assert await bucket.read(uri)  # better than nothing
    s3.status = None
    assert await bucket.read(uri)
    picture = name_of(uri)
    await Bucket(config).delete(f"pictures/{picture.digest[:2]}/{picture.name}")
    assert await bucket.read(uri) is None


async def test_a_copy_is_shown_although_the_bucket_says_nothing(
    bucket: MediaBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = await bucket.save(b"picture", "image/png", "p")
    assert await bucket.read(uri)
    monkeypatch.setattr(cache, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.01)
    looks = 0

    async def silent(*_: object) -> None:
        nonlocal looks
        looks += 1
        await asyncio.Event().wait()

    with monkeypatch.context() as while_silent:
        while_silent.setattr(Bucket, "written_at", silent)
        async with asyncio.timeout(HANGS_SECONDS):
            assert await bucket.read(uri)
            assert await bucket.read(uri)
    assert looks == 1  # not again for each client


async def test_the_cache_keeps_what_was_used_last(
    config: MediaConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "IN_USE_SECONDS", 0.0)
    small = msgspec.structs.replace(config, cache=10_000)
    bucket = MediaBucket(small, tmp_path / "media")
    uris = [await bucket.save(bytes([n]) * 3000, "image/png", "p") for n in range(6)]
    for uri in uris:
        assert await bucket.read(uri)
        await bucket.read(uris[0])
    copies = await asyncio.to_thread(lambda: [*tmp_path.glob("media/cache/??/*")])
    kept = {path.name: path.stat().st_size for path in copies}
    assert name_of(uris[0]).name in kept
    assert sum(kept.values()) <= small.cache
    for uri in uris:  # what was dropped is fetched again
        assert await bucket.read(uri)


async def test_the_doctor_says_whether_the_bucket_answers(config: MediaConfig, s3: S3Relay) -> None:
    await check_media(config)
    s3.status = 403
    with pytest.raises(MediaUnavailable, match="refuses these credentials"):
        await check_media(config)


async def test_without_the_client_the_start_says_how_to_install_it(
    config: MediaConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "service.store.media.bucket", None)
    with pytest.raises(MediaUnavailable, match=r"pip install 'feedmill\[s3\]'"):
        open_media(config, tmp_path / "media", "here")


async def test_clients_are_sent_to_the_bucket(config: MediaConfig, tmp_path: Path) -> None:
    public = MediaBucket(
        MediaConfig(config.url, config.endpoint, config.region, "https://cdn.example/"),
        tmp_path / "public",
    )
    digest = digest_of(b"picture")
    assert await public.elsewhere(digest, "png") == (
        f"https://cdn.example/pictures/{digest[:2]}/{digest}.png"
    )
    assert await public.elsewhere(digest, "input") is None
    signed = MediaBucket(
        MediaConfig(config.url, config.endpoint, config.region, presign=True), tmp_path / "signed"
    )
    await signed.save(b"picture", "image/png", "p")
    url = await signed.elsewhere(digest, "png")
    assert url is not None
    async with ClientSession() as http, http.get(url) as answer:
        assert (answer.status, await answer.read()) == (200, b"picture")
        assert answer.content_type == "image/png"


# ------------------------------------------------------------------ the whole service
SIMULATED = (
    "text.generator=simulated",
    "image.generator=simulated",
    "image.workers=1",
    "image.timeout=0.5",
)


OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}


async def view(http: ClientSession, id_: str) -> dict[str, Any]:
    async with http.get(f"/content/{id_}") as answer:
        record: dict[str, Any] = await answer.json()
        return record


async def test_a_finished_picture_waits_for_the_bucket(
    tmp_path: Path, config: MediaConfig, s3: S3Relay
) -> None:
    async with (
        running_service(
            tmp_path,
            *SIMULATED,
            f"media.url={config.url}",
            f"media.endpoint={config.endpoint}",
            "media.presign=true",
            environment=ENVIRONMENT,
        ) as service,
        ClientSession(service.url) as http,
    ):

        async def submit(prompt: str) -> str:
            data = {"tag": "image", "prompt": prompt}
            async with http.post("/content/", data=data) as answer:
                id_: str = (await answer.json())["RequestId"]
                return id_

        async def tries(number: int) -> bool:
            return s3.refused >= number

        async def completed(id_: str) -> dict[str, Any] | None:
            record = await view(http, id_)
            return record if record["status"] == "completed" else None

        first = await submit("before")
        record = await eventually(lambda: completed(first), "it is completed")
        uri = record["imageUri"]
        async with http.get(uri, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Vary"]) == (302, "Sec-Fetch-Site")
            elsewhere = answer.headers["Location"]
        async with http.get(elsewhere) as answer:
            picture = await answer.read()
        async with http.get(uri, headers=OWN_PAGE) as answer:
            assert (answer.status, await answer.read()) == (200, picture)
        async with http.get(uri, headers={"Range": "bytes=1-4", **OWN_PAGE}) as answer:
            assert (answer.status, await answer.read()) == (206, picture[1:5])

        s3.status = 503
        ids = [await submit(f"while it is away {n}") for n in range(3)]
        await service.logged("picture waits to be saved")
        refused = s3.refused
        await eventually(lambda: tries(refused + 6), "it was tried longer than an attempt lasts")
        async with http.get("/readyz") as answer:
            assert answer.status == 503
            assert "The bucket does not answer." in await answer.text()
        async with http.get(uri, headers=OWN_PAGE) as answer:  # from the cache
            assert (answer.status, await answer.read()) == (200, picture)
        unknown = uri.replace(uri.split("/")[2], "0" * 64)
        async with http.get(unknown, headers=OWN_PAGE) as answer:
            assert answer.status == 503
        assert (await view(http, ids[-1]))["status"] == "queued"  # the worker holds one picture

        s3.status = None
        for id_ in ids:
            record = await eventually(lambda id_=id_: completed(id_), "it is saved")  # type: ignore[misc]
            assert [part["attempts"] for part in record["parts"].values()] == [1]
            async with http.get(record["imageUri"], headers=OWN_PAGE) as answer:
                assert answer.status == 200

        async def ready() -> bool:
            async with http.get("/readyz") as answer:
                return answer.status == 200

        await eventually(ready, "it is ready again")
