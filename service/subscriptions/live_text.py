"""Live text: a text while a worker of this process writes it, for streams that show it at once.

The log of a request has the same text, a little later and in larger pieces: it passes through Redis
and SQLite, which every process and a client that comes back can read.
"""

from __future__ import annotations

import asyncio

from service.subscriptions.signals import Signal

PACE_SECONDS_OF_EACH = 0.0002  # between two changes, for each followed request: 5,000 a second


class LiveText(Signal):
    """The text of one request, as far as it is written. A new attempt begins it again."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._loop = asyncio.get_running_loop()
        self._shown_at = 0.0  # loop time of the last change
        self._timer: asyncio.TimerHandle | None = None

    def grow(self, text: str, pace: float) -> None:
        """Show this text: at once, or `pace` seconds after the last change if that is later."""
        self.text = text
        if self._timer is not None:
            return
        wait = self._shown_at + pace - self._loop.time()
        if wait > 0:
            self._timer = self._loop.call_later(wait, self._show)
        else:
            self._show()

    def close(self) -> None:
        """Show nothing more."""
        if self._timer is not None:
            self._timer.cancel()

    def _show(self) -> None:
        self._timer = None
        self._shown_at = self._loop.time()
        self.notify()
