"""Pool: the workers of one model, and their consumers in Redis.

Each worker is a separate consumer, so XINFO CONSUMERS shows the pool as it is configured, but all
share two connections. On the first, one pipeline hands in everything that was finished since the
last pipeline and fetches the next message for each free worker, or several for one worker while
generations are instant. On the second, one blocking read waits for all idle workers.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog

from service.actors.actor import (
    LINGER_SECONDS,
    READ_MARGIN_SECONDS,
    ActorContext,
    Backoff,
    pause_until,
)
from service.actors.workers.attempt import WorkerContext
from service.actors.workers.executor import ROW_MESSAGES, Executor
from service.actors.workers.failures.fallbacks import Fallbacks
from service.actors.workers.failures.mover import Mover
from service.actors.workers.fair_reads import FairReads, is_job
from service.actors.workers.leases import Leases
from service.actors.workers.limits.budget import Budget
from service.actors.workers.limits.client_limit import MOST_HELD
from service.actors.workers.pool_state import PoolState
from service.actors.workers.worker import Worker
from service.config import BudgetLimits, WorkerBounds
from service.store.errors import RedisUnavailable
from service.store.redis.budgets import SharedBudget
from service.store.redis.fair import fair_queue
from service.store.redis.streams import (
    BLOCK_SECONDS,
    Delivery,
    Read,
    entries,
    move_on,
    wait_for,
)
from service.store.sql.queues.pool_costs import PoolCosts
from service.store.sql.queues.pool_pauses import PoolPauses
from service.stream_groups import bell_of, pool_streams

log = structlog.get_logger()

LOOK_SECONDS = 0.1  # between two looks for messages of other clients than those at their limit
WATCH_SECONDS = 0.4  # between two checks for requests that have ended


class Pool(PoolState):
    """The workers of one model, numbered from 1. `lease` is in seconds.

    `lower_share` is the share of messages from lower priorities while these wait.
    """

    def __init__(
        self,
        context: ActorContext,
        worker_context: WorkerContext,
        *,
        pauses: PoolPauses,
        costs: PoolCosts,
        workers: WorkerBounds,
        lease: float,
        lower_share: Callable[[], float],
        fallbacks: Fallbacks,
    ) -> None:
        pool, streams = worker_context.pool, context.streams
        self.name = f"{pool}-workers"
        self.seen = 0.0
        self._redis = streams
        self._streams = pool_streams(pool)
        self._bell = bell_of(pool)
        self._lost = context.lost
        self.prefix = f"{context.node}.{pool}-"
        self._hand_in = streams.connection()
        self._wait_on = streams.connection()
        self._eager = 0  # how many idle workers read in the next turn, as more may be there
        self._burst = 1  # how many messages came since the last blocking read
        self._others = False  # whether clients below their limit waited at the last look
        self._taking = False  # whether a turn is reading messages
        self._blocking = False  # whether the blocking read is waiting
        self._out_of_sync = True  # whether the consumers in Redis may differ from the workers
        self._opened = 0  # how often `_hand_in` had been opened when they were compared
        self._wake = asyncio.Event()
        self._has_idle = asyncio.Event()
        self._stopping = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._prices = worker_context.prices
        self._executor = Executor(worker_context, self._wake)
        self._reads = FairReads(self._streams, lower_share, self._executor.clients.full)
        self._executor.size = max(1, workers.most)  # a paused pool keeps a consumer
        super().__init__(worker_context, self._executor, pauses, workers)
        self._mover = Mover(self._executor, fallbacks, worker_context, self)
        shared = SharedBudget(self._hand_in, pool, context.node)
        self._budget = Budget(pool, costs, shared, self._executor)
        self._leases = Leases(self._executor, self._hand_in, lease)

    @property
    def renewal_seconds(self) -> float:
        """Seconds between two renewals of leases."""
        return self._leases.renewal_seconds

    def resize(self, workers: WorkerBounds) -> None:
        """Change the number of workers, 0 for a pause; surplus ones finish their current part."""
        self.set_workers(workers)
        self._executor.size = max(1, workers.most)
        self._apply_pause()
        self._out_of_sync = True
        self._wake.set()

    def set_budget(self, limits: BudgetLimits) -> None:
        """Change what the pool may use, and the prices."""
        self._prices.clear()
        self._prices.update(limits.prices)
        self._budget.set_limits(limits)
        self._executor.throttle.budget = self._budget if self._budget.is_set else None
        self._executor.begin_more()

    def _apply_pause(self) -> None:
        was_paused = self._executor.paused
        super()._apply_pause()
        if was_paused and not self._executor.paused:
            self._eager = self._eager or 1
            self._wake.set()

    async def run(self) -> None:
        backoff = Backoff()
        await self.check_pause()
        await self._budget.begin()
        async with self._tasks:
            self._executor.open(self._tasks)
            helpers = [
                self._tasks.create_task(helper(), name=f"{self.name} {helper.__name__}")
                for helper in (
                    self._wait_for_more,
                    self._keep_leases,
                    self._watch,
                    self._watch_generator,
                    self._budget.run,
                    self._pass_over,
                )
            ]
            while not self._is_done():
                try:
                    moved = await self._turn()
                    self.seen = time.monotonic()
                    backoff.reset()
                    if moved > 1 and self._executor.idle and not self._eager:
                        await asyncio.sleep(LINGER_SECONDS)  # let the next batch grow
                    if not self._is_done():
                        await self._wake.wait()
                except RedisUnavailable as failure:
                    pause = backoff.next(failure)
                    if backoff.first:
                        log.warning("waiting", actor=self.name, reason=str(failure))
                    self._out_of_sync = True
                    self._executor.repeat_texts()
                    self._lost()
                    await pause_until(self._stopping, pause)
                except Exception:
                    log.exception("actor failed", actor=self.name)
                    self._out_of_sync = True
                    await pause_until(self._stopping, backoff.next())
            for task in helpers:
                task.cancel()
        await self._budget.save()
        self._hand_in.close()

    async def stop(self) -> None:
        """Begin nothing new; `run` ends when running generations are finished and handed in."""
        self._stopping.set()
        self._wait_on.close()
        self._executor.close()
        self._wake.set()

    def abandon(self) -> None:
        """Interrupt running generations; their messages stay pending and are delivered again."""
        self._executor.abandon()
        self._hand_in.close()
        self._wake.set()

    def _is_done(self) -> bool:
        return self._stopping.is_set() and not self._executor.finished and not self._executor.busy

    async def _turn(self) -> int:
        """Hand in results and fetch messages for free workers; returns the number of both."""
        self._wake.clear()
        if (self._out_of_sync or self._executor.has_left) and not self._stopping.is_set():
            self._out_of_sync = self._executor.has_left = False
            await self._sync_consumers()
            self._opened = self._hand_in.opened
        executor = self._executor
        finished, news = list(executor.finished), executor.news
        commands = []
        if finished or news:
            executor.news = []
            follow = [*news, *(outcome for _, outcome in finished if outcome is not None)]
            commands = move_on([delivery for delivery, _ in finished], follow)
        first, received = len(commands), 0
        count = max(len(finished), self._eager, executor.looks_for_more)
        # with instant generations one worker reads several messages and does them in a row
        each = ROW_MESSAGES if executor.is_instant or self._mover.active else 1
        readers = []  # none while the blocking read waits: its messages come first
        if not self._blocking:
            readers = self._readers(min(1, count) if executor.is_instant else count)
        if finished:
            self._reads.finished(finished)
        if readers:
            self._taking = True
            commands.append(self._reads.command([reader.name for reader in readers], each))
        if commands:
            replies = await self._call(commands, readers)
            if self._hand_in.opened != self._opened:  # another server may have other consumers
                self._out_of_sync = True
                self._wake.set()
            del executor.finished[: len(finished)]
            executor.handed_in(finished)
            self._eager = executor.looks_for_more = 0
            if readers:
                received = await self._receive_taken(replies[first], each * len(readers))
        if executor.idle and not self._eager:
            self._has_idle.set()
        return len(finished) + received

    async def _receive_taken(self, reply: Any, asked_for: int) -> int:
        """Enqueue the jobs in the reply to a fair read; returns the number of messages."""
        received = await self._receive(self._reads.items(reply), in_turn=True)
        self._burst += received
        if received == asked_for or self._reads.again:
            self._eager = max(1, 2 * received)
            self._wake.set()
        return received

    async def _call(self, commands: list[Any], readers: Sequence[Worker]) -> list[Any]:
        try:
            return await self._hand_in.call(*commands)
        finally:
            self._taking = False
            for worker in reversed(readers):  # so that the first reader gets the first message
                self._has_read(worker)

    def _readers(self, count: int) -> list[Worker]:
        """Up to `count` idle workers, marked as readers of this turn."""
        readers: list[Worker] = []
        executor = self._executor
        if self._mover.active:
            return [] if self._stopping.is_set() else self._mover.readers()
        # in an exhausted outage messages are read all the same, to fail them
        away = executor.breaker.pause() and not executor.outage.exhausted
        if self._stopping.is_set() or executor.jobs.waiting or executor.paused or away:
            return readers
        if len(executor.clients) >= MOST_HELD and not self._others:
            return readers
        if not executor.outage.exhausted:
            count = executor.room(count)
        while executor.idle and len(readers) < count:
            worker = executor.next_idle()
            worker.reading = True
            readers.append(worker)
        return readers

    def _has_read(self, worker: Worker) -> None:
        """Mark a reader as idle and next in line: it gets the messages that it read."""
        worker.reading = False
        self._executor.release_worker(worker, next_one=True)

    async def _receive(self, items: Sequence[Read], *, in_turn: bool = False) -> int:
        """Enqueue the jobs among `items` and drop the rest; returns the number of items."""
        jobs = [item for item in items if is_job(item)]
        if len(jobs) < len(items):
            for item in items:
                if not is_job(item):
                    self._park(item)
        self._executor.jobs.add(jobs, in_turn=in_turn)
        await self._executor.expire()
        self._executor.assign_work()
        if self._executor.jobs.waiting:
            await self._mover.move_on()
        return len(items)

    def _park(self, item: Read) -> None:
        why = "not a job for this pool" if isinstance(item, Delivery) else item.why
        log.error("unreadable message dropped", stream=item.stream, reason=why)
        self._lost()  # its request, if there is one, is still in SQLite
        self._tasks.create_task(self._drop(item), name=f"{self.name} park")

    async def _drop(self, item: Read) -> None:
        with contextlib.suppress(RedisUnavailable):  # then it is delivered and parked again
            await self._hand_in.call(*move_on([item], ()))

    async def _wait_for_more(self) -> None:
        """Wait for messages with one blocking read; when it brings some, idle workers read."""
        backoff = Backoff()
        while not self._stopping.is_set():
            await self._has_idle.wait()
            self._has_idle.clear()
            if self._passes_over():  # it would not get what is in lines
                continue
            if self._taking:  # the end of that turn sets the event again if workers are still idle
                continue
            # a worker cannot leave during its blocking read, at most BLOCK_SECONDS long
            self._executor.lowest_first()
            for worker in self._readers(1):
                read = wait_for([*self._streams, self._bell], worker.name, BLOCK_SECONDS)
                items: list[Read] = []
                self._blocking = True
                try:
                    came = entries(
                        await self._wait_on.one(*read, timeout=BLOCK_SECONDS + READ_MARGIN_SECONDS)
                    )
                    items = [item for item in came if item.stream != self._bell]
                    await self._silence_bell(came)
                    backoff.reset()
                except RedisUnavailable as failure:
                    self._out_of_sync = True  # the turn logs that Redis is unavailable
                    self._lost()  # also if only a group is gone
                    await pause_until(self._stopping, backoff.next(failure))
                self._blocking = False
                self._has_read(worker)
                if await self._receive(items):
                    self._eager, self._burst = self._burst, 1
                else:  # woken by the bell; or after a long time, to be sure
                    self._eager = max(1, len(self._executor.idle))
                self._wake.set()

    async def _silence_bell(self, came: Sequence[Read]) -> None:
        """Remove what has rung the bell, so that the next take rings. Raises RedisUnavailable."""
        rung = [item.entry for item in came if item.stream == self._bell]
        if rung:
            await self._wait_on.call(*fair_queue.silence(self.model, rung))

    async def _sync_consumers(self) -> None:
        """Create or remove consumers to match the pool, and queue their pending messages."""
        executor = self._executor
        numbers = {f"{self.prefix}{number}": number for number in range(1, executor.size + 1)}
        executor.remove_surplus()
        names = [*numbers, *(name for name in executor.workers if name not in numbers)]
        await self._hand_in.call(*fair_queue.LOAD)
        pending = [
            item
            for stream in self._streams
            for item in await self._redis.set_consumers(stream, self.prefix, names)
        ]
        here = {(delivery.stream, delivery.entry) for delivery in executor.deliveries()}
        for name, number in numbers.items():
            executor.add_worker(name, number)
        await self._receive([item for item in pending if (item.stream, item.entry) not in here])
        self._eager = len(executor.idle)

    async def _watch(self) -> None:
        """Interrupt generations of ended requests; after a breaker's pause, begin one job."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            await self.check_pause()
            await self.look_after()
            if self._mover.active and not self._stopping.is_set():
                await self._mover.move_on()
                self._eager = max(1, self._eager)
                self._wake.set()
            if self._executor.breaker.open and not self._executor.breaker.pause():
                self._executor.assign_work()
                self._eager = self._eager or 1
                self._wake.set()

    async def _keep_leases(self) -> None:
        """Renew the lease of all held messages, and take over those of dead nodes."""
        while True:
            await asyncio.sleep(self._leases.renewal_seconds)
            with contextlib.suppress(RedisUnavailable):  # the next turn handles it
                await self._leases.renew()
                self.seen = time.monotonic()  # the only sign of life while all workers are busy
                for stream in self._streams:
                    if self._executor.idle and not self._stopping.is_set():
                        await self._receive(await self._leases.take_over(stream))

    def _passes_over(self) -> bool:
        return self._reads.passed_over or bool(self._executor.clients.full())

    async def _pass_over(self) -> None:
        """While clients at their limit are passed over, look for messages of others."""
        while True:
            await asyncio.sleep(LOOK_SECONDS if self._executor.clients.is_set else WATCH_SECONDS)
            self._others = False
            full = self._executor.clients.full()
            if self._executor.idle and self._passes_over():
                with contextlib.suppress(RedisUnavailable):  # the turn notices
                    self._others = await fair_queue.others_wait(self._hand_in, self._streams, full)
                if self._others or len(self._executor.clients) < MOST_HELD:
                    self._eager = max(1, self._eager)
                    self._wake.set()
