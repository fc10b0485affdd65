"""Outage: how long a generator has been away, and which jobs have waited for it long enough.

A job that finds its generator away stays in the pool and uses up no attempt. It fails when it has
waited long enough in one outage.
"""

from __future__ import annotations

import contextlib
import time

import msgspec

from service import clock
from service.actors.workers.attempt import WorkerContext
from service.messages import Failed, Wanted
from service.request_ids import time_of_id
from service.store.errors import DatabaseUnavailable
from service.store.sql.requests.request_records import AttemptKey


class Outage:
    """The current outage. Jobs wait `context.outage()` seconds; 0 makes it an ordinary failure."""

    def __init__(self, context: WorkerContext) -> None:
        self._context = context
        self._since: float | None = None  # time.monotonic()
        self._latest: Failed | None = None  # the latest failure with cause "away"
        self._waiting_since: dict[
            AttemptKey, float
        ] = {}  # time.monotonic() of each job's first try
        self.is_over = False  # whether the generator has worked since that failure
        self._worked = False  # whether the generator has worked since this process began

    @property
    def tolerated(self) -> bool:
        """Whether jobs wait for a generator that is away."""
        return self._context.outage() > 0

    @property
    def exhausted(self) -> bool:
        """Whether the outage has lasted so long that jobs fail."""
        return self._since is not None and time.monotonic() - self._since >= self._context.outage()

    async def add_job(self, wanted: Wanted, away: Failed) -> bool:
        """Record that a job found the generator away; returns whether for the first time."""
        self._latest, self.is_over = away, False
        key, now = (wanted.id, wanted.attempt), time.monotonic()
        if key in self._waiting_since:
            return False
        began = None
        if not self._worked:  # the outage may have begun before this process
            with contextlib.suppress(DatabaseUnavailable):
                began = await self._context.requests.first_failure(self._context.kind, *key)
        waited = 0.0 if began is None else max(0.0, clock.now() - began)
        self._waiting_since[key] = now - waited
        self._since = min(now - waited, now if self._since is None else self._since)
        return began is None

    def end(self) -> None:
        """Record that the generator works."""
        self.is_over = self._worked = True
        if self._since is not None:
            self._since = None
            self._waiting_since.clear()

    def failure(self, wanted: Wanted) -> Failed | None:
        """The final failure of a job that has waited long enough; None for others."""
        waited, latest = self._waited(wanted), self._latest
        if latest is None or waited < self._context.outage():
            return None
        return msgspec.structs.replace(
            latest,
            origin=msgspec.structs.replace(latest.origin, started_at=clock.now(), seconds=0.0),
            id=wanted.id,
            attempt=wanted.attempt,
            base=wanted.base,
            reason=f"{latest.reason} It was tried for {in_words(waited)}.",
            retryable=False,
            retry_after=None,
            cause="job",
        )

    def _waited(self, wanted: Wanted) -> float:
        """Seconds of this outage that the job has waited; no clock step can lengthen it."""
        if self._since is None:
            return 0.0
        now = time.monotonic()
        accepted = time_of_id(wanted.id)
        age = 0.0 if accepted is None else clock.now() - accepted
        waited = now - self._waiting_since.get((wanted.id, wanted.attempt), now)
        return min(now - self._since, max(age, waited))


def in_words(seconds: float) -> str:
    """A duration in words: "45 seconds", "10 minutes", "2 hours"."""
    whole = max(1, round(seconds))
    unit, size = "second", 1
    for longer, length in (("minute", 60), ("hour", 3600)):
        if whole == length or whole >= 2 * length:
            unit, size = longer, length
    count = round(whole / size)
    return f"{count} {unit}{'s' * (count != 1)}"
