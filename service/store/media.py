"""Picture files: named by their content, written atomically, never changed."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from service.store.picture_claims import PictureClaims

SUFFIXES = {"image/webp": "webp", "image/png": "png", "image/jpeg": "jpg"}
MEDIA_TYPES = {suffix: media_type for media_type, suffix in SUFFIXES.items()}
_DIGEST = re.compile(r"[0-9a-f]{64}")
ADDRESS = re.compile(rf"/media/([0-9a-f]{{64}})/[A-Za-z0-9_.-]+\.({'|'.join(MEDIA_TYPES)})")
"""The address of a picture, below the root of the service."""
INPUT_SUFFIX = "input"
"""The suffix of pictures that came with requests: they are private, `/media` has none of them."""
_INPUT_URI = re.compile(rf"/inputs/([0-9a-f]{{64}})/({'|'.join(MEDIA_TYPES)})\.{INPUT_SUFFIX}")
SHARD_COUNT = 256  # folders, by the first byte of the digest
SMALL_BYTES = 65536  # hashing this much takes about as long as a hop to another thread
SMALL_WIDTHS = (160, 320, 640)  # of the small copies of a picture, in pixels
MAX_SLUG_CHARACTERS = 60  # of the prompt in a picture's address


class PictureName(NamedTuple):
    """The digest and suffix in the name of a picture's file."""

    digest: str
    suffix: str

    @property
    def name(self) -> str:
        return f"{self.digest}.{self.suffix}"

    @property
    def prefix(self) -> str:
        """What the URIs of the picture begin with."""
        return f"/{'inputs' if self.suffix == INPUT_SUFFIX else 'media'}/{self.digest}"


def picture_at(uri: str) -> PictureName | None:
    """The picture at a URI; None for one in an object store or on another server."""
    if match := ADDRESS.fullmatch(uri):
        return PictureName(match[1], match[2])
    match = _INPUT_URI.fullmatch(uri)
    return match and PictureName(match[1], INPUT_SUFFIX)


