"""The state of a pool that others see: its workers, its generator, and whether it is paused."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import structlog

from service.actors.workers.attempt import AttemptOutcome, WorkerContext, ignore_piece
from service.actors.workers.executor import Executor
from service.config import WorkerBounds
from service.generators.abilities import declared_abilities, declared_sides
from service.generators.protocol import Say, ServerState
from service.messages import AtWork, PartOf, PausedBy, Wanted
from service.queueing.waits import Waits
from service.store.errors import DatabaseUnavailable
from service.store.redis.streams import Delivery, EntryKey
from service.store.sql.queues.pool_pauses import PoolPauses

log = structlog.get_logger()


class PoolState:
    """The workers of one model as others see them."""

    def __init__(
        self,
        context: WorkerContext,
        executor: Executor,
        pauses: PoolPauses,
        workers: WorkerBounds,
    ) -> None:
        self.model = context.pool
        """The name of the pool, which is that of its model."""
        self.kind = context.kind
        self.automatic = False
        """Whether the number of generations at once is found by measuring."""
        self._executor = executor
        self._health = context.health
        self._generator = context.generator
        self._requests = context.requests
        self._pauses = pauses
        self._resumed = context.resumed
        self.set_workers(workers)
        self.broken = ""
        """Why there is no generator, as a sentence; "" if there is one."""
        self.leaving = 0.0
        """Until when what waits may go on, if the model was removed: time.monotonic(), or 0."""
        self.paused_at: float | None = None
        """When an operator paused it, on the service's clock; None if none did."""
        self._apply_pause()

    @property
    def busy(self) -> int:
        """The number of workers that are generating."""
        return self._executor.busy

    def set_workers(self, workers: WorkerBounds) -> None:
        """Change how many workers there are; with none the pool is paused."""
        self._size = workers.most
        self.automatic = workers.automatic
        least, most = max(1, workers.least), max(1, workers.most)
        self._executor.throttle.limit.set_bounds(least, most, automatic=workers.automatic)

    @property
    def size(self) -> int:
        """The number of configured workers; with 0 the pool is paused."""
        return self._size

    @property
    def limit(self) -> int:
        """How many generations may run at once now: fewer than `size` if the model bears less."""
        return min(self._size, self._executor.throttle.limit.value)

    @property
    def waits(self) -> Waits | None:
        """Why nothing begins although it is not paused; None while jobs begin."""
        if self._executor.throttle.budget is not None and (
            waits := self._executor.throttle.budget.waits()
        ):
            return waits
        seconds = self._executor.throttle.limit.pause()
        return Waits("The model server asks for a pause.", seconds) if seconds else None

    @property
    def cannot_work(self) -> str | None:
        """Why no job begins for now, as a sentence; None if jobs begin, or wait for their turn."""
        if self.leaving:
            return f"The model {self.model} was removed."
        if self.broken:
            return self.broken
        if self._executor.paused:
            return f"The {self.model} workers are paused."
        if self._executor.breaker.holds_back:
            return f"The generator of {self.model} fails."
        budget = self._executor.throttle.budget
        waits = None if budget is None else budget.waits()
        return None if waits is None else waits.reason

    @property
    def idle(self) -> int:
        """The number of workers with nothing to do."""
        return max(0, self._size - self._executor.busy)

    @property
    def in_flight(self) -> int:
        """The number of parts that were delivered to this pool and are not handed in yet."""
        return sum(1 for _ in self._executor.deliveries())

    @property
    def generator(self) -> str:
        """The name of the generator."""
        return self._executor.generator

    @property
    def abilities(self) -> frozenset[str]:
        """What the generator honours, by the names in generators/abilities.py."""
        return declared_abilities(self._generator, self.kind)

    @property
    def model_name(self) -> str:
        """What makes the results, as far as it is known; else empty."""
        return self._health.model_name

    @property
    def sides(self) -> range:
        """The pixels that a side of its pictures may have."""
        return declared_sides(self._generator)

    @property
    def breaker_open(self) -> bool:
        """Whether the circuit breaker holds jobs back because the generator keeps failing."""
        return self._executor.breaker.open

    @property
    def breaker_pause(self) -> float:
        """Seconds until the circuit breaker lets one job try; 0 while jobs flow."""
        return self._executor.breaker.pause()

    @property
    def trouble(self) -> str | None:
        """Why the generator cannot work, as a sentence for users; None if no trouble is known."""
        return self.broken or self._health.trouble

    @property
    def servers(self) -> tuple[ServerState, ...]:
        """The servers behind the generator, where it has several."""
        return self._health.servers

    @property
    def paused_by(self) -> PausedBy | None:
        """Who has paused the pool: while it is paused, it begins nothing."""
        if not self._size or self.leaving:
            return "configuration"
        return None if self.paused_at is None else "operator"

    async def generate(self, wanted: Wanted, say: Say = ignore_piece) -> AttemptOutcome:
        """Generate a part with the next free worker, ahead of the stream."""
        return await self._executor.direct_calls.outcome(wanted, say)

    def interrupt(self, id_: str) -> None:
        """Stop generating for this request, without a result."""
        self._executor.interrupt(id_)

    async def look_after(self) -> None:
        """From time to time: stop generating for requests that were ended, here or elsewhere."""
        with contextlib.suppress(DatabaseUnavailable):  # the next check will show it
            for work in [*self._executor.at_work()]:
                if work.id is not None and not await self._requests.is_unfinished(work.id):
                    self.interrupt(work.id)
        await self._executor.look_after()

    def take_back(self, which: Callable[[Wanted], bool]) -> list[Delivery[Wanted]]:
        """Remove and return some of what waits here and was not begun."""
        return self._executor.take_back(which)

    def give_back(self, delivery: Delivery[Wanted], *, moved: bool) -> None:
        """Forget what was taken back if it is on a stream now, else queue it again."""
        self._executor.give_back(delivery, moved=moved)

    def at_work(self) -> Iterator[AtWork]:
        """The workers that are generating, and what."""
        return self._executor.at_work()

    def holds(self) -> Iterator[EntryKey]:
        """The stream entries that were delivered to this pool and are not handed in yet."""
        for delivery in self._executor.deliveries():
            yield delivery.stream, delivery.entry

    def in_hand(self) -> Iterator[PartOf]:
        """The parts that were delivered to this pool and whose results are not on a stream yet."""
        for delivery in self._executor.deliveries():
            yield delivery.message.id, self.kind

    def running_of(self, client: str) -> int:
        """How many generations of a client run."""
        return self._executor.clients.running_of(client)

    @property
    def direct_clients(self) -> list[str]:
        """The client of each direct call that is at work."""
        return [worker.direct for worker in self._executor.workers.values() if worker.direct]

    def leave(self, until: float) -> None:
        """Begin nothing more: the model was removed. What waits then fails at this time."""
        self.leaving = until
        self._apply_pause()

    def stay(self) -> None:
        """Go on: the model was not removed after all."""
        self.leaving = 0.0
        self._apply_pause()

    async def check_pause(self) -> None:
        """Pause or resume, if an operator asked for it, here or in another process."""
        with contextlib.suppress(DatabaseUnavailable):  # the next check will show it
            self.paused_at = await self._pauses.paused_at(self.model)
        self._apply_pause()

    async def _watch_generator(self) -> None:
        await self._health.watch(lambda: not self.in_flight, self._executor.back)

    def _apply_pause(self) -> None:
        paused = self.paused_by is not None
        if paused == self._executor.paused:
            return
        if paused:
            log.info("pool paused", pool=self.model, by=self.paused_by)
            self._executor.pause()
        else:
            log.info("pool resumed", pool=self.model)
            self._resumed(self.model)
            self._executor.resume()
