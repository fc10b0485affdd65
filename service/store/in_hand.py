"""The running attempts of a process, in a file that survives a kill.

The file is mapped into memory: recording the start of an attempt costs a microsecond, no commit and
no round trip. Attempts that a killed process leaves in it were running when it died, and may have
killed it.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from service.messages import ID, KINDS, Kind, Wanted

SUFFIX = ".in-hand"
SLOTS_PER_KIND = 1025  # workers are numbered from 1 to 1024

_SLOT = struct.Struct("<45s3xIId")  # request id, attempt, base, start time
_SIZE = len(KINDS) * SLOTS_PER_KIND * _SLOT.size
_FIRST = {kind: index * SLOTS_PER_KIND for index, kind in enumerate(KINDS)}  # slot of a kind
_ID = re.compile(ID.encode())


@dataclass(frozen=True, slots=True)
class AttemptInHand:
    """A running attempt; `began` is a time of the service's clock."""

    id: str
    kind: Kind
    attempt: int
    base: int
    worker: str
    began: float


class InHand:
    """The attempts that the workers of a node run, or ran when the node died."""

    def __init__(self, folder: Path, node: str, *, wait: bool = True) -> None:
        """Locks the file for the life of the process.

        `wait` is for this process's node: another process may hold the lock for a moment to read
        the file. Without it, raises BlockingIOError if the node is alive.
        """
        self._node = node
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"{node}{SUFFIX}"
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._file, _SIZE)
            self._slots = mmap.mmap(self._file, _SIZE)
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._slots.close()
        os.close(self._file)

    def begin(self, wanted: Wanted, kind: Kind, number: int, began: float) -> None:
        """Record that the worker with this number begins an attempt."""
        where = (_FIRST[kind] + number) * _SLOT.size
        fields = wanted.id.encode(), wanted.attempt, wanted.base, began
        _SLOT.pack_into(self._slots, where, *fields)

    def end(self, kind: Kind, number: int) -> None:
        """Record that the worker's attempt has ended, with any outcome."""
        self._slots[(_FIRST[kind] + number) * _SLOT.size] = 0

    def attempts(self) -> Iterator[AttemptInHand]:
        """The recorded attempts."""
        for index, (id_, attempt, base, began) in enumerate(_SLOT.iter_unpack(self._slots[:])):
            if _ID.fullmatch(id_):
                kind, number = KINDS[index // SLOTS_PER_KIND], index % SLOTS_PER_KIND
                worker = f"{self._node}.{kind}-{number}"
                yield AttemptInHand(id_.decode(), kind, attempt, base, worker, began)

    def clear(self) -> None:
        """Remove all attempts."""
        self._slots[:] = bytes(_SIZE)


def of_dead_nodes(folder: Path) -> Iterator[InHand]:
    """The attempts of dead nodes; each node's file is locked until the iterator moves on."""
    for path in folder.glob(f"*{SUFFIX}"):
        with (
            contextlib.suppress(BlockingIOError),
            InHand(folder, path.name[: -len(SUFFIX)], wait=False) as dead,
        ):
            yield dead
