"""Workers of a pool, which are consumers in Redis: which are idle, and which leave."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from operator import attrgetter

from service.messages import Wanted
from service.store.redis.streams import Delivery


@dataclass(eq=False, slots=True)
class Worker:
    """One worker, a consumer in Redis: generating, in a direct call, reading, or idle."""

    name: str
    number: int
    task: asyncio.Task[None] | None = None
    batch: deque[Delivery[Wanted]] = field(default_factory=deque)
    """The delivery being generated, and those after it in the row if none has to wait."""
    direct: str | None = None
    """The client of the direct call that it generates for."""
    idle: bool = False
    reading: bool = False
    interrupted: bool = False
    late: bool = False
    """Whether it was interrupted at its time limit."""


class WorkerSet:
    """Up to `size` workers; sets `wake` when a surplus one has left."""

    def __init__(self, wake: asyncio.Event) -> None:
        self.size = 0
        self.workers: dict[str, Worker] = {}
        self.idle: deque[Worker] = deque()
        self.has_left = False  # whether a worker was removed whose consumer still exists
        self._wake = wake

    @property
    def busy(self) -> int:
        """The number of workers that are generating."""
        return sum(worker.task is not None for worker in self.workers.values())

    def wake(self) -> None:
        """Wake the pool: something has finished."""
        self._wake.set()

    def add_worker(self, name: str, number: int) -> None:
        """Add a worker, unless there is one of this name."""
        if name not in self.workers:
            self.workers[name] = worker = Worker(name, number)
            self.release_worker(worker)

    def remove_surplus(self) -> None:
        """Remove surplus workers that are idle; the others leave when they have finished."""
        for worker in [w for w in self.idle if w.number > self.size]:
            self.idle.remove(worker)
            del self.workers[worker.name]

    def lowest_first(self) -> None:
        """Put the idle worker with the lowest number in front: it becomes surplus last."""
        if self.idle:
            lowest = min(self.idle, key=attrgetter("number"))
            self.idle.remove(lowest)
            self.idle.appendleft(lowest)

    def next_idle(self) -> Worker:
        """Remove and return the first idle worker."""
        worker = self.idle.popleft()
        worker.idle = False
        return worker

    def release_worker(self, worker: Worker, *, next_one: bool = False) -> None:
        """Make a worker that has finished idle, or remove it if it is surplus."""
        if worker.task is not None or worker.reading or worker.idle:
            return
        if worker.number <= self.size:
            worker.idle = True
            if next_one:
                self.idle.appendleft(worker)
            else:
                self.idle.append(worker)
        elif self.workers.pop(worker.name, None):
            self.has_left = True
            self._wake.set()

    def any_free(self) -> bool:
        """Whether a worker can begin a job."""
        return bool(self.idle) or self._waiting_worker() is not None

    def next_free(self) -> Worker | None:
        """Remove and return a worker that can begin a job; None if there is none."""
        # a worker in the blocking read is free as well: others can do the jobs of that read
        return self.next_idle() if self.idle else self._waiting_worker()

    def _waiting_worker(self) -> Worker | None:
        return next((w for w in self.workers.values() if w.reading and w.task is None), None)


def interrupt(worker: Worker, at: Delivery[Wanted], *, late: bool = False) -> None:
    """Stop a worker if it is still generating this; `late` means at its time limit."""
    if worker.task is None or not worker.batch or worker.batch[0] is not at:
        return
    if not worker.interrupted or not late:  # an ended request does not also fail as late
        worker.interrupted, worker.late = True, late
        worker.task.cancel()
