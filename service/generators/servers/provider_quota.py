"""Provider quota: how many more requests a server accepts, as its answers say in their headers."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from service.generators.protocol import Quota

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
WHOLE = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+|\d+(?:\.\d+)?", re.ASCII)
MAX_CHARACTERS = 40
MAX_SECONDS = 86_400.0  # longer ones are points in time, or mistakes


class ProviderQuota:
    """What `x-ratelimit-remaining-…` and `-reset-…` of the latest answer say."""

    def __init__(self) -> None:
        self._left = 0
        self._until = 0.0  # time.monotonic()

    def observe(self, headers: Mapping[str, str]) -> None:
        """Remember what an answer says; one that says nothing changes nothing."""
        left, seconds = None, 0.0
        for of in ("requests", "tokens"):
            remaining = headers.get(f"x-ratelimit-remaining-{of}", "")
            reset = duration(headers.get(f"x-ratelimit-reset-{of}", ""))
            if not remaining.isascii() or not remaining.isdecimal() or not reset:
                continue
            count = int(remaining[:12])
            if of == "tokens" and count:
                continue  # how many a job needs is unknown
            if left is None or (count, -reset) < (left, -seconds):
                left, seconds = count, reset
        if left is not None:
            self._left, self._until = left, time.monotonic() + seconds

    def quota(self) -> Quota | None:
        """How many more requests are accepted for how long; None without news since the last call.

        The requests sent in between would have to be subtracted.
        """
        seconds, self._until = self._until - time.monotonic(), 0.0
        return Quota(self._left, seconds) if seconds > 0 else None


def duration(text: str) -> float | None:
    """Seconds in "6m0s", "20ms" or "1.5"; None for other texts."""
    text = text.strip().lower()
    if len(text) > MAX_CHARACTERS or not WHOLE.fullmatch(text):
        return None
    parts = DURATION.findall(text)
    seconds = sum(float(number) * UNITS[unit] for number, unit in parts) if parts else float(text)
    return seconds if seconds <= MAX_SECONDS else None
