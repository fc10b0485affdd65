"""Mover: moves the jobs of a pool that cannot work to their fallback models."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from service.actors.workers.attempt import WorkerContext
from service.actors.workers.client_limit import MOST_HELD
from service.actors.workers.executor import Executor
from service.actors.workers.fallbacks import Fallbacks
from service.actors.workers.worker import Worker
from service.messages import Moved, Wanted
from service.store.redis.streams import Delivery


class Mover:
    """Moves jobs while the pool cannot work; `why` returns the reason, or None while it can."""

    def __init__(
        self,
        executor: Executor,
        fallbacks: Fallbacks,
        context: WorkerContext,
        why: Callable[[], str | None],
    ) -> None:
        self._executor = executor
        self._fallbacks = fallbacks
        self._kind, self._model = context.kind, context.pool
        self._why = why

    @property
    def active(self) -> bool:
        """Whether jobs move now, as far as they have a fallback."""
        return self._fallbacks.configured and self._why() is not None

    def readers(self) -> list[Worker]:
        """A worker that reads jobs to move them, also a busy one; none if enough wait here."""
        executor = self._executor
        if len(executor.jobs) >= MOST_HELD or not executor.workers:
            return []
        worker = executor.next_idle() if executor.idle else next(iter(executor.workers.values()))
        worker.reading = True
        return [worker]

    def move_on(self) -> None:
        """Finish the jobs that have a fallback, as moved; the others keep waiting."""
        why = self._why()
        if why is None or not self._fallbacks.configured:
            return
        jobs, staying = self._executor.jobs, deque[Delivery[Wanted]]()
        for delivery in jobs.take(len(jobs)):
            wanted = delivery.message
            to = self._fallbacks.after(self._model, wanted.id, self._kind)
            if to is None:
                staying.append(delivery)
                continue
            moved = Moved(wanted.id, self._kind, self._model, to, why, wanted.attempt - 1)
            self._executor.finished.append((delivery, moved))
            jobs.end(delivery)
        jobs.put_back(staying)
        self._executor.wake()
