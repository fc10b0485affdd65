"""Pictures on disk: complete or absent, and named by their content."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.store.media import claims
from service.store.media.claims import GUARD, TURN, PictureClaims
from service.store.media.folder import SMALL_BYTES, MediaFolder
from service.store.media.names import MAX_SLUG_CHARACTERS, PictureName, slug
from tests.support.waiting import HANGS_SECONDS, eventually


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "media"


def files(folder: Path) -> list[str]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.name for path in paths if "claims" not in path.parts)


async def test_a_picture_is_found_by_its_content(folder: Path) -> None:
    media = MediaFolder(folder)
    digest = hashlib.sha256(b"picture").hexdigest()
    assert await media.save(b"picture", "image/webp", "A fox!") == f"/media/{digest}/a-fox.webp"
    path = await media.file(digest, "webp")
    assert path is not None
    assert path.read_bytes() == b"picture"
    assert files(folder) == [f"{digest}.webp"]


async def test_the_same_picture_is_stored_once(folder: Path) -> None:
    media = MediaFolder(folder)
    data = [b"one", b"two"] * 20
    await asyncio.gather(*(media.save(d, "image/png", f"p{n}") for n, d in enumerate(data)))
    assert len(files(folder)) == 2


async def test_a_claimed_and_saved_picture_needs_no_second_disk_access(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    media = MediaFolder(folder)
    uri = await media.save(b"picture", "image/png", "p")
    media.release(uri)
    with monkeypatch.context() as patched:
        patched.setattr(PictureClaims, "hold", None)
        assert await media.save(b"picture", "image/png", "p") == uri
    media.release(uri)


async def test_a_claim_ends_some_time_after_the_last_release(folder: Path) -> None:
    media = MediaFolder(folder)
    uri = await media.save(b"picture", "image/png", "p")
    assert uri == await media.save(b"picture", "image/png", "p")
    picture = PictureName(uri.split("/")[2], "png")
    media.release(uri, 0.0)
    assert await media.unclaimed([picture]) == []  # it is held once more
    media.release(uri, HANGS_SECONDS)
    assert await media.unclaimed([picture]) == []
    again = await media.save(b"picture", "image/png", "p")
    media.release(again, 0.0)
    assert await media.unclaimed([picture]) == []  # the later time counts


async def test_an_ended_claim_is_over_for_other_processes_too(folder: Path) -> None:
    here, there = MediaFolder(folder, "here"), MediaFolder(folder, "there")
    uri = await there.save(b"picture", "image/png", "p")
    picture = PictureName(uri.split("/")[2], "png")
    assert await here.unclaimed([picture]) == []
    there.release(uri, 0.0)
    await there.unclaimed([])  # as in its next check
    assert await here.unclaimed([picture]) == [picture]


async def test_a_claim_waits_while_a_picture_is_removed(folder: Path) -> None:
    here, there = MediaFolder(folder, "here"), PictureClaims(folder, "there")
    with there.no_new_claims():
        saving = asyncio.create_task(here.save(b"picture", "image/png", "p"))
        done, _ = await asyncio.wait({saving}, timeout=0.1)  # it cannot end yet
        assert not done
    await saving


async def test_a_picture_whose_caller_is_cancelled_is_not_held(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "LINGER_SECONDS", 0.0)
    media, written = MediaFolder(folder), threading.Event()
    fsync = os.fsync

    def slow(descriptor: int) -> None:
        written.wait()
        fsync(descriptor)

    monkeypatch.setattr("os.fsync", slow)
    saving = asyncio.create_task(media.save(b"picture", "image/png", "p"))
    await asyncio.sleep(0)
    saving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saving
    written.set()
    picture = PictureName(hashlib.sha256(b"picture").hexdigest(), "png")

    async def free() -> bool:
        return bool(files(folder)) and await media.unclaimed([picture]) == [picture]

    await eventually(free, "nothing holds it")


async def test_large_pictures_do_not_block_the_event_loop(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: dict[int, set[int]] = {}
    sha256 = hashlib.sha256

    def hashed(data: bytes) -> object:
        threads.setdefault(len(data), set()).add(threading.get_ident())
        return sha256(data)

    monkeypatch.setattr("hashlib.sha256", hashed)
    media = MediaFolder(folder)
    for size in (SMALL_BYTES, SMALL_BYTES + 1):
        data = b"x" * size
        for _ in range(2):
            address = await media.save(data, "image/png", "p")
            assert address == f"/media/{sha256(data).hexdigest()}/p.png"
    here = threading.get_ident()
    assert threads[SMALL_BYTES] == {here}
    assert here not in threads[SMALL_BYTES + 1]
    assert len(files(folder)) == 2


async def test_a_failed_write_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    media = MediaFolder(folder)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space left"):
            await media.save(b"picture", "image/png", "p")
    assert files(folder) == []
    await media.save(b"picture", "image/png", "p")
    assert len(files(folder)) == 1


async def test_a_start_removes_drafts_of_a_killed_process(folder: Path) -> None:
    MediaFolder(folder, "here")
    (folder / "drafts" / "here" / "half").write_bytes(b"pict")
    MediaFolder(folder, "there")  # another process that shares the folder
    assert files(folder) == ["half"]
    MediaFolder(folder, "here")
    assert files(folder) == []


@pytest.mark.parametrize(
    ("digest", "suffix"),
    [("../../etc", "png"), ("a" * 63, "png"), ("A" * 64, "png"), ("a" * 64, "sh"), ("", "")],
)
async def test_only_digests_have_a_path(folder: Path, digest: str, suffix: str) -> None:
    assert await MediaFolder(folder).file(digest, suffix) is None


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("A fox in the snow!", "a-fox-in-the-snow"),
        ("  Crème brûlée  ", "creme-brulee"),
        ("狐 🦊", "picture"),
        ("../../etc/passwd\0", "etc-passwd"),
        ("a" * 1000, "a" * MAX_SLUG_CHARACTERS),
        ("", "picture"),
    ],
)
def test_the_address_shows_words_of_the_prompt(prompt: str, words: str) -> None:
    assert slug(prompt) == words


@given(st.text(alphabet=st.characters(), max_size=300))
def test_any_prompt_gives_a_valid_name(prompt: str) -> None:
    name = slug(prompt)
    assert name.replace("-", "").isalnum()
    assert name.isascii()
    assert 0 < len(name) <= MAX_SLUG_CHARACTERS


async def test_a_picture_that_is_kept_is_not_removed(folder: Path) -> None:
    media, other = MediaFolder(folder), MediaFolder(folder, "other")
    uri = await media.save(b"picture", "image/webp", "a fox")
    media.release(uri, 0)
    picture = PictureName(uri.split("/")[2], "webp")
    async with media.kept(uri) as exists:
        assert exists
        assert not await other.remove(picture, time.monotonic() + 60)
    async with media.kept(f"/media/{'0' * 64}/a.webp") as exists:
        assert not exists
    async with media.kept("https://elsewhere.example/a.webp") as exists:
        assert exists


def test_a_removal_waits_only_for_claims_that_are_being_made(folder: Path) -> None:
    """Claims that follow each other without a gap do not keep it waiting."""
    claims, order = PictureClaims(folder, "here"), list[str]()
    with ExitStack() as earlier, ThreadPoolExecutor(2) as threads:
        guard = os.open(folder / "claims" / GUARD, os.O_RDWR | os.O_CREAT)
        earlier.callback(os.close, guard)
        fcntl.flock(guard, fcntl.LOCK_SH)  # a claim that another process is making

        def remove() -> None:
            with claims.no_new_claims():
                order.append("removal")

        def hold() -> None:
            claims.hold("a.png")
            order.append("claim")

        removal = threads.submit(remove)
        wait_for_lock(folder / "claims" / TURN)
        claim = threads.submit(hold)
        with pytest.raises(TimeoutError):
            claim.result(0.2)  # it would have overtaken the removal by now
        earlier.close()
        removal.result(HANGS_SECONDS)
        claim.result(HANGS_SECONDS)
    assert order == ["removal", "claim"]


def wait_for_lock(path: Path) -> None:
    """Wait until another descriptor has an exclusive lock on this file."""
    deadline = time.monotonic() + HANGS_SECONDS
    while time.monotonic() < deadline:
        with path.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return
    raise AssertionError(f"no lock on {path}")
