"""The data folder, which has everything that the service writes. Processes claim it with locks."""

from __future__ import annotations

import contextlib
import fcntl
import socket
from collections.abc import Iterator
from pathlib import Path

NODES = "nodes"  # the folder with the files of each process: its lock, and its attempts in hand
MAX_NODES = 64  # the most processes that may share one data folder


class FolderInUse(Exception):
    """The data folder cannot be used; the message says why, and what to do."""


@contextlib.contextmanager
def claimed(folder: Path, *, alone: bool, node: str = "") -> Iterator[str]:
    """Create the folder and claim it while the context lasts; yields this node's name.

    With `alone` no other process may use it at the same time. Otherwise several may, each with a
    different name: a restarted process gets the name, and with it the unfinished work, of the one
    that ended. Raises FolderInUse. The locks end with the process, even after kill -9.
    """
    locks = folder / NODES
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        locks.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise _unusable(folder, error) from error
    name = node or socket.gethostname().partition(".")[0] or "node"
    with contextlib.ExitStack() as held:
        # `alone` takes the lock exclusively, so it excludes all others
        if not _lock(held, locks / "all", fcntl.LOCK_EX if alone else fcntl.LOCK_SH):
            raise FolderInUse(
                f"Another Feedmill process already uses the data folder {folder}: stop it, or "
                "start this one with another --data-dir. Processes can share a folder if each has "
                "the same [redis] url, of a Redis that none of them runs, and another [service] "
                "node."
            )
        for candidate in [name] if alone or node else names_after(name):
            if _lock(held, locks / f"{candidate}.lock", fcntl.LOCK_EX):
                yield candidate
                return
        raise FolderInUse(
            f"Another Feedmill process named {name} already uses the data folder {folder}: stop "
            "it, or give this one another name with --set service.node=NAME."
        )


def names_after(name: str) -> list[str]:
    """The names that a node may have, in order."""
    return [name, *(f"{name}-{number}" for number in range(2, MAX_NODES + 1))]


def _lock(held: contextlib.ExitStack, path: Path, how: int) -> bool:
    try:
        file = held.enter_context(path.open("w"))
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise _unusable(path.parent.parent, error) from error
    return True


def _unusable(folder: Path, error: OSError) -> FolderInUse:
    return FolderInUse(
        f"The data folder {folder} cannot be written ({error.strerror}): choose another with "
        "--data-dir."
    )
