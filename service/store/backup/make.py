"""Backing up a data folder, also while a service uses it.

The database is copied by VACUUM INTO, in one read transaction, which writers cannot disturb. The
pictures are those that the copy names; while they are copied, no process removes any. Redis is left
out: the service rebuilds it from the database.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from pathlib import Path

import msgspec

from service import __version__
from service.store.backup.contents import (
    DATABASE,
    FORMAT,
    MANIFEST,
    MEDIA,
    WEBHOOK_SECRET,
    HashedReader,
    Manifest,
    check_database,
    checksum_of,
)
from service.store.backup.formats import Destination, destination, private_file
from service.store.errors import BackupFailed
from service.store.media.folder import keep_pictures, picture_file

LOCK_TIMEOUT_SECONDS = 10.0  # for another process that locks the database exclusively
STEPS_BETWEEN_SIGNALS = 100_000  # of SQLite; otherwise Ctrl-C has to wait for the whole copy


def make_backup(data: Path, target: Path) -> Manifest:
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
    checked = check_database(copy)
    checksums = {DATABASE: _add(backup, DATABASE, copy)}
    with contextlib.suppress(FileNotFoundError):  # the secret may be in the configuration
        checksums[WEBHOOK_SECRET] = _add(backup, WEBHOOK_SECRET, data / WEBHOOK_SECRET)
    missing = []
    for digest, suffix in checked.pictures:
        picture = picture_file(data / MEDIA, digest, suffix)
        if not picture.is_file() or checksum_of(picture) != digest:
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
    private_file(copy).close()  # SQLite would make it readable by other users
    uri = f"{source.resolve().as_uri()}?mode=rw"
    with contextlib.closing(
        sqlite3.connect(uri, uri=True, isolation_level=None, timeout=LOCK_TIMEOUT_SECONDS)
    ) as connection:
        connection.set_progress_handler(lambda: 0, STEPS_BETWEEN_SIGNALS)
        connection.execute("VACUUM INTO ?", (copy.resolve().as_uri(),))  # a path is bytes


def _add(backup: Destination, name: str, path: Path) -> str:
    """Add a file; returns its SHA-256."""
    with path.open("rb") as file:
        hashed = HashedReader(file)
        backup.add(name, hashed, os.fstat(file.fileno()).st_size)  # type: ignore[arg-type] # only read() is used
        return hashed.sha256.hexdigest()
