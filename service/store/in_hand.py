"""Which attempts are at work, in a file that outlives a kill of the process.

The file is mapped into memory: to note that an attempt begins costs a microsecond, no commit and no
round trip. What a killed process leaves in it was at work when it died, and may have killed it.
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

from service import clock
from service.messages import ID, KINDS, Kind

SUFFIX = ".in-hand"
WORKERS = 1025  # slots of a kind: workers are numbered from 1 to 1024

_SLOT = struct.Struct("<45s3xIId")  # request id, attempt, base, when it began
_SIZE = len(KINDS) * WORKERS * _SLOT.size
_ID = re.compile(ID.encode())


@dataclass(frozen=True, slots=True)
class AttemptInHand:
    """An attempt that was at work; `began` by the service's clock."""

    id: str
    kind: Kind
    attempt: int
    base: int
    worker: str
    began: float


class InHand:
    """What the workers of a node are at, and what they were at when it died."""

    def __init__(self, folder: Path, node: str, *, wait: bool = True) -> None:
        """The file is locked as long as the process lives.

        With `wait` the node is ours: at most another one looks at its file for a moment. Without,
        raises BlockingIOError for one that lives.
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

    def begin(self, kind: Kind, number: int, id_: str, attempt: int, base: int) -> None:
        """The worker of this number begins an attempt."""
        _SLOT.pack_into(self._slots, _at(kind, number), id_.encode(), attempt, base, clock.now())

    def end(self, kind: Kind, number: int) -> None:
        """It has ended, in whichever way."""
        self._slots[_at(kind, number)] = 0

    def attempts(self) -> Iterator[AttemptInHand]:
        """What is noted."""
        for index, (id_, attempt, base, began) in enumerate(_SLOT.iter_unpack(self._slots[:])):
            if _ID.fullmatch(id_):
                kind, number = KINDS[index // WORKERS], index % WORKERS
                worker = f"{self._node}.{kind}-{number}"
                yield AttemptInHand(id_.decode(), kind, attempt, base, worker, began)

    def clear(self) -> None:
        """Nothing is at work."""
        self._slots[:] = bytes(_SIZE)


def _at(kind: Kind, number: int) -> int:
    return (KINDS.index(kind) * WORKERS + number) * _SLOT.size


def of_dead_nodes(folder: Path) -> Iterator[InHand]:
    """What nodes were at that are gone; each is locked until the next one is asked for."""
    for path in folder.glob(f"*{SUFFIX}"):
        with (
            contextlib.suppress(BlockingIOError),
            InHand(folder, path.name[: -len(SUFFIX)], wait=False) as dead,
        ):
            yield dead
