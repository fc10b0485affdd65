"""Worker: one of a pool, a consumer in Redis."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

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
    idle: bool = False
    reading: bool = False
    interrupted: bool = False
    late: bool = False
    """Whether it was interrupted at its time limit."""


def interrupt(worker: Worker, at: Delivery[Wanted], *, late: bool = False) -> None:
    """Stop a worker if it is still generating this; `late` means at its time limit."""
    if worker.task is None or not worker.batch or worker.batch[0] is not at:
        return
    if not worker.interrupted or not late:  # an ended request does not also fail as late
        worker.interrupted, worker.late = True, late
        worker.task.cancel()
