"""A bucket behind the API of S3, by obstore. Whatever fails is MediaUnavailable."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from service.config import MediaConfig
from service.store.errors import MediaUnavailable

if TYPE_CHECKING:
    from obstore.store import S3Config

ANSWER_SECONDS = 10.0  # for one request
CONNECT_SECONDS = 2.0
CHECK_SECONDS = 2.0  # for a request that asks whether the bucket answers
CHUNK_BYTES = 256 * 1024
IMMUTABLE = "public, max-age=31536000, immutable"


class Bucket:
    """The objects of a bucket below a prefix. Credentials come from the environment."""

    def __init__(self, config: MediaConfig) -> None:
        parts = urlsplit(config.url)
        given: S3Config = {}
        if config.endpoint:
            given["endpoint"] = config.endpoint
        if config.region:
            given["region"] = config.region
        self._store = S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            config=given,
            client_options={
                "allow_http": config.endpoint.startswith("http://"),
                "timeout": timedelta(seconds=ANSWER_SECONDS),
                "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
            },
            retry_config={"max_retries": 1},
        )

    async def put(self, key: str, data: bytes, media_type: str) -> None:
        """Write an object, also if there is one."""
        about = {"Content-Type": media_type, "Cache-Control": IMMUTABLE}
        with _failures():
            await obstore.put_async(self._store, key, data, attributes=about, use_multipart=False)

    async def fetch(self, key: str, file: BinaryIO) -> bool:
        """Write an object into a file; False if there is none."""
        with _failures():
            try:
                found = await obstore.get_async(self._store, key)
            except FileNotFoundError:
                return False
            async for chunk in found.stream(min_chunk_size=CHUNK_BYTES):
                await asyncio.to_thread(file.write, chunk)
        return True

    async def get(self, key: str) -> bytes | None:
        """An object; None if there is none."""
        with _failures():
            try:
                found = await obstore.get_async(self._store, key)
            except FileNotFoundError:
                return None
            return bytes(await found.bytes_async())

    async def written_at(self, key: str) -> float | None:
        """When an object was written, by the clock of the bucket; None if there is none."""
        with _failures():
            try:
                return (await obstore.head_async(self._store, key))["last_modified"].timestamp()
            except FileNotFoundError:
                return None

    async def check(self) -> None:
        """Check that the bucket answers."""
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self.written_at("check")
        except TimeoutError:
            raise MediaUnavailable("The bucket does not answer.") from None

    async def delete(self, key: str) -> None:
        """Remove an object, if there is one."""
        with _failures(), contextlib.suppress(FileNotFoundError):
            await obstore.delete_async(self._store, key)

    async def names(self, prefix: str) -> list[tuple[str, float]]:
        """The objects in a folder of the bucket, and when each was written."""
        found: list[tuple[str, float]] = []
        with _failures():
            async for page in obstore.list(self._store, prefix):
                found += [
                    (Path(row["path"]).name, row["last_modified"].timestamp()) for row in page
                ]
        return found

    async def signed(self, key: str, seconds: float) -> str:
        """A URL at which anybody gets an object for a while."""
        with _failures():
            return await obstore.sign_async(self._store, "GET", key, timedelta(seconds=seconds))


@contextlib.contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except PermissionError as error:
        raise MediaUnavailable("The bucket refuses these credentials.") from error
    except (BaseError, OSError, ValueError) as error:
        if "403" in str(error):
            raise MediaUnavailable("The bucket refuses these credentials.") from error
        raise MediaUnavailable("The bucket does not answer.") from error
