"""Client times: the generation time that each client had of a pool in the last minute."""

from __future__ import annotations

import time
from collections import Counter, deque

SLOT_SECONDS = 10.0
SLOT_COUNT = 6
MAX_CLIENTS = 1000  # counted in a slot; the time of further ones is not attributed


class ClientTimes:
    """Seconds of generation by client, in slots of some seconds."""

    def __init__(self) -> None:
        self._slots: deque[Counter[str]] = deque([Counter()], maxlen=SLOT_COUNT)
        self._until = time.monotonic() + SLOT_SECONDS

    def add(self, client: str, seconds: float) -> None:
        """Count a generation that has ended."""
        now = time.monotonic()
        if now >= self._until:
            self._advance(now)
        slot = self._slots[-1]
        if client in slot or len(slot) < MAX_CLIENTS:
            slot[client] += seconds  # type: ignore[assignment] # Counter takes any number

    def shares(self) -> dict[str, float]:
        """The share of each client that had any, from 0 to 1."""
        now = time.monotonic()
        if now >= self._until:
            self._advance(now)
        total: Counter[str] = Counter()
        for slot in self._slots:
            total.update(slot)
        whole = sum(total.values())
        return {client: seconds / whole for client, seconds in total.items()} if whole else {}

    def _advance(self, now: float) -> None:
        """Begin a slot for this time; those of a longer time without any are empty."""
        passed = min(SLOT_COUNT, 1 + int((now - self._until) / SLOT_SECONDS))
        self._slots.extend(Counter() for _ in range(passed))
        self._until = now + SLOT_SECONDS
