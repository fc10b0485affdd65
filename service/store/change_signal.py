"""A signal that something was changed in the database, here or by another node that tells of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class ChangeSignal(asyncio.Event):
    """Set whenever something has changed."""

    announce: Callable[[], None] | None = None
    """Tells other nodes of a change here, if there are any."""

    def set(self) -> None:
        """Wake those who wait, on all nodes."""
        super().set()
        if self.announce is not None:
            self.announce()

    def set_here(self) -> None:
        """Wake those who wait in this process."""
        super().set()
