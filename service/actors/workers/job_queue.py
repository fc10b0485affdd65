"""Job queue: what was delivered to a pool and waits for a worker, in the order of the stream."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from service.actors.workers.attempt import WorkerContext
from service.actors.workers.failures.suspects import Suspects
from service.actors.workers.start_checks import (
    ALL_WANTED,
    NOT_WANTED,
    Found,
    StartChecks,
    attempt_of,
)
from service.messages import PRIORITIES, Wanted
from service.store.redis.streams import Delivery
from service.store.sql.requests.request_records import AttemptKey


class JobQueue:
    """Gives each attempt to a worker once.

    `drop` is called with duplicates and with jobs of ended requests: they are over. `on_checked` is
    called when jobs that were to be taken have been checked.
    """

    def __init__(
        self,
        context: WorkerContext,
        drop: Callable[[Delivery[Wanted]], None],
        on_checked: Callable[[], None],
    ) -> None:
        self._drop = drop
        self._checks = StartChecks(context, on_checked)
        self.waiting: deque[Delivery[Wanted]] = deque()
        """What may be taken, in its order."""
        self._begun: set[AttemptKey] = set()
        self._suspects = Suspects()

    def __len__(self) -> int:
        return len(self.waiting)

    def __iter__(self) -> Iterator[Delivery[Wanted]]:
        """All that waits, also suspects that wait for another one."""
        yield from self.waiting
        yield from self._suspects

    def add(self, deliveries: Sequence[Delivery[Wanted]], *, in_turn: bool = False) -> None:
        """Queue deliveries by priority, then in the order of the stream.

        They arrive over two connections, so a later entry may arrive first. `in_turn` means that
        these are already in order among themselves.
        """
        if not deliveries:
            return
        in_turn = in_turn and not self.waiting
        self.waiting.extend(deliveries)
        if not in_turn:
            self.waiting = deque(sorted(self.waiting, key=_order))

    def take(self, count: int) -> deque[Delivery[Wanted]] | None:
        """Remove up to so many, and return those that may begin now.

        None if they have to be checked first.
        """
        first = list(islice(self.waiting, count))
        found = self._checks.found(first)
        if found is None:
            return None
        for _ in first:
            self.waiting.popleft()
        return deque(first) if found is ALL_WANTED else self._to_begin(first, found)

    async def take_all(self) -> deque[Delivery[Wanted]]:
        """Remove all that wait, and return those that may begin now."""
        found = await self._checks.read(list(self.waiting))
        checked = [delivery for delivery in self.waiting if attempt_of(delivery) in found]
        self.waiting = deque(each for each in self.waiting if attempt_of(each) not in found)
        return self._to_begin(checked, found)

    def _to_begin(
        self, deliveries: Sequence[Delivery[Wanted]], found: Found
    ) -> deque[Delivery[Wanted]]:
        out: deque[Delivery[Wanted]] = deque()
        for delivery in deliveries:
            attempt = attempt_of(delivery)
            check = found.pop(attempt, NOT_WANTED)  # not wanted a second time
            if not check.is_wanted or attempt in self._begun:
                self._drop(delivery)
                self.add(self._suspects.finish(delivery))  # not `end`: its twin may have a worker
            elif not (check.was_cut_off and self._suspects.hold_back(delivery)):
                out.append(delivery)
        return out

    def remove(self, which: Callable[[Wanted], bool]) -> list[Delivery[Wanted]]:
        """Remove and return some of what waits, except suspects."""
        removed = [delivery for delivery in self.waiting if which(delivery.message)]
        for delivery in removed:
            self.waiting.remove(delivery)
        return removed

    def put_back(self, taken: deque[Delivery[Wanted]]) -> None:
        """Queue what was taken and not begun again, before all others."""
        self.waiting.extendleft(reversed(taken))

    def begin(self, batch: Iterable[Delivery[Wanted]]) -> None:
        """Record that these have a worker: what comes a second time is dropped."""
        self._begun.update([(each.message.id, each.message.attempt) for each in batch])

    def give_back(self, batch: Sequence[Delivery[Wanted]]) -> None:
        """Queue again what has a worker that did not come to it."""
        self._begun.difference_update(map(attempt_of, batch))
        self.add(batch)

    def end(self, delivery: Delivery[Wanted]) -> None:
        """Record that the attempt of a delivery has ended; suspects behind it may begin."""
        message = delivery.message
        self._begun.discard((message.id, message.attempt))
        if delivery is self._suspects.at_work:
            self.add(self._suspects.finish(delivery))

    def clear(self) -> None:
        """Forget all that waits: it stays pending and is delivered again."""
        self.waiting.clear()
        self._suspects.clear()


def _order(delivery: Delivery[Wanted]) -> tuple[int, ...]:
    return PRIORITIES.index(delivery.message.priority), *map(int, delivery.entry.split(b"-"))
