"""Backups of a data folder: a consistent copy of the database, and what belongs to it.

`make` works while a service writes: VACUUM INTO copies one read transaction, which no writer can
make begin again. The pictures are those that the copy names; while they are copied, no process
removes any (`Media`). Redis is left out: the service rebuilds it from the database.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from service import __version__
from service.store.backup_formats import (
    CHUNK_BYTES,
    UNREADABLE,
    BackupFailed,
    Destination,
    destination,
    files,
    private_file,
    sync_folder,
)
from service.store.data_folder import FolderInUse, claimed
from service.store.media import keep_pictures, picture_file
from service.store.sql.migrations import MIGRATIONS

DATABASE, WEBHOOK_SECRET, MANIFEST = "feedmill.db", "webhook-secret", "manifest.json"
MEDIA = "media"
FORMAT = "feedmill backup 1"
LOCK_TIMEOUT_SECONDS = 10.0  # while another process holds the database exclusively
STEPS_BETWEEN_SIGNALS = 100_000  # of SQLite's; without a pause Ctrl-C waits for the whole copy
STAGING = ".restoring"  # folder in the data folder; what is in it counts for nothing
PRESENT_BEFORE = {"nodes", "lost+found", STAGING}  # names in a data folder that holds no data

_PICTURES = """
SELECT image_uri FROM parts WHERE image_uri IS NOT NULL
UNION SELECT image_uri FROM posts WHERE image_uri IS NOT NULL
"""
_PICTURE_URI = re.compile(r"/media/([0-9a-f]{64})/[^/]+\.([a-z]+)")
# a folder that was packed by hand is below its own name in the archive
_NAME = re.compile(
    rf"(?:.+/)?({re.escape(MANIFEST)}|{re.escape(DATABASE)}|{WEBHOOK_SECRET}"
    rf"|{MEDIA}/[0-9a-f]{{2}}/([0-9a-f]{{64}})\.[a-z]+)"
)


class Manifest(msgspec.Struct, frozen=True):
    """What a backup says of itself."""

    format: str
    program: str
    schema: int
    made_at: float
    """Seconds since the epoch."""
    checksums: dict[str, str]
    """SHA-256 of every file but the pictures, which are named by theirs."""
    requests: int
    pictures: int
    missing: list[str] = []
    """Names of pictures that rows name and the data folder did not have, or only damaged."""
    api_keys: list[str] = []
    """Names of the API keys in use."""


def make(data: Path, target: Path) -> Manifest:
    """Back up the data folder `data`. Raises BackupFailed, and then leaves nothing at `target`."""
    database = data / DATABASE
    if not database.is_file():
        raise BackupFailed(f"There is nothing to back up: {data} holds no {DATABASE}.")
    try:
        with destination(target) as backup, keep_pictures(data / MEDIA):
            return _write(data, backup)
    except OSError as error:
        raise BackupFailed(f"The backup cannot be written ({error}).") from error
    except sqlite3.Error as error:
        raise BackupFailed(f"The database {database} cannot be copied ({error}).") from error


def _write(data: Path, backup: Destination) -> Manifest:
    made_at = time.time()
    copy = backup.workspace / DATABASE
    _copy_database(data / DATABASE, copy)
    checked = _check_database(copy)
    checksums = {DATABASE: _add(backup, DATABASE, copy)}
    with contextlib.suppress(FileNotFoundError):  # there is none if one is configured
        checksums[WEBHOOK_SECRET] = _add(backup, WEBHOOK_SECRET, data / WEBHOOK_SECRET)
    missing = []
    for digest, suffix in checked.pictures:
        picture = picture_file(data / MEDIA, digest, suffix)
        if not picture.is_file() or _checksum_of(picture) != digest:
            missing.append(picture.name)
            continue
        _add(backup, picture.relative_to(data).as_posix(), picture)
    manifest = Manifest(
        FORMAT,
        __version__,
        checked.schema,
        made_at,
        checksums,
        checked.requests,
        len(checked.pictures) - len(missing),
        missing,
        checked.api_keys,
    )
    written = backup.workspace / MANIFEST
    with private_file(written) as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
    _add(backup, MANIFEST, written)
    return manifest


def _copy_database(source: Path, copy: Path) -> None:
    private_file(copy).close()  # SQLite would make it readable by everybody
    uri = f"{source.resolve().as_uri()}?mode=rw"
    with contextlib.closing(
        sqlite3.connect(uri, uri=True, isolation_level=None, timeout=LOCK_TIMEOUT_SECONDS)
    ) as connection:
        connection.set_progress_handler(lambda: 0, STEPS_BETWEEN_SIGNALS)
        connection.execute("VACUUM INTO ?", (copy.resolve().as_uri(),))  # a path is bytes


def _add(backup: Destination, name: str, path: Path) -> str:
    """Add a file; returns the SHA-256 of what was added."""
    with path.open("rb") as file:
        hashed = _Hashed(file)
        backup.add(name, hashed, os.fstat(file.fileno()).st_size)  # type: ignore[arg-type] # only read() is used
        return hashed.sha256.hexdigest()


class _Hashed:
    """Reads a file and takes its checksum on the way."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.sha256.update(data)
        return data


def _checksum_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# ------------------------------------------------------------------------------------ restoring


