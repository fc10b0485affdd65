"""Start checks: what is to be known of attempts before they begin."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from service.actors.workers.attempt import WorkerContext
from service.messages import Wanted
from service.store.errors import DatabaseUnavailable
from service.store.redis.streams import Delivery
from service.store.sql.requests.request_records import AttemptKey


@dataclass(frozen=True, slots=True)
class StartCheck:
    """What was found about an attempt.

    `is_wanted`: its request has not ended, and it has not begun already. `was_cut_off`: a process
    died during the attempt before it.
    """

    is_wanted: bool
    was_cut_off: bool = False


WANTED = StartCheck(True)
NOT_WANTED = StartCheck(False)

Found = dict[AttemptKey, StartCheck]

ALL_WANTED: Found = {}
"""Stands for checks that are all WANTED, of attempts that come for the first time: most are."""


class StartChecks:
    """Checks attempts: at once those that only this process knows, others in the database."""

    def __init__(self, context: WorkerContext, on_found: Callable[[], None]) -> None:
        """`on_found` is called when what was missing is known."""
        self._context = context
        self._on_found = on_found
        self._found: Found = {}
        self._reading: asyncio.Task[None] | None = None

    def found(self, deliveries: Sequence[Delivery[Wanted]]) -> Found | None:
        """What is known of all of these attempts; None if some of it has to be read first.

        Then a task begins to read it.
        """
        attempts = {(each.message.id, each.message.attempt) for each in deliveries}
        missing = attempts - self._found.keys()
        untouched = self._context.requests.untouched(self._context.kind, missing)
        if len(untouched) == len(deliveries):
            return ALL_WANTED
        if len(untouched) == len(missing):
            found = dict.fromkeys(untouched, WANTED)
            if len(missing) < len(attempts):
                found |= {attempt: self._found.pop(attempt) for attempt in attempts - missing}
            return found
        self._found |= dict.fromkeys(untouched, WANTED)
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_all(deliveries), name="start checks")
        return None

    async def _read_all(self, deliveries: Sequence[Delivery[Wanted]]) -> None:
        """Read all of them, not what is missing: the next look may ask for more."""
        try:
            self._found = await self.read(deliveries)
        finally:
            self._reading = None
        self._on_found()
        self._found.clear()  # what has not begun now may end before it does

    async def read(self, deliveries: Iterable[Delivery[Wanted]]) -> Found:
        """Read what is to be known of these attempts.

        While the database is away all count as wanted: a duplicate result is dropped when stored.
        """
        requests, kind = self._context.requests, self._context.kind
        wanted = {attempt_of(delivery): delivery.message for delivery in deliveries}
        try:
            pending: Collection[AttemptKey] = await requests.still_wanted(kind, wanted)
            later = [
                key
                for key, message in wanted.items()
                if key in pending and message.attempt - message.base > 1
            ]
            cut_off = {key for key in later if await requests.was_cut_off(key[0], kind)}
        except DatabaseUnavailable:
            return dict.fromkeys(wanted, WANTED)
        return {
            key: StartCheck(True, key in cut_off) if key in pending else NOT_WANTED
            for key in wanted
        }


def attempt_of(delivery: Delivery[Wanted]) -> AttemptKey:
    """The attempt that a message asks for."""
    return delivery.message.id, delivery.message.attempt
