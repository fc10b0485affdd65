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
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = {"image/webp": "webp", "image/png": "png", "image/jpeg": "jpg"}
MEDIA_TYPES = {suffix: media_type for media_type, suffix in SUFFIXES.items()}
_DIGEST = re.compile(r"[0-9a-f]{64}")
SHELVES = 256  # folders, by the first byte of the digest
YOUNG_SECONDS = 1.0  # seconds in which a saved picture's result is on its way to the database
SMALL_BYTES = 65536  # bytes; to hash so much takes about as long as a trip to another thread
KEEP_LOCK = "keep.lock"  # locked shared by who needs all pictures, exclusively to remove one
MAX_SLUG_CHARACTERS = 60  # characters of the prompt that a picture's address shows


class Media:
    """The folder of pictures: `ab/abcd….webp`, named by the SHA-256 of what is in them.

    Processes that share it have different names as `node`.
    """

    def __init__(self, folder: Path, node: str = "node") -> None:
        self._folder = folder
        self._last = ("", 0.0)
        self._drafts = folder / "drafts" / node
        shutil.rmtree(self._drafts, ignore_errors=True)  # of a process that was killed
        self._drafts.mkdir(parents=True)

    async def save(self, data: bytes, media_type: str, prompt: str) -> str:
        """Keep a picture and return its address: `/media/DIGEST/words-of-the-prompt.webp`.

        The last part of the address is for people who save the picture; the digest finds it.
        """
        suffix = SUFFIXES[media_type]
        digest = _sha256(data) if len(data) <= SMALL_BYTES else None
        last, at = self._last
        # the same picture again and again comes from simulated generators only, and is small
        if (
            digest is None
            or f"{digest}.{suffix}" != last
            or time.monotonic() - at > YOUNG_SECONDS / 2
        ):
            digest = await asyncio.to_thread(self._write, data, suffix, digest)
            self._last = (f"{digest}.{suffix}", time.monotonic())
        return f"/media/{digest}/{slug(prompt)}.{suffix}"

    async def remove(self, digest: str, suffix: str) -> None:
        """Remove a picture that nobody shows any more, unless it was saved again just now.

        While a backup is made it stays: the sweep for what was never shown finds it later.
        """
        path = self.path(digest, suffix)
        if path is not None:
            self._last = ("", 0.0)
            await asyncio.to_thread(_remove_unless_young, self._folder, path)

    async def old(self, shelf: int, age: float) -> list[tuple[str, str]]:
        """Digest and suffix of the pictures on one of SHELVES that are older than `age` seconds."""
        return await asyncio.to_thread(self._old, f"{shelf % SHELVES:02x}", time.time() - age)

    def _old(self, shelf: str, before: float) -> list[tuple[str, str]]:
        found = []
        for path in self._folder.glob(f"{shelf}/*.*"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before:
                    found.append((path.stem, path.suffix.removeprefix(".")))
        return found

    def path(self, digest: str, suffix: str) -> Path | None:
        """The file of a picture, or None if there is none of that name."""
        if not _DIGEST.fullmatch(digest) or suffix not in MEDIA_TYPES:
            return None
        return picture_file(self._folder, digest, suffix)

    def _write(self, data: bytes, suffix: str, digest: str | None) -> str:
        """Write a picture unless it is there; its digest, which is made if it is not known."""
        digest = digest or _sha256(data)
        path = picture_file(self._folder, digest, suffix)
        with contextlib.suppress(FileNotFoundError):
            os.utime(path)  # somebody is about to show it: see YOUNG
            return digest
        if not path.parent.exists():
            path.parent.mkdir(exist_ok=True)
            _sync_folder(self._folder)
        draft = self._drafts / secrets.token_hex(8)
        try:
            with draft.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())  # on the disk before SQLite says that it is
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        _sync_folder(path.parent)  # its name as well
        return digest


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_unless_young(folder: Path, path: Path) -> None:
    with contextlib.suppress(FileNotFoundError, BlockingIOError):
        if time.time() - path.stat().st_mtime > YOUNG_SECONDS:
            with _locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
                path.unlink()


def picture_file(folder: Path, digest: str, suffix: str) -> Path:
    """Where a picture is in the folder of pictures."""
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
    """Raises BlockingIOError with LOCK_NB, if it cannot be had at once."""
    descriptor = os.open(folder / KEEP_LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)


def slug(prompt: str) -> str:
    """Words of a prompt as the name of a file: `a-fox-in-the-snow`."""
    plain = unicodedata.normalize("NFKD", prompt[: 4 * MAX_SLUG_CHARACTERS]).encode(
        "ascii", "ignore"
    )
    words = re.sub(rb"[^a-z0-9]+", b"-", plain.lower()).decode()
    return words[:MAX_SLUG_CHARACTERS].strip("-") or "picture"