def restore(backup: Path, data: Path) -> Manifest:
    """Fill an empty data folder, or make one. Raises BackupFailed, and then changes nothing."""
    if not backup.exists():
        raise BackupFailed(f"There is no {backup}.")
    _refuse_data(data)
    try:
        with claimed(data, alone=True):  # no service starts on it before it is whole
            _refuse_data(data)
            return _restore(backup, data)
    except FolderInUse as error:
        raise BackupFailed(f"Nothing was restored. {error}") from error
    except UNREADABLE as error:
        raise BackupFailed(
            f"{backup} cannot be read as a backup: it is damaged, or no folder, tar or zip file "
            f"({error})."
        ) from error
    except OSError as error:
        raise BackupFailed(f"The backup cannot be restored ({error}).") from error
    except sqlite3.Error as error:
        raise BackupFailed(f"The database in {backup} is damaged ({error}).") from error


def _refuse_data(data: Path) -> None:
    """A service may be at work there, or its data would be mixed with older data."""
    if data.is_dir() and {path.name for path in data.iterdir()} - PRESENT_BEFORE:
        raise BackupFailed(
            f"The data folder {data} is not empty. Stop the service if it runs, and move the "
            "folder away; or name another one with --data-dir."
        )


def _restore(backup: Path, data: Path) -> Manifest:
    staging = data / STAGING
    shutil.rmtree(staging, ignore_errors=True)  # of a restore that was killed
    staging.mkdir(mode=0o700)
    try:
        manifest = _unpack(backup, staging)
        found = _check_database(staging / DATABASE)
        _check_schema(found)
        there = {path.name for path in (staging / MEDIA).rglob("*.*")} | set(manifest.missing)
        lost = [name for name in _names(found.pictures) if name not in there]
        if lost:
            raise BackupFailed(
                f"The backup {backup} is not whole: {len(lost)} pictures are not in it, such as "
                f"{lost[0]}."
            )
        os.sync()  # thousands of small files, for which one by one takes minutes
        data.chmod(0o700)
        for name in (MEDIA, WEBHOOK_SECRET, DATABASE):  # the database last: it names the others
            if (staging / name).exists():
                (staging / name).replace(data / name)
        sync_folder(data)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return manifest


def _unpack(backup: Path, staging: Path) -> Manifest:
    """Put what belongs to a backup into `staging`, with every checksum compared."""
    manifest: Manifest | None = None
    checksums = {}
    for path, file in files(backup):
        found = _NAME.fullmatch(path)
        if found is None:
            continue
        name, digest = found.groups()
        if name == MANIFEST:
            manifest = _parse_manifest(backup, file.read())
            continue
        try:
            checksums[name] = _unpack_file(file, staging / name)
        except FileExistsError as error:
            raise BackupFailed(f"{backup} holds more than one backup: name one.") from error
        if digest and checksums[name] != digest:
            raise BackupFailed(f"The picture {path} in the backup {backup} is damaged.")
    if manifest is None:
        raise BackupFailed(
            f"{backup} is no backup, or was interrupted while it was made: it has no {MANIFEST}."
        )
    for name, checksum in manifest.checksums.items():
        if checksums.get(name) != checksum:
            raise BackupFailed(f"{name} in the backup {backup} is missing or damaged.")
    return manifest


def _unpack_file(file: BinaryIO, path: Path) -> str:
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(mode=0o700, exist_ok=True)
    hashed = _Hashed(file)
    with private_file(path) as copy:
        while data := hashed.read(CHUNK_BYTES):
            copy.write(data)
    return hashed.sha256.hexdigest()


def _parse_manifest(backup: Path, data: bytes) -> Manifest:
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except msgspec.DecodeError as error:
        raise BackupFailed(f"{MANIFEST} in {backup} cannot be read ({error}).") from error
    if manifest.format != FORMAT:
        raise BackupFailed(
            f"{backup} was made by Feedmill {manifest.program}, whose backups this version cannot "
            f"read ({manifest.format!r})."
        )
    return manifest


# ------------------------------------------------------------------------------------- checking


@dataclass(frozen=True, slots=True)
class _Checked:
    """A database that is not damaged, and what it names."""

    schema: int
    requests: int
    pictures: list[tuple[str, str]]
    """Digest and suffix."""
    api_keys: list[str]


def _check_database(path: Path) -> _Checked:
    """Look through a database that no other process uses. Raises BackupFailed, sqlite3.Error."""
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
        [schema] = connection.execute("PRAGMA user_version").fetchone()
        if not schema:
            raise BackupFailed("The database is empty: no service has used it.")
        damages = [line for (line,) in connection.execute("PRAGMA integrity_check(3)")]
        if damages != ["ok"]:
            raise BackupFailed(f"The database is damaged ({'; '.join(damages)}).")
        [requests] = connection.execute("SELECT count(*) FROM requests").fetchone()
        pictures = sorted(set(_pictures(uri for (uri,) in connection.execute(_PICTURES))))
        keys = connection.execute(
            "SELECT name FROM api_keys WHERE revoked_at IS NULL ORDER BY name"
        ).fetchall()
    return _Checked(schema, requests, pictures, [name for (name,) in keys])


def _pictures(uris: Iterable[str]) -> Iterator[tuple[str, str]]:
    for uri in uris:
        if ours := _PICTURE_URI.fullmatch(uri):
            yield ours[1], ours[2]


def _names(pictures: Iterable[tuple[str, str]]) -> Iterator[str]:
    return (f"{digest}.{suffix}" for digest, suffix in pictures)


def _check_schema(found: _Checked) -> None:
    if found.schema > len(MIGRATIONS):
        raise BackupFailed(
            f"The database in the backup is of version {found.schema}, newer than this program's "
            f"{len(MIGRATIONS)}: restore it with the newer program."
        )
