"""Pictures in a bucket, which hosts share: saved there first, and shown from a cache of this one.

What removes a picture cannot see the claims of other hosts. It marks the picture first, and removes
it only if it was written long before the mark. Who saves one looks for a mark afterwards, and saves
again if there is one, or if the picture is gone: then it was removed, and its mark, in between. So
a picture that is saved at that moment is either young for the one, or marked or gone for the other.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from functools import partial
from pathlib import Path

import structlog

from service.config import MediaConfig
from service.store.errors import MediaUnavailable
from service.store.media.cache import PictureCache
from service.store.media.home import Media
from service.store.media.names import (
    INPUT_SUFFIX,
    MEDIA_TYPES,
    SHARD_COUNT,
    PictureName,
    digest_of,
    public_picture,
)
from service.store.media.objects import Bucket

log = structlog.get_logger()

YOUNG_SECONDS = 3600.0  # after it was saved, within which nothing is removed
MAX_YOUNG = 20_000  # that are remembered
CLOCK_SECONDS = 600.0  # that the clock of this host may be behind that of the bucket
TROUBLE_SECONDS = 30.0  # after a failed save: no other may come, as a process not ready gets none
MARK_SECONDS = 60.0  # after which a mark was left behind: removing takes much less
SIGNED_SECONDS = 3600.0  # that a signed URL is valid
FETCHES = 8  # at once
PATIENCE_SECONDS = 2.0  # for a look whether a picture is still there; then its copy is shown
SILENT_SECONDS = 30.0  # that copies are shown without a look, after one that took too long
LOOK_AGAIN_SECONDS = (0.1, 2.0)  # at a mark: the first pause, and the longest
PUBLIC, PRIVATE, MARKS = "pictures", "inputs", "removing"  # folders of the bucket


class MediaBucket(Media):
    """Pictures in a bucket: `pictures/ab/abcd….webp`, and `inputs/` for those of requests.

    `folder` is the cache, and has the claims of the processes of this machine.
    """

    def __init__(self, config: MediaConfig, folder: Path, node: str = "node") -> None:
        super().__init__(folder, node)
        self._bucket = Bucket(config)
        self._cache = PictureCache(folder / "cache", node, config.cache)
        self._public_url = config.public_url.rstrip("/")
        self._presign = config.presign
        self._fetching: dict[PictureName, asyncio.Task[bool]] = {}
        self._turns = asyncio.Semaphore(FETCHES)
        self._silent_until = 0.0  # time.monotonic()
        self._trouble = ""  # why the last picture could not be saved
        self._trouble_at = 0.0  # time.monotonic()
        self._young: dict[PictureName, float] = {}  # time.monotonic() until which each is

    async def elsewhere(self, digest: str, suffix: str) -> str | None:
        """As in the base class."""
        if not (self._public_url or self._presign):
            return None
        picture = public_picture(digest, suffix)
        if picture is None:
            return None
        if self._public_url:
            return f"{self._public_url}/{_key(picture)}"
        return await self._bucket.signed(_key(picture), SIGNED_SECONDS)

    async def check(self) -> None:
        """As in the base class."""
        if self._trouble and time.monotonic() - self._trouble_at < TROUBLE_SECONDS:
            raise MediaUnavailable(self._trouble)
        await self._bucket.check()

    async def in_shard(self, shard: int) -> list[PictureName]:
        """As in the base class."""
        oldest_young = time.time() - YOUNG_SECONDS
        found: list[PictureName] = []
        for folder in (PUBLIC, PRIVATE):
            for name, written_at in await self._bucket.names(
                f"{folder}/{shard % SHARD_COUNT:02x}/"
            ):
                digest, _, suffix = name.partition(".")
                if written_at < oldest_young:
                    found.append(PictureName(digest, suffix))
        return found

    async def remove(self, picture: PictureName, deadline: float) -> bool:
        """As in the base class."""
        if time.monotonic() < self._young.get(picture, 0.0):
            return False  # it is asked for every few seconds
        key, mark = _key(picture), f"{_marks(picture)}{secrets.token_hex(8)}"
        try:
            written_at = await self._bucket.written_at(key)
            if written_at is not None:
                # without a mark if it is young whatever the difference of the clocks
                if self._is_young(picture, time.time() + CLOCK_SECONDS - written_at):
                    return False
                await self._bucket.put(mark, b"", "text/plain")
                try:
                    if not await self._may_remove(picture, key, mark, deadline):
                        return False
                    await self._bucket.delete(key)
                finally:
                    await self._bucket.delete(mark)
        except MediaUnavailable:
            return False
        await asyncio.to_thread(self._cache.drop, picture)
        return True

    async def _may_remove(self, picture: PictureName, key: str, mark: str, deadline: float) -> bool:
        written_at = await self._bucket.written_at(key)
        marked_at = await self._bucket.written_at(mark)
        if written_at is None or marked_at is None:
            return False
        if self._is_young(picture, marked_at - written_at):
            return False
        is_claimed = await asyncio.to_thread(self._claims.is_claimed, picture.name)
        return not is_claimed and time.monotonic() <= deadline

    def _is_young(self, picture: PictureName, age: float) -> bool:
        """Whether a picture of this age is young; if so, remembers for how long."""
        self._young.pop(picture, None)
        if age >= YOUNG_SECONDS:
            return False
        if len(self._young) >= MAX_YOUNG:
            self._young.clear()
        self._young[picture] = time.monotonic() + YOUNG_SECONDS - age
        return True

    def copy(self, picture: PictureName, name: str) -> Path:
        """As in the base class."""
        return self._cache.copy(picture, name)

    def save_copy(self, picture: PictureName, name: str, data: bytes) -> None:
        """As in the base class."""
        draft = self._cache.draft()
        draft.write_bytes(data)
        self._cache.add(draft, self._cache.copy(picture, name))

    async def _saved(self, data: bytes, suffix: str) -> str:
        digest = await asyncio.to_thread(digest_of, data)
        picture = PictureName(digest, suffix)
        await asyncio.to_thread(self._hold, picture)
        try:
            await self._write(picture, data)
        except BaseException as error:
            self._claims.release(picture.name)
            if isinstance(error, MediaUnavailable):
                self._trouble, self._trouble_at = str(error), time.monotonic()
            raise
        self._trouble = ""
        return digest

    def _hold(self, picture: PictureName) -> None:
        self._claims.end_released()
        self._claims.hold(picture.name)

    async def _write(self, picture: PictureName, data: bytes) -> None:
        """Save a picture, again as long as another process may be removing it."""
        key = _key(picture)
        media_type = MEDIA_TYPES.get(picture.suffix, "application/octet-stream")
        pause, longest = LOOK_AGAIN_SECONDS
        while True:
            await self._bucket.put(key, data, media_type)
            marks = await self._bucket.names(_marks(picture))
            written_at = await self._bucket.written_at(key)
            if written_at is not None and not marks:
                return
            for mark, marked_at in marks:
                if (written_at or 0.0) - marked_at > MARK_SECONDS:  # of a process that was killed
                    await self._bucket.delete(f"{_marks(picture)}{mark}")
            await asyncio.sleep(pause)
            pause = min(longest, 2 * pause)

    async def _keep(self, picture: PictureName) -> bool:
        """As in the base class: it is written again, as only then it is young on other hosts."""
        data = await self._bucket.get(_key(picture))
        if data is None:
            return False
        await self._write(picture, data)
        return True

    def _path(self, picture: PictureName) -> Path:
        return self._cache.path(picture)

    async def _file(self, picture: PictureName) -> Path | None:
        fresh = await asyncio.to_thread(self._cache.use, picture)
        if fresh is None:
            is_there = await self._fetched(picture, has_copy=False)
        else:
            is_there = fresh or await self._still_there(picture)
        return self._cache.path(picture) if is_there else None

    async def _still_there(self, picture: PictureName) -> bool:
        """Whether a picture with an old copy is in the bucket, as far as is known soon."""
        if time.monotonic() < self._silent_until:
            return True
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._fetched(picture, has_copy=True)
        except TimeoutError:
            self._silent_until = time.monotonic() + SILENT_SECONDS
            return True

    async def _fetched(self, picture: PictureName, *, has_copy: bool) -> bool:
        """Fetch a picture, or see whether it is still there; clients share one fetch."""
        task = self._fetching.get(picture)
        if task is None:
            fetch = self._look(picture) if has_copy else self._fetch(picture)
            task = self._fetching[picture] = asyncio.create_task(fetch, name="fetch a picture")
            task.add_done_callback(partial(self._end_fetch, picture))
        return await asyncio.shield(task)

    def _end_fetch(self, picture: PictureName, fetch: asyncio.Task[bool]) -> None:
        self._fetching.pop(picture, None)
        if not fetch.cancelled():
            fetch.exception()  # all who waited for it may have left

    async def _look(self, picture: PictureName) -> bool:
        try:
            is_there = await self._bucket.written_at(_key(picture)) is not None
        except MediaUnavailable:
            return True  # the copy is as good as the picture
        settle = self._cache.refresh if is_there else self._cache.drop
        await asyncio.to_thread(settle, picture)
        return is_there

    async def _fetch(self, picture: PictureName) -> bool:
        draft = self._cache.draft()
        async with self._turns:
            try:
                with draft.open("wb") as file:
                    if not await self._bucket.fetch(_key(picture), file):
                        return False
                await asyncio.to_thread(self._cache.add, draft, self._cache.path(picture))
            finally:
                draft.unlink(missing_ok=True)
        return True


def _marks(picture: PictureName) -> str:
    """The folder with a mark of each process that may remove a picture now."""
    return f"{MARKS}/{picture.name}/"


def _key(picture: PictureName) -> str:
    folder = PRIVATE if picture.suffix == INPUT_SUFFIX else PUBLIC
    return f"{folder}/{picture.digest[:2]}/{picture.name}"
