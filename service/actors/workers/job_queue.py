"""Job queue: what was delivered to a pool and waits for a worker, in the order of the stream."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from service.actors.workers.attempt import WorkerContext
from service.actors.workers.suspects import Suspects
from service.messages import PRIORITIES, Wanted
from service.store.errors import DatabaseUnavailable
from service.store.redis.streams import Delivery
from service.store.sql.request_records import AttemptKey


class JobQueue:
    """Gives each attempt to a worker once.

    `drop` is called with duplicates and with jobs of ended requests: they are over.
    """

    def __init__(self, context: WorkerContext, drop: Callable[[Delivery[Wanted]], None]) -> None:
        self._context = context
        self._drop = drop
        self._waiting: deque[Delivery[Wanted]] = deque()
        self._begun: set[AttemptKey] = set()
        self._suspects = Suspects(partial(context.requests.was_cut_off, kind=context.kind))

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Delivery[Wanted]]:
        """All that waits, also suspects that wait for another one."""
        yield from self._waiting
        yield from self._suspects

    def add(self, deliveries: Sequence[Delivery[Wanted]], *, in_turn: bool = False) -> None:
        """Queue deliveries by priority, then in the order of the stream.

        They arrive over two connections, so a later entry may arrive first. `in_turn` means that
        these are already in order among themselves.
        """
        if not deliveries:
            return
        in_turn = in_turn and not self._waiting
        self._waiting.extend(deliveries)
        if not in_turn:
            self._waiting = deque(sorted(self._waiting, key=_order))

    def take(self, count: int) -> deque[Delivery[Wanted]]:
        """Remove up to so many, and return those that may begin now."""
        deliveries = [self._waiting.popleft() for _ in range(min(count, len(self._waiting)))]
        attempts = [_attempt(delivery) for delivery in deliveries]
        try:
            pending = self._context.requests.still_wanted(self._context.kind, attempts)
        except DatabaseUnavailable:
            pending = set(attempts)  # safe: a duplicate result is dropped when stored
        pending -= self._begun
        out: deque[Delivery[Wanted]] = deque()
        for attempt, delivery in zip(attempts, deliveries, strict=True):
            if attempt in pending:
                pending.remove(attempt)
                if attempt[1] == 1 or not self._suspects.hold_back(delivery):
                    out.append(delivery)
            else:
                self._drop(delivery)
                self._release_suspects(delivery)  # not `end`: its twin may have a worker
        return out

    def put_back(self, taken: deque[Delivery[Wanted]]) -> None:
        """Queue what was taken and not begun again, before all others."""
        self._waiting.extendleft(reversed(taken))

    def begin(self, batch: Iterable[Delivery[Wanted]]) -> None:
        """Record that these have a worker: what comes a second time is dropped."""
        self._begun.update(map(_attempt, batch))

    def give_back(self, batch: Sequence[Delivery[Wanted]]) -> None:
        """Queue again what has a worker that did not come to it."""
        self._begun.difference_update(map(_attempt, batch))
        self.add(batch)

    def end(self, delivery: Delivery[Wanted]) -> None:
        """Record that the attempt of a delivery has ended; suspects behind it may begin."""
        self._begun.discard(_attempt(delivery))
        self._release_suspects(delivery)

    def _release_suspects(self, delivery: Delivery[Wanted]) -> None:
        if delivery is self._suspects.at_work:
            self.add(self._suspects.finish(delivery))

    def clear(self) -> None:
        """Forget all that waits: it stays pending and is delivered again."""
        self._waiting.clear()
        self._suspects.clear()


def _attempt(delivery: Delivery[Wanted]) -> AttemptKey:
    wanted = delivery.message
    return wanted.id, wanted.attempt


def _order(delivery: Delivery[Wanted]) -> tuple[int, ...]:
    return PRIORITIES.index(delivery.message.priority), *map(int, delivery.entry.split(b"-"))
