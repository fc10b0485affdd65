"""Picture files: named by their content, written atomically, never changed."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from service.store.media.home import Media
from service.store.media.names import COPIES, SHARD_COUNT, PictureName, digest_of

SMALL_BYTES = 65536  # hashing this much takes about as long as a hop to another thread


class MediaFolder(Media):
    """The folder of pictures: `ab/abcd….webp`.

    No picture is removed while a backup is made.
    """

    def __init__(self, folder: Path, node: str = "node") -> None:
        self._folder = folder
        self._drafts = folder / "drafts" / node
        shutil.rmtree(self._drafts, ignore_errors=True)  # left by a killed process
        self._drafts.mkdir(parents=True)
        super().__init__(folder, node)

    async def _saved(self, data: bytes, suffix: str) -> str:
        digest = digest_of(data) if len(data) <= SMALL_BYTES else None
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

    async def _keep(self, picture: PictureName) -> bool:
        return await asyncio.to_thread(self._path(picture).is_file)

    def _path(self, picture: PictureName) -> Path:
        return picture_file(self._folder, *picture)

    async def _file(self, picture: PictureName) -> Path:
        return self._path(picture)

    def _release_written(self, written: asyncio.Future[str], suffix: str) -> None:
        if not written.cancelled() and written.exception() is None:
            self._claims.release(f"{written.result()}.{suffix}")

    async def in_shard(self, shard: int) -> list[PictureName]:
        """As in the base class."""
        return await asyncio.to_thread(self._in_shard, f"{shard % SHARD_COUNT:02x}")

    def _in_shard(self, shard: str) -> list[PictureName]:
        files = (self._folder / shard).glob("*.*")
        return [PictureName(path.stem, path.suffix.removeprefix(".")) for path in files]

    async def remove(self, picture: PictureName, deadline: float) -> bool:
        """As in the base class."""
        return await asyncio.to_thread(self._remove, picture, deadline)

    def _remove(self, picture: PictureName, deadline: float) -> bool:
        path = picture_file(self._folder, *picture)
        with contextlib.suppress(BlockingIOError), self._claims.no_new_claims():
            late = time.monotonic() > deadline  # a claim since the check may have ended
            if not late and not self._claims.is_claimed(picture.name):
                with _locked(self._folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
                    path.unlink(missing_ok=True)
                    for name in COPIES:
                        self.copy(picture, name).unlink(missing_ok=True)
                return True
        return False

    def copy(self, picture: PictureName, name: str) -> Path:
        """As in the base class."""
        return self._folder / "small" / picture.digest[:2] / f"{picture.name}.{name}"

    def save_copy(self, picture: PictureName, name: str, data: bytes) -> None:
        """Keep a copy as long as the picture. It can be made again, so it is not synced."""
        path = self.copy(picture, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._drafts / secrets.token_hex(8)
        draft.write_bytes(data)
        draft.replace(path)
        if not picture_file(self._folder, *picture).exists():  # removed while this was made
            path.unlink(missing_ok=True)

    def _write(self, data: bytes, suffix: str, digest: str | None) -> str:
        """Write a picture unless it exists; returns its digest, computed if it is None."""
        digest = digest or digest_of(data)
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
