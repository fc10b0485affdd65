"""Suspects: jobs that were running when a process died. They are retried one at a time.

A job that kills the process thus takes other jobs with it only once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from service.messages import Wanted
from service.store.errors import DatabaseUnavailable
from service.store.redis.streams import Delivery


class Suspects:
    """Runs at most one suspect at a time; `was_cut_off` says whether a request has one."""

    def __init__(self, was_cut_off: Callable[[str], bool]) -> None:
        self._was_cut_off = was_cut_off
        self.at_work: Delivery[Wanted] | None = None
        self._waiting: list[Delivery[Wanted]] = []

    def __iter__(self) -> Iterator[Delivery[Wanted]]:
        return iter(self._waiting)

    def hold_back(self, delivery: Delivery[Wanted]) -> bool:
        """Whether a job has to wait. First attempts are never suspects and are not looked up."""
        wanted = delivery.message
        if wanted.attempt - wanted.base == 1 or delivery is self.at_work:
            return False
        try:
            if not self._was_cut_off(wanted.id):
                return False
        except DatabaseUnavailable:
            return False
        if self.at_work is None:
            self.at_work = delivery
            return False
        self._waiting.append(delivery)
        return True

    def finish(self, delivery: Delivery[Wanted]) -> Sequence[Delivery[Wanted]]:
        """Record that an attempt has ended; returns those that may begin after it."""
        if delivery is not self.at_work:
            return ()
        self.at_work = None
        return self.clear()

    def clear(self) -> Sequence[Delivery[Wanted]]:
        """Remove and return all that wait."""
        waiting, self._waiting = self._waiting, []
        return waiting