class Media:
    """The folder of pictures: `ab/abcd….webp`, named by the SHA-256 of their content.

    Processes that share it each have a different `node`.
    """

    def __init__(self, folder: Path, node: str = "node") -> None:
        self._folder = folder
        self._drafts = folder / "drafts" / node
        shutil.rmtree(self._drafts, ignore_errors=True)  # left by a killed process
        self._drafts.mkdir(parents=True)
        self._claims = PictureClaims(folder, node)

    async def save(self, data: bytes, media_type: str, prompt: str) -> str:
        """Save a picture and return its address: `/media/DIGEST/words-of-the-prompt.webp`.

        The digest identifies it; the last part only suggests a name to people who download it. The
        picture is not removed before `release` is called with the address.
        """
        suffix = SUFFIXES[media_type]
        return f"/media/{await self._saved(data, suffix)}/{slug(prompt)}.{suffix}"

    async def save_input(self, data: bytes, media_type: str) -> str:
        """Save a picture that came with a request; otherwise as `save`. Its URI is no address."""
        return (
            f"/inputs/{await self._saved(data, INPUT_SUFFIX)}/{SUFFIXES[media_type]}.{INPUT_SUFFIX}"
        )

    async def _saved(self, data: bytes, suffix: str) -> str:
        digest = _sha256(data) if len(data) <= SMALL_BYTES else None
        # only simulated generators repeat pictures, and theirs are small
        if digest is None or not self._claims.hold_again(f"{digest}.{suffix}"):
            writing = asyncio.get_running_loop().run_in_executor(
                None, self._write, data, suffix, digest
            )
            try:
                digest = await asyncio.shield(writing)
            except asyncio.CancelledError:
                writing.add_done_callback(lambda written: self._release_written(written, suffix))
                raise
        return digest

    def release(self, uri: str, seconds: float | None = None) -> None:
        """End the hold on a saved picture: a row names it, or it is needed only for `seconds`."""
        _, _, digest, words = uri.split("/")
        self._claims.release(f"{digest}.{words.rpartition('.')[2]}", seconds)

    @contextlib.asynccontextmanager
    async def kept(self, uri: str) -> AsyncIterator[bool]:
        """While the context lasts, the picture at a URI of this service is not removed.

        False if there is no such picture. True for an address elsewhere.
        """
        picture = picture_at(uri)
        if picture is None:
            yield True
            return
        path = picture_file(self._folder, *picture)
        await asyncio.to_thread(self._claims.hold, picture.name)
        try:
            yield await asyncio.to_thread(path.is_file)
        finally:
            self._claims.release(picture.name)

    async def read(self, uri: str) -> tuple[bytes, str] | None:
        """The bytes and the media type of the picture at a URI; None if it is not there."""
        picture = picture_at(uri)
        if picture is None:
            return None
        path = picture_file(self._folder, *picture)
        words = uri.rpartition("/")[2]
        kind = words.partition(".")[0] if picture.suffix == INPUT_SUFFIX else picture.suffix
        try:
            return await asyncio.to_thread(path.read_bytes), MEDIA_TYPES[kind]
        except OSError:
            return None

    def _release_written(self, written: asyncio.Future[str], suffix: str) -> None:
        if not written.cancelled() and written.exception() is None:
            self._claims.release(f"{written.result()}.{suffix}")

    async def in_shard(self, shard: int) -> list[PictureName]:
        """The pictures in a shard, by number."""
        return await asyncio.to_thread(self._in_shard, f"{shard % SHARD_COUNT:02x}")

    def _in_shard(self, shard: str) -> list[PictureName]:
        files = (self._folder / shard).glob("*.*")
        return [PictureName(path.stem, path.suffix.removeprefix(".")) for path in files]

    async def unclaimed(self, pictures: Iterable[PictureName]) -> list[PictureName]:
        """The pictures that no process has in hand."""
        return await asyncio.to_thread(self._unclaimed, list(pictures))

    def _unclaimed(self, pictures: Sequence[PictureName]) -> list[PictureName]:
        self._claims.end_released()
        return [picture for picture in pictures if not self._claims.is_claimed(picture.name)]

    async def remove(self, picture: PictureName, deadline: float) -> bool:
        """Remove a picture, unless it was claimed since or the deadline (monotonic) has passed.

        No picture is removed while a backup is made. False if it was not removed.
        """
        return await asyncio.to_thread(self._remove, picture, deadline)

    def _remove(self, picture: PictureName, deadline: float) -> bool:
        path = picture_file(self._folder, *picture)
        with contextlib.suppress(BlockingIOError), self._claims.no_new_claims():
            late = time.monotonic() > deadline  # a claim since the check may have ended
            if not late and not self._claims.is_claimed(picture.name):
                with _locked(self._folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
                    path.unlink(missing_ok=True)
                    for width in SMALL_WIDTHS:
                        self.small(picture, width).unlink(missing_ok=True)
                return True
        return False

    def path(self, digest: str, suffix: str) -> Path | None:
        """The path of a public picture's file; None if the name is not that of one."""
        if not _DIGEST.fullmatch(digest) or suffix not in MEDIA_TYPES:
            return None
        return picture_file(self._folder, digest, suffix)

    def small(self, picture: PictureName, width: int) -> Path:
        """The path of the small copy of a picture; there may be none yet."""
        return self._folder / "small" / picture.digest[:2] / f"{picture.name}.{width}.webp"

    def save_small(self, picture: PictureName, width: int, data: bytes) -> None:
        """Keep a small copy as long as the picture. It can be made again, so it is not synced."""
        path = self.small(picture, width)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._drafts / secrets.token_hex(8)
        draft.write_bytes(data)
        draft.replace(path)
        original = self.path(*picture)
        if original is None or not original.exists():  # removed while this was made
            path.unlink(missing_ok=True)

    def _write(self, data: bytes, suffix: str, digest: str | None) -> str:
        """Write a picture unless it exists; returns its digest, computed if it is None."""
        digest = digest or _sha256(data)
        path = picture_file(self._folder, digest, suffix)
        self._claims.end_released()
        self._claims.hold(path.name)
        try:
            self._write_file(data, path)
        except BaseException:
            self._claims.release(path.name)
            raise
        self._claims.saved(path.name)
        return digest

    def _write_file(self, data: bytes, path: Path) -> None:
        if path.exists():
            return
        if not path.parent.exists():
            path.parent.mkdir(exist_ok=True)
            _sync_folder(self._folder)
        draft = self._drafts / secrets.token_hex(8)
        try:
            with draft.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())  # on the disk before SQLite refers to it
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        _sync_folder(path.parent)  # its name as well


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def picture_file(folder: Path, digest: str, suffix: str) -> Path:
    """The path of a picture in the folder of pictures."""
    return folder / digest[:2] / f"{digest}.{suffix}"


@contextlib.contextmanager
def keep_pictures(folder: Path) -> Iterator[None]:
    """While the context lasts, no process removes a picture from the folder."""
    if not folder.is_dir():
        yield
        return
    with _locked(folder, fcntl.LOCK_SH):
        yield


@contextlib.contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    """Lock the folder. Raises BlockingIOError with LOCK_NB, if it is locked by another."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)


def slug(prompt: str) -> str:
    """A file name from the words of a prompt: `a-fox-in-the-snow`."""
    plain = unicodedata.normalize("NFKD", prompt[: 4 * MAX_SLUG_CHARACTERS]).encode(
        "ascii", "ignore"
    )
    words = re.sub(rb"[^a-z0-9]+", b"-", plain.lower()).decode()
    return words[:MAX_SLUG_CHARACTERS].strip("-") or "picture"
