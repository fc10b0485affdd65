"""Suspects: jobs that were running when a process died. They are retried one at a time.

A job that kills the process thus takes other jobs with it only once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.messages import Wanted
from service.store.redis.streams import Delivery


class Suspects:
    """Runs at most one suspect at a time."""

    def __init__(self) -> None:
        self.at_work: Delivery[Wanted] | None = None
        self._waiting: list[Delivery[Wanted]] = []

    def __iter__(self) -> Iterator[Delivery[Wanted]]:
        return iter(self._waiting)

    def hold_back(self, delivery: Delivery[Wanted]) -> bool:
        """Whether a suspect has to wait, until the one that runs has ended."""
        if delivery is self.at_work:
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
