"""Restoring a backup into an empty data folder, after a check that the backup is complete."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from pathlib import Path
from typing import BinaryIO

import msgspec

from service.store.backup.contents import (
    DATABASE,
    FORMAT,
    MANIFEST,
    MEDIA,
    WEBHOOK_SECRET,
    CheckedDatabase,
    HashedReader,
    Manifest,
    check_database,
)
from service.store.backup.formats import (
    CHUNK_BYTES,
    UNREADABLE,
    files,
    private_file,
    sync_folder,
)
from service.store.data_folder import FolderInUse, claimed
from service.store.errors import BackupFailed
from service.store.sql.migrations import MIGRATIONS

STAGING = ".restoring"  # folder in the data folder for files that are not restored yet
PRESENT_BEFORE = {"nodes", "lost+found", STAGING}  # names that an empty data folder may contain

# in an archive packed by hand, the files may be below the folder's name
_NAME = re.compile(
    rf"(?:.+/)?({re.escape(MANIFEST)}|{re.escape(DATABASE)}|{WEBHOOK_SECRET}"
    rf"|{MEDIA}/[0-9a-f]{{2}}/([0-9a-f]{{64}})\.[a-z]+)"
)


def restore_backup(backup: Path, data: Path) -> Manifest:
    """Fill an empty or new data folder. Raises BackupFailed, and then changes nothing."""
    if not backup.exists():
        raise BackupFailed(f"There is no {backup}.")
    _refuse_data(data)
    try:
        with claimed(data, alone=True):  # no service can start on it before it is complete
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
    """Refuse a folder with data: a service may use it, and its data would mix with the backup."""
    if data.is_dir() and {path.name for path in data.iterdir()} - PRESENT_BEFORE:
        raise BackupFailed(
            f"The data folder {data} is not empty. Stop the service if it runs, and move the "
            "folder away; or name another one with --data-dir."
        )


def _restore(backup: Path, data: Path) -> Manifest:
    staging = data / STAGING
    shutil.rmtree(staging, ignore_errors=True)  # left by a killed restore
    staging.mkdir(mode=0o700)
    try:
        manifest = _unpack(backup, staging)
        database = check_database(staging / DATABASE)
        _check_schema(database)
        present = {path.name for path in (staging / MEDIA).rglob("*.*")} | set(manifest.missing)
        named = (f"{digest}.{suffix}" for digest, suffix in database.pictures)
        lost = [name for name in named if name not in present]
        if lost:
            raise BackupFailed(
                f"The backup {backup} is not whole: {len(lost)} pictures are not in it, such as "
                f"{lost[0]}."
            )
        os.sync()  # fsync of thousands of small files one by one takes minutes
        data.chmod(0o700)
        for name in (MEDIA, WEBHOOK_SECRET, DATABASE):  # the database last: it names the others
            if (staging / name).exists():
                (staging / name).replace(data / name)
        sync_folder(data)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return manifest


def _unpack(backup: Path, staging: Path) -> Manifest:
    """Unpack the files of a backup into `staging`, and verify every checksum."""
    manifest: Manifest | None = None
    checksums = {}
    for path, file in files(backup):
        match = _NAME.fullmatch(path)
        if match is None:
            continue
        name, digest = match.groups()
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
    hashed = HashedReader(file)
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


def _check_schema(database: CheckedDatabase) -> None:
    if database.schema > len(MIGRATIONS):
        raise BackupFailed(
            f"The database in the backup is of version {database.schema}, newer than this "
            f"program's {len(MIGRATIONS)}: restore it with the newer program."
        )
