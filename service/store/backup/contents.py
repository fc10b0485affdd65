"""The contents of a backup: manifest, database, and the pictures that rows name."""

from __future__ import annotations

import contextlib
import hashlib
import re
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from service.store.errors import BackupFailed

DATABASE, WEBHOOK_SECRET, MANIFEST, MEDIA = (
    "feedmill.db",
    "webhook-secret",
    "manifest.json",
    "media",
)
FORMAT = "feedmill backup 1"

_PICTURES = """
SELECT image_uri FROM parts WHERE image_uri IS NOT NULL
UNION SELECT image_uri FROM posts WHERE image_uri IS NOT NULL
"""
_HAS_INPUTS = "SELECT 1 FROM sqlite_schema WHERE name = 'input_pictures'"
_INPUTS = "UNION SELECT uri FROM input_pictures"
_PICTURE_URI = re.compile(r"/(?:media|inputs)/([0-9a-f]{64})/[^/]+\.([a-z]+)")


class Manifest(msgspec.Struct, frozen=True):
    """The description of a backup, stored in it."""

    format: str
    program: str
    schema: int
    made_at: float
    """Seconds since the epoch."""
    checksums: dict[str, str]
    """SHA-256 of every file except pictures, whose names have it."""
    requests: int
    pictures: int
    missing: list[str] = []
    """File names of pictures in rows that were missing or damaged in the data folder."""
    api_keys: list[str] = []
    """Names of the API keys in use."""


@dataclass(frozen=True, slots=True)
class CheckedDatabase:
    """Facts about a database that is not damaged."""

    schema: int
    requests: int
    pictures: list[tuple[str, str]]
    """Digest and suffix."""
    api_keys: list[str]


def check_database(path: Path) -> CheckedDatabase:
    """Check a database that no other process uses. Raises BackupFailed, sqlite3.Error."""
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
        [schema] = connection.execute("PRAGMA user_version").fetchone()
        if not schema:
            raise BackupFailed("The database is empty: no service has used it.")
        damages = [line for (line,) in connection.execute("PRAGMA integrity_check(3)")]
        if damages != ["ok"]:
            raise BackupFailed(f"The database is damaged ({'; '.join(damages)}).")
        [requests] = connection.execute("SELECT count(*) FROM requests").fetchone()
        query = _PICTURES + (_INPUTS if connection.execute(_HAS_INPUTS).fetchone() else "")
        pictures = sorted(set(_pictures(uri for (uri,) in connection.execute(query))))
        keys = connection.execute(
            "SELECT name FROM api_keys WHERE revoked_at IS NULL ORDER BY name"
        ).fetchall()
    return CheckedDatabase(schema, requests, pictures, [name for (name,) in keys])


def _pictures(uris: Iterable[str]) -> Iterator[tuple[str, str]]:
    for uri in uris:
        if match := _PICTURE_URI.fullmatch(uri):
            yield match[1], match[2]


class HashedReader:
    """Reads a file and computes its checksum."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.sha256.update(data)
        return data


def checksum_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
