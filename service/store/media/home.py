"""What the service expects of the home of its pictures."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from pathlib import Path

from service.store.media.claims import PictureClaims
from service.store.media.names import (
    INPUT_SUFFIX,
    SUFFIXES,
    PictureName,
    media_type_of,
    picture_at,
    public_picture,
    slug,
)


class Media(ABC):
    """The pictures of the service, named by the SHA-256 of their content, never changed.

    Processes that share a folder each have a different `node`. A home that cannot be reached raises
    MediaUnavailable.
    """

    def __init__(self, folder: Path, node: str) -> None:
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
        await asyncio.to_thread(self._claims.hold, picture.name)
        try:
            yield await self._keep(picture)
        finally:
            self._claims.release(picture.name)

    async def read(self, uri: str) -> tuple[bytes, str] | None:
        """The bytes and the media type of the picture at a URI; None if it is not there."""
        picture = picture_at(uri)
        path = None if picture is None else await self._file(picture)
        if picture is None or path is None:
            return None
        try:
            return await asyncio.to_thread(path.read_bytes), media_type_of(picture, uri)
        except OSError:
            return None

    async def file(self, digest: str, suffix: str) -> Path | None:
        """A file with a public picture, which may be gone when it is opened.

        None if the name is not that of a picture, or if it is known that there is none.
        """
        picture = public_picture(digest, suffix)
        return None if picture is None else await self._file(picture)

    async def sizes(self, uris: Collection[str]) -> dict[str, int | None]:
        """The bytes of each of these pictures; None where that is not known here."""
        pictures = {uri: picture_at(uri) for uri in uris}
        return await asyncio.to_thread(
            lambda: {uri: self._size(picture) for uri, picture in pictures.items()}
        )

    def _size(self, picture: PictureName | None) -> int | None:
        try:
            return None if picture is None else self._path(picture).stat().st_size
        except OSError:
            return None

    async def unclaimed(self, pictures: Iterable[PictureName]) -> list[PictureName]:
        """The pictures that no process of this machine has in hand."""
        return await asyncio.to_thread(self._unclaimed, list(pictures))

    def _unclaimed(self, pictures: Sequence[PictureName]) -> list[PictureName]:
        self._claims.end_released()
        return [picture for picture in pictures if not self._claims.is_claimed(picture.name)]

    @abstractmethod
    async def _saved(self, data: bytes, suffix: str) -> str:
        """Save a picture, which is claimed then; returns its digest."""

    @abstractmethod
    async def _keep(self, picture: PictureName) -> bool:
        """Whether there is this picture, which is claimed; then it is not removed soon."""

    @abstractmethod
    def _path(self, picture: PictureName) -> Path:
        """Where the file of a picture is, if it is on this machine."""

    @abstractmethod
    async def _file(self, picture: PictureName) -> Path | None:
        """A file with a picture, as `file`."""

    @abstractmethod
    async def in_shard(self, shard: int) -> list[PictureName]:
        """The pictures in a shard, by number, that may be removed if nothing names them."""

    @abstractmethod
    async def remove(self, picture: PictureName, deadline: float) -> bool:
        """Remove a picture, unless it was claimed since or the deadline (monotonic) has passed.

        False if it was not removed.
        """

    @abstractmethod
    def copy(self, picture: PictureName, name: str) -> Path:
        """The path of a copy of a picture, one of COPIES; there may be none yet."""

    @abstractmethod
    def save_copy(self, picture: PictureName, name: str, data: bytes) -> None:
        """Keep a copy. It can be made again."""

    async def elsewhere(self, digest: str, suffix: str) -> str | None:
        """The URL at which clients get a public picture; None if it comes from this service."""
        del digest, suffix
        return None

    async def check(self) -> None:
        """Check that pictures can be saved. Raises MediaUnavailable."""
        return
