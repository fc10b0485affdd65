"""Why a pool begins nothing for a while, although it is not paused."""

from __future__ import annotations

from typing import NamedTuple


class Waits(NamedTuple):
    """The reason, as a sentence, and the seconds until the pool continues, as far as is known."""

    reason: str
    seconds: float
