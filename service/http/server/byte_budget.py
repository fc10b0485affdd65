"""A bound on the bytes that this process holds for all clients together."""

from __future__ import annotations

import time
from typing import Protocol

import structlog

log = structlog.get_logger()

REMINDER_SECONDS = 60.0  # between two warnings about the same trouble


class Holder(Protocol):
    """A connection for which bytes are held."""

    def cut_off(self) -> None:
        """End the connection at once, so that its bytes are freed."""


class ByteBudget:
    """The bytes held for each connection. Beyond `max_bytes` the longest holder is cut off.

    An honest client needs its bytes for a moment, so the longest holder is the one that stalls.
    """

    def __init__(self, what: str, max_bytes: int) -> None:
        self.total = 0
        self._what = what
        self.max_bytes = max_bytes
        self.max_answer = max_bytes // 2  # bytes counted for one answer, so that any answer fits
        self._held: dict[Holder, int] = {}  # in the order in which they began to hold something
        self._warned_at = -REMINDER_SECONDS

    def __contains__(self, holder: Holder) -> bool:
        return holder in self._held

    def hold(self, holder: Holder, size: int) -> None:
        """Set the number of bytes held for this connection; 0 for none."""
        self.total += size - self._held.get(holder, 0)
        if size:
            self._held[holder] = size
        else:
            self._held.pop(holder, None)
        while self.total > self.max_bytes:
            self._cut_off_longest()

    def _cut_off_longest(self) -> None:
        longest = next(iter(self._held))
        self.total -= self._held.pop(longest)
        longest.cut_off()
        now = time.monotonic()
        if now - self._warned_at > REMINDER_SECONDS:
            self._warned_at = now
            log.warning(
                "clients are cut off: too many bytes are held for them",
                held=self._what,
                max_bytes=self.max_bytes,
            )
