"""Claims on pictures in hand: saved, and not yet named by a row or a stream entry.

A claim is an empty file `claims/NODE/DIGEST.SUFFIX.claim` in the folder of pictures, visible to all
processes that share it. It is valid while its process lives, which a lock shows. It outlasts its
release for a while, since the retention may already have checked the rows and streams.
"""

from __future__ import annotations

import contextlib
import fcntl
import heapq
import os
import shutil
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

LINGER_SECONDS = 10.0  # that a claim outlasts its release
RECHECK_SECONDS = 1.0  # between two checks of a held claim
ALIVE = "alive.lock"  # in the folder of a node: locked while its process lives
GUARD = "guard.lock"  # locked shared to create a claim, exclusively to remove a picture
TURN = "turn.lock"  # held while waiting for GUARD: else new claims would overtake a removal


class PictureClaims:
    """The claims of this process; also checks those of others. Thread-safe."""

    def __init__(self, pictures: Path, node: str) -> None:
        self._folder = pictures / "claims"
        self._own = self._folder / node
        shutil.rmtree(self._own, ignore_errors=True)  # left by a killed process
        self._own.mkdir(mode=0o700, parents=True)
        alive = _lock(self._own / ALIVE, fcntl.LOCK_SH)
        weakref.finalize(self, os.close, alive)
        self._mutex = threading.Lock()
        self._held: dict[str, int] = {}  # how often each picture is held
        self._saved: set[str] = set()  # pictures whose files exist
        self._until: dict[str, float] = {}  # when each claim may end if it is not held
        self._ends: list[tuple[float, str]] = []  # a heap: when to check each claim

    def hold(self, name: str) -> None:
        """Claim a picture until it is released; waits while one is being removed."""
        with self._guarded(fcntl.LOCK_SH), self._mutex:
            self._held[name] = self._held.get(name, 0) + 1
            if name not in self._until:
                _file(self._own, name).touch(mode=0o600)
                heapq.heappush(self._ends, (time.monotonic(), name))
                self._until[name] = 0.0

    def saved(self, name: str) -> None:
        """Record that the file of a held picture exists."""
        with self._mutex:
            self._saved.add(name)

    def hold_again(self, name: str) -> bool:
        """Hold a picture that is already claimed and saved; False if it is not."""
        with self._mutex:
            if name not in self._saved:
                return False
            self._held[name] = self._held.get(name, 0) + 1
            return True

    def release(self, name: str, seconds: float | None = None) -> None:
        """Undo one hold; the claim ends `seconds` (LINGER_SECONDS) after the last one."""
        linger = LINGER_SECONDS if seconds is None else seconds
        with self._mutex:
            self._until[name] = max(self._until[name], time.monotonic() + linger)
            if self._held[name] > 1:
                self._held[name] -= 1
            else:
                del self._held[name]

    def end_released(self) -> None:
        """Remove the claims whose time is over."""
        now = time.monotonic()
        with self._mutex:
            while self._ends and self._ends[0][0] <= now:
                _, name = heapq.heappop(self._ends)
                if name in self._held:
                    heapq.heappush(self._ends, (now + RECHECK_SECONDS, name))
                elif self._until[name] > now:
                    heapq.heappush(self._ends, (self._until[name], name))
                else:
                    del self._until[name]
                    self._saved.discard(name)
                    _file(self._own, name).unlink(missing_ok=True)

    def is_claimed(self, name: str) -> bool:
        """Whether a live process has the picture in hand."""
        with self._mutex:
            if name in self._held or self._until.get(name, 0.0) > time.monotonic():
                return True
        return any(
            _file(node, name).exists() and _lives(node)
            for node in self._folder.iterdir()
            if node.is_dir() and node != self._own
        )

    @contextlib.contextmanager
    def no_new_claims(self) -> Iterator[None]:
        """While the context lasts, no process can create a claim."""
        with self._guarded(fcntl.LOCK_EX):
            yield

    @contextlib.contextmanager
    def _guarded(self, how: int) -> Iterator[None]:
        """Lock GUARD, after those that began to wait for it earlier."""
        with contextlib.ExitStack() as turn:
            turn.enter_context(_locked(self._folder / TURN, fcntl.LOCK_EX))
            guard = _lock(self._folder / GUARD, how)
        try:
            yield
        finally:
            os.close(guard)


def _file(node: Path, name: str) -> Path:
    return node / f"{name}.claim"


def _lives(node: Path) -> bool:
    try:
        os.close(_lock(node / ALIVE, fcntl.LOCK_EX | fcntl.LOCK_NB))
    except BlockingIOError:
        return True
    return False


def _lock(path: Path, how: int) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, how)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


@contextlib.contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    descriptor = _lock(path, how)
    try:
        yield
    finally:
        os.close(descriptor)
