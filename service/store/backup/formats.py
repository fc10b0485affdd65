"""The formats of a backup: a folder, a tar archive or a zip file.

A backup is complete or absent: an archive is renamed to its name when it is complete, and the last
file written to a folder is the manifest.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import lzma
import os
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal, Protocol, cast

from service.store.errors import BackupFailed

TarMode = Literal["w", "w:gz", "w:xz", "w:bz2"]

TAR_MODES: dict[str, TarMode] = {
    ".tar": "w",
    ".tar.gz": "w:gz",
    ".tgz": "w:gz",
    ".tar.xz": "w:xz",
    ".tar.bz2": "w:bz2",
}
ZIP = ".zip"
CHUNK_BYTES = 1 << 20  # read at a time
UNREADABLE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    lzma.LZMAError,
    zlib.error,
    EOFError,
)
"""The errors for a file that is not an archive, or an incomplete one."""


class Destination(Protocol):
    """A backup that is being written."""

    workspace: Path
    """A folder for preparing files before they are added."""

    def add(self, name: str, file: BinaryIO, size: int) -> None:
        """Add `size` bytes under a relative name."""
        ...


@contextlib.contextmanager
def destination(target: Path) -> Iterator[Destination]:
    """Write a new backup: an archive if `target` has such a suffix, else a folder.

    Only its owner can read it. After an exception nothing of it is left. Raises BackupFailed,
    OSError.
    """
    if not target.parent.is_dir():
        raise BackupFailed(f"{target.parent} is no folder: make it first.")
    opened = _folder if _archive_suffix(target) is None else _archive
    with opened(target) as opened_destination:
        yield opened_destination


def files(backup: Path) -> Iterator[tuple[str, BinaryIO]]:
    """Names and contents of the files in a backup; read each before taking the next.

    Skips links and special files. Iterating and reading raise OSError or one of UNREADABLE.
    """
    if backup.is_dir():
        return _files_of_folder(backup)
    return _files_of_zip(backup) if zipfile.is_zipfile(backup) else _files_of_tar(backup)


# ------------------------------------------------------------------------------------- writing


class _Folder:
    def __init__(self, folder: Path) -> None:
        self.workspace = folder

    def add(self, name: str, file: BinaryIO, size: int) -> None:
        del size
        path = self.workspace / name
        if path.exists():  # it was prepared here
            for _ in iter(lambda: file.read(CHUNK_BYTES), b""):  # the caller computes its checksum
                pass
        else:
            _make_folders(path.parent)
            with private_file(path) as copy:
                shutil.copyfileobj(file, copy, CHUNK_BYTES)


@contextlib.contextmanager
def _folder(target: Path) -> Iterator[Destination]:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BackupFailed(f"{target} is there already: name a new folder, or an empty one.")
    is_new = not target.exists()
    try:  # from here, as Ctrl-C may come as soon as the folder is there
        if is_new:
            target.mkdir(mode=0o700)
        else:
            target.chmod(0o700)
        yield _Folder(target)
        os.sync()  # fsync of thousands of small files one by one takes minutes
    except BaseException:
        for path in target.iterdir() if target.is_dir() else ():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        if is_new:
            with contextlib.suppress(FileNotFoundError):  # it could not be made
                target.rmdir()
        raise


class _Tar:
    def __init__(self, archive: tarfile.TarFile, workspace: Path) -> None:
        self._archive = archive
        self.workspace = workspace

    def add(self, name: str, file: BinaryIO, size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size = size
        member.mode = 0o600
        self._archive.addfile(member, file)


class _Zip:
    def __init__(self, archive: zipfile.ZipFile, workspace: Path) -> None:
        self._archive = archive
        self.workspace = workspace

    def add(self, name: str, file: BinaryIO, size: int) -> None:
        member = zipfile.ZipInfo(name)
        member.external_attr = 0o100600 << 16
        if not name.startswith("media/"):  # pictures are compressed already
            member.compress_type = zipfile.ZIP_DEFLATED
        large = size >= zipfile.ZIP64_LIMIT
        with self._archive.open(member, "w", force_zip64=large) as copy:
            shutil.copyfileobj(file, copy, CHUNK_BYTES)


@contextlib.contextmanager
def _archive(target: Path) -> Iterator[Destination]:
    if target.exists():
        raise BackupFailed(f"{target} is there already: name a new file.")
    with tempfile.TemporaryDirectory(prefix=".feedmill-backup-", dir=target.parent) as folder:
        workspace = Path(folder)
        unfinished = workspace / "archive"
        with private_file(unfinished) as file:
            suffix = _archive_suffix(target) or ZIP
            if suffix == ZIP:
                with zipfile.ZipFile(file, "w", allowZip64=True) as zipped:
                    yield _Zip(zipped, workspace)
            else:
                with tarfile.open(fileobj=file, mode=TAR_MODES[suffix]) as tarred:
                    yield _Tar(tarred, workspace)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
    sync_folder(target.parent)


def _archive_suffix(target: Path) -> str | None:
    name = target.name.lower()
    return next((suffix for suffix in (*TAR_MODES, ZIP) if name.endswith(suffix)), None)


def private_file(path: Path) -> io.BufferedRandom:
    """Create a file that only its owner can read. Raises OSError, also if it exists."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(descriptor, "w+b")


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_folders(folder: Path) -> None:
    """Like mkdir(parents=True), which applies the mode only to the last folder."""
    if not folder.exists():
        _make_folders(folder.parent)
        folder.mkdir(mode=0o700)


# ------------------------------------------------------------------------------------- reading


def _files_of_folder(folder: Path) -> Iterator[tuple[str, BinaryIO]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                yield path.relative_to(folder).as_posix(), file


def _files_of_tar(path: Path) -> Iterator[tuple[str, BinaryIO]]:
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isreg() else None
            if file is not None:
                with file:
                    yield member.name.removeprefix("./"), cast("BinaryIO", file)


def _files_of_zip(path: Path) -> Iterator[tuple[str, BinaryIO]]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if not member.is_dir():
                with archive.open(member) as file:
                    yield member.filename, cast("BinaryIO", file)
