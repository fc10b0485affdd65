"""What is in the data folder is for its owner alone: prompts, results, secrets, hashes of keys."""

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

UMASK = 0o077  # of the process: what it and its children write is private from the first byte on
OTHERS = 0o077
OWN = ("feedmill.db*", "webhook-secret*", "text-model.log", "nodes", "redis", "tmp")
"""What the service writes into the data folder, besides pictures. The rest is not its business."""


def make_private(folder: Path) -> None:
    """Take what the service has written away from other users.

    A restored backup, a folder that was made by hand and an older program leave files that others
    may read. Links are not followed. Pictures are looked at in a thread: they may be many.
    """
    _report(_mend([folder, *(path for name in OWN for path in folder.glob(name))], folder))
    threading.Thread(
        target=lambda: _report(_mend([folder / "media"])), name="private files", daemon=True
    ).start()


def use_temporary_folder(folder: Path) -> None:
    """Put temporary files into the data folder if there is no other place for them."""
    with contextlib.suppress(FileNotFoundError):
        tempfile.gettempdir()
        return
    own = folder / "tmp"
    own.mkdir(mode=0o700, exist_ok=True)
    tempfile.tempdir = os.environ["TMPDIR"] = str(own)
    with (
        contextlib.suppress(sqlite3.Error, UnicodeEncodeError),
        contextlib.closing(sqlite3.connect(":memory:")) as connection,
    ):  # it sorts there what does not fit into its cache; it has looked at TMPDIR long ago
        quoted = str(own).replace("'", "''")
        connection.execute(f"PRAGMA temp_store_directory = '{quoted}'")


def _mend(paths: list[Path], flat: Path | None = None) -> Iterator[Path]:
    """Mend the modes of these and what is in them, but not in `flat`; yields what stays open."""
    while paths:
        path = paths.pop()
        try:
            found = path.lstat()
            if found.st_mode & OTHERS and not stat.S_ISLNK(found.st_mode):
                if found.st_mode & stat.S_ISVTX:
                    yield path  # a place for everybody, such as /tmp
                else:
                    path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
            if stat.S_ISDIR(found.st_mode) and path != flat:
                paths += path.iterdir()
        except FileNotFoundError:
            continue  # it has just gone, or was never there
        except OSError:
            yield path


def _report(open_: Iterator[Path]) -> None:
    paths = list(open_)
    if paths:
        log.warning("others may read what is here", paths=len(paths), first=str(paths[0]))
