"""Shared look: what other processes may have changed, and what is due, in one query a second.

A process that shares its database with others looks here first, so that an idle one costs little.
A process that has all for itself reads each where it is needed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from service import clock
from service.store.database import Database
from service.store.sql.feeds.posts import MICROSECONDS, MOST_AHEAD_US

FRESH_SECONDS = 1.0  # that one look serves everybody

_FACTS = """
SELECT 'pause' AS what, pool AS name, paused_at AS at, 0.0 AS value FROM pool_pauses
UNION ALL SELECT 'shift', '', since, shift FROM clock_shifts
UNION ALL SELECT 'weight', name, 0.0, weight FROM api_keys WHERE revoked_at IS NULL AND weight <> 1
UNION ALL SELECT 'restamped', '', 0.0, 0.0 WHERE EXISTS (SELECT 1 FROM restamped_posts)
"""
# ?1: now, ?2: the shown time in microseconds, ?3: the latest plausible time of a post
_DUE = """
UNION ALL SELECT 'retries', '', 0.0, 0.0
  WHERE EXISTS (SELECT 1 FROM parts WHERE retry_at <= ?1 AND status = 'queued')
UNION ALL SELECT 'deadlines', '', 0.0, 0.0
  WHERE EXISTS (SELECT 1 FROM requests
                WHERE start_by <= ?1 AND start_by IS NOT NULL AND status = 'queued')
    OR EXISTS (SELECT 1 FROM requests WHERE finish_by <= ?1 AND finish_by IS NOT NULL
                 AND status IN ('queued', 'generating'))
UNION ALL SELECT 'scheduled', '', 0.0, 0.0
  WHERE EXISTS (SELECT 1 FROM scheduled_posts WHERE publish_us <= ?2)
UNION ALL SELECT 'stamps', '', 0.0, 0.0
  WHERE EXISTS (SELECT 1 FROM posts WHERE created_us > ?3)
"""


@dataclass(frozen=True, slots=True)
class Look:
    """What a look has found."""

    pauses: dict[str, float] = field(default_factory=dict)
    """When a pool was paused, by its name."""
    shifts: tuple[clock.Shift, ...] = ()
    weights: dict[str, int] = field(default_factory=dict)
    """The weights of API keys by name, but for those of 1."""
    facts: frozenset[str] = frozenset()
    """Of `restamped`, `retries`, `deadlines`, `scheduled` and `stamps`, those there are."""


class SharedLook:
    """Looks at most once a second, for all who ask in a process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last = Look()
        self._looked_at = 0.0  # time.monotonic()
        self._looking = asyncio.Lock()
        self.leads: Callable[[], bool] = lambda: True
        """Whether this process needs to know what is due."""

    async def now(self) -> Look:
        """What was found in the last second. Raises DatabaseUnavailable."""
        async with self._looking:
            if time.monotonic() - self._looked_at > FRESH_SECONDS:
                self._looked_at = (
                    time.monotonic()
                )  # before: what happens during a look is forgotten
                try:
                    self._last = await self._look()
                except BaseException:
                    self.forget()
                    raise
            return self._last

    def forget(self) -> None:
        """Look again at the next call: something has changed."""
        self._looked_at = 0.0

    async def _look(self) -> Look:
        sql = _FACTS
        parameters: tuple[float, ...] = ()
        if self.leads():
            shown_us = int(clock.wall() * MICROSECONDS)
            sql, parameters = _FACTS + _DUE, (clock.now(), shown_us, shown_us + MOST_AHEAD_US)
        found: dict[str, list[tuple[str, float, float]]] = {}
        for what, *row in await self._database.all(sql, *parameters):
            found.setdefault(what, []).append(tuple(row))
        return Look(
            {name: at for name, at, _ in found.get("pause", ())},
            tuple(sorted((at, shift) for _, at, shift in found.get("shift", ()))),
            {name: int(weight) for name, _, weight in found.get("weight", ())},
            frozenset(found),
        )
