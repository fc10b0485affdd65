"""A folder with copies of pictures from a bucket, of bounded size."""

from __future__ import annotations

import os
import secrets
import shutil
import threading
import time
from pathlib import Path

from service.store.media.names import PictureName

FRESH_SECONDS = 3600.0  # after which the bucket is asked whether there still is such a picture
IN_USE_SECONDS = 60.0  # after its last use, within which nothing is dropped
ROOMY_SHARE = 0.8  # of the size, to which a full cache is emptied


class PictureCache:
    """Copies by name; those that were not used for longest go first. Thread-safe.

    Several processes may share the folder.
    """

    def __init__(self, folder: Path, node: str, size: int) -> None:
        self._folder = folder
        self._drafts = folder / "drafts" / node
        shutil.rmtree(self._drafts, ignore_errors=True)  # left by a killed process
        self._drafts.mkdir(parents=True)
        self._size = size
        self._used: int | None = None  # bytes, about; None before the first count
        self._mutex = threading.Lock()

    def path(self, picture: PictureName) -> Path:
        """Where the copy of a picture is."""
        return self._folder / picture.digest[:2] / picture.name

    def copy(self, picture: PictureName, name: str) -> Path:
        """Where a copy in another size or format is."""
        return self._folder / picture.digest[:2] / f"{picture.name}.{name}"

    def use(self, picture: PictureName) -> bool | None:
        """Whether the copy of a picture is fresh; None if there is none."""
        path = self.path(picture)
        try:
            fetched_at = path.stat().st_mtime
            os.utime(path, (time.time(), fetched_at))
        except OSError:
            return None
        return 0 <= time.time() - fetched_at < FRESH_SECONDS

    def refresh(self, picture: PictureName) -> None:
        """Note that the picture is still in the bucket."""
        path = self.path(picture)
        if path.exists():
            os.utime(path)

    def draft(self) -> Path:
        """A new file for what is fetched."""
        return self._drafts / secrets.token_hex(8)

    def add(self, draft: Path, path: Path) -> None:
        """Keep a draft under its name, and make room."""
        size = draft.stat().st_size
        path.parent.mkdir(exist_ok=True)
        draft.replace(path)
        with self._mutex:
            if self._used is None or self._used + size > self._size:
                self._used = self._made_room(path)
            else:
                self._used += size

    def drop(self, picture: PictureName) -> None:
        """Remove a picture and its copies in other sizes and formats."""
        for path in self.path(picture).parent.glob(f"{picture.name}*"):
            path.unlink(missing_ok=True)

    def _made_room(self, new: Path) -> int:
        """Remove what was not used for longest, if there is too much; returns what is left."""
        found = [
            (status.st_atime, status.st_size, path)
            for path in self._folder.glob("??/*")
            if (status := _status(path)) is not None
        ]
        used, in_use = sum(size for _, size, _ in found), time.time() - IN_USE_SECONDS
        if used <= self._size:
            return used
        for used_at, size, path in sorted(found):
            if used <= ROOMY_SHARE * self._size or used_at > in_use:
                break
            if path == new:
                continue
            path.unlink(missing_ok=True)
            used -= size
        return used


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:  # removed by another process
        return None
