"""The running attempts of a process, in a file that survives a kill.

The file is mapped into memory: recording the start of an attempt costs a microsecond, no commit and
no round trip. Attempts that a killed process leaves in it were running when it died, and may have
killed it.
"""

from __future__ import annotations

import contextlib
import fcntl
import glob
import mmap
import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from service.messages import KINDS, Kind, Wanted
from service.request_ids import ID

SUFFIX = ".in-hand"
SLOTS_PER_POOL = 1025  # workers are numbered from 1 to 1024

_SLOT = struct.Struct("<45s3xIId")  # request id, attempt, base, start time
_FIRST = {kind: index * SLOTS_PER_POOL for index, kind in enumerate(KINDS)}  # slot of a kind
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
    pool: str = ""
    """The pool, if it is not that of the kind."""


class InHand:
    """The attempts that the workers of a node run, or ran when the node died.

    The pools of the kinds share the file that is locked; each named model has one beside it.
    """

    def __init__(self, folder: Path, node: str, *, wait: bool = True) -> None:
        """Locks the file for the life of the process.

        `wait` is for this process's node: another process may hold the lock for a moment to read
        the file. Without it, raises BlockingIOError if the node is alive.
        """
        self._node = node
        self._folder = folder
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / f"{node}{SUFFIX}"
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            own = _mapped(self._file, len(KINDS))
        except BaseException:
            os.close(self._file)
            raise
        self._slots: dict[str, tuple[mmap.mmap, int]] = {
            kind: (own, first) for kind, first in _FIRST.items()
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for slots in {id(slots): slots for slots, _ in self._slots.values()}.values():
            slots.close()
        os.close(self._file)

    def add_pool(self, kind: Kind, name: str) -> None:
        """Make room for the workers of a named model."""
        if name not in self._slots:
            path = self._folder / f"{self._node}{SUFFIX}.{kind}.{name}"
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                self._slots[name] = _mapped(file, 1), 0
            finally:
                os.close(file)

    def begin(self, wanted: Wanted, pool: str, number: int, began: float) -> None:
        """Record that the worker of a pool with this number begins an attempt."""
        slots, first = self._slots[pool]
        fields = wanted.id.encode(), wanted.attempt, wanted.base, began
        _SLOT.pack_into(slots, (first + number) * _SLOT.size, *fields)

    def end(self, pool: str, number: int) -> None:
        """Record that the worker's attempt has ended, with any outcome."""
        slots, first = self._slots[pool]
        slots[(first + number) * _SLOT.size] = 0

    def attempts(self) -> Iterator[AttemptInHand]:
        """The recorded attempts, also of models that are not here any more."""
        for index, slot in _used(self._slots[KINDS[0]][0][:]):
            kind, number = KINDS[index // SLOTS_PER_POOL], index % SLOTS_PER_POOL
            yield _attempt(slot, kind, f"{self._node}.{kind}-{number}")
        for path, kind, name in self._of_models():
            for number, slot in _used(path.read_bytes()):
                yield _attempt(slot, kind, f"{self._node}.{name}-{number}", name)

    def clear(self) -> None:
        """Remove all attempts."""
        for slots, _ in self._slots.values():
            slots[:] = bytes(len(slots))
        for path, _, name in self._of_models():
            if name not in self._slots:
                path.unlink(missing_ok=True)

    def _of_models(self) -> Iterator[tuple[Path, Kind, str]]:
        start = f"{self._node}{SUFFIX}."
        for path in self._folder.glob(f"{glob.escape(start)}*"):
            of, _, name = path.name.removeprefix(start).partition(".")
            yield from ((path, kind, name) for kind in KINDS if kind == of)


def _mapped(file: int, pools: int) -> mmap.mmap:
    size = pools * SLOTS_PER_POOL * _SLOT.size
    os.ftruncate(file, size)
    return mmap.mmap(file, size)


def _used(slots: bytes) -> Iterator[tuple[int, tuple[bytes, int, int, float]]]:
    """The slots with an attempt, and their numbers."""
    for number, slot in enumerate(_SLOT.iter_unpack(slots)):
        if _ID.fullmatch(slot[0]):
            yield number, slot


def _attempt(
    slot: tuple[bytes, int, int, float], kind: Kind, worker: str, pool: str = ""
) -> AttemptInHand:
    id_, attempt, base, began = slot
    return AttemptInHand(id_.decode(), kind, attempt, base, worker, began, pool)


def of_dead_nodes(folder: Path) -> Iterator[InHand]:
    """The attempts of dead nodes; each node's file is locked until the iterator moves on."""
    for path in folder.glob(f"*{SUFFIX}"):
        with (
            contextlib.suppress(BlockingIOError),
            InHand(folder, path.name[: -len(SUFFIX)], wait=False) as dead,
        ):
            yield dead
