"""Mover: moves the jobs of a pool that cannot work to their fallback models.

Those of a model that was removed, and that have none, fail after a while.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping

from service.actors.workers.attempt import JobOutcome, WorkerContext, removed
from service.actors.workers.executor import Executor
from service.actors.workers.failures.fallbacks import Fallbacks, PartNeeds
from service.actors.workers.limits.client_limit import MOST_HELD
from service.actors.workers.pool_state import PoolState
from service.actors.workers.worker import Worker
from service.messages import Moved, Wanted
from service.store.redis.streams import Delivery


class Mover:
    """Moves jobs while the pool cannot work."""

    def __init__(
        self,
        executor: Executor,
        fallbacks: Fallbacks,
        context: WorkerContext,
        pool: PoolState,
    ) -> None:
        self._executor = executor
        self._fallbacks = fallbacks
        self._kind, self._model = context.kind, context.pool
        self._context = context
        self._pool = pool
        self._needs: dict[str, PartNeeds] = {}

    @property
    def active(self) -> bool:
        """Whether jobs move now, as far as they have a fallback."""
        if not (self._fallbacks.configured or self._pool.leaving):
            return False
        return self._pool.cannot_work is not None

    def readers(self) -> list[Worker]:
        """A worker that reads jobs to move them, also a busy one; none if enough wait here."""
        executor = self._executor
        if len(executor.jobs) >= MOST_HELD or not executor.workers:
            return []
        worker = executor.next_idle() if executor.idle else next(iter(executor.workers.values()))
        worker.reading = True
        return [worker]

    async def move_on(self) -> None:
        """Finish the jobs that have a fallback, as moved; the others keep waiting."""
        why, leaving = self._pool.cannot_work, self._pool.leaving
        if why is None or not (self._fallbacks.configured or leaving):
            return
        over = leaving and time.monotonic() > leaving
        jobs, staying = self._executor.jobs, deque[Delivery[Wanted]]()
        held = {delivery.message.id for delivery in jobs}
        ahead = {
            id_: to
            for id_, needs in (await self._needs_of(held)).items()
            if (to := self._fallbacks.after(self._model, needs)) is not None
        }
        if not (ahead or over or len(jobs) >= MOST_HELD):
            return  # with so many, those of requests that have ended make way for others
        for delivery in await jobs.take_all():
            wanted = delivery.message
            to = ahead.get(wanted.id)
            if to is None and not (over and wanted.id in held):
                staying.append(delivery)
                continue
            outcome: JobOutcome = removed(self._context, wanted)
            if to is not None:
                outcome = Moved(
                    wanted.id, self._kind, self._model, to.model, to.reason(why), wanted.attempt - 1
                )
            self._executor.finished.append((delivery, outcome))
            jobs.end(delivery)
        jobs.put_back(staying)
        self._executor.wake()

    async def _needs_of(self, held: set[str]) -> Mapping[str, PartNeeds]:
        """What the jobs that wait here need, as far as it is known; each is read once."""
        self._needs = {id_: needs for id_, needs in self._needs.items() if id_ in held}
        for id_ in held - self._needs.keys():
            if (needs := await self._fallbacks.needs(id_, self._kind)) is not None:
                self._needs[id_] = needs
        return self._needs
