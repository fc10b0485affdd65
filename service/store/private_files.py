"""Privacy of the data folder, which has prompts, results, secrets and hashes of keys."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import structlog

log = structlog.get_logger()

UMASK = 0o077  # of the process and its children: their files are private from the first byte
OTHERS_BITS = 0o077  # of a mode: access for the group and others
OWN = ("feedmill.db*", "webhook-secret*", "text-model.log", "nodes", "redis", "tmp")
"""The service's files in the data folder, besides pictures. Other files are left alone."""


def make_private(folder: Path) -> None:
    """Remove other users' access to the service's files.

    Files of a restored backup, of a folder made by hand or of an older version may be readable by
    others. Links are not followed. Pictures are checked in a thread, since there may be many.
    """
    _report(_mend([folder, *(path for name in OWN for path in folder.glob(name))], folder))
    threading.Thread(
        target=lambda: _report(_mend([folder / "media"])), name="private files", daemon=True
    ).start()


def use_temporary_folder(folder: Path) -> None:
    """Use the data folder for temporary files if no other folder can be used."""
    with contextlib.suppress(FileNotFoundError):
        tempfile.gettempdir()
        return
    own = folder / "tmp"
    own.mkdir(mode=0o700, exist_ok=True)
    tempfile.tempdir = os.environ["TMPDIR"] = str(own)
    with (
        contextlib.suppress(sqlite3.Error, UnicodeEncodeError),
        contextlib.closing(sqlite3.connect(":memory:")) as connection,
    ):  # SQLite sorts large results there; it has read TMPDIR already
        quoted = str(own).replace("'", "''")
        connection.execute(f"PRAGMA temp_store_directory = '{quoted}'")


def _mend(paths: list[Path], flat: Path | None = None) -> Iterator[Path]:
    """Fix the modes of these paths and their contents, except in `flat`; yields failures."""
    while paths:
        path = paths.pop()
        try:
            status = path.lstat()
            if status.st_mode & OTHERS_BITS and not stat.S_ISLNK(status.st_mode):
                if status.st_mode & stat.S_ISVTX:
                    yield path  # a shared folder, such as /tmp
                else:
                    path.chmod(stat.S_IMODE(status.st_mode) & ~OTHERS_BITS)
            if stat.S_ISDIR(status.st_mode) and path != flat:
                paths += path.iterdir()
        except FileNotFoundError:
            continue  # just deleted, or never there
        except OSError:
            yield path


def _report(paths_open: Iterator[Path]) -> None:
    paths = list(paths_open)
    if paths:
        log.warning("others may read what is here", paths=len(paths), first=str(paths[0]))
