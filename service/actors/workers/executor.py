"""Executor: assigns messages to the workers of a pool. It knows nothing of Redis."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import msgspec

from service.actors.workers.attempt import (
    AttemptOutcome,
    JobOutcome,
    WorkerContext,
    generate,
    too_late,
)
from service.actors.workers.direct_calls import DirectCall, DirectCalls
from service.actors.workers.failures.circuit_breaker import CircuitBreaker
from service.actors.workers.failures.outage import Outage
from service.actors.workers.job_queue import JobQueue
from service.actors.workers.limits.client_limit import ClientLimit
from service.actors.workers.limits.throttle import Throttle
from service.actors.workers.progress import Progress, ProgressTimer
from service.actors.workers.report import report
from service.actors.workers.worker import Worker, WorkerSet, interrupt
from service.generators.protocol import send_stages_to
from service.messages import AtWork, Failed, Generated, Message, Wanted, encode
from service.store.redis.streams import Delivery

INSTANT_SECONDS = 0.001  # less than a round trip to Redis takes under load
ROW_MESSAGES = 16  # that a worker takes at once, after as many under INSTANT_SECONDS in a row


class Executor(WorkerSet):
    """Runs up to `size` workers, each with one job at a time; sets `wake` when one finishes."""

    def __init__(self, context: WorkerContext, wake: asyncio.Event) -> None:
        super().__init__(wake)
        self.jobs = JobQueue(context, self._drop, self._on_checked)
        self.finished: list[tuple[Delivery[Wanted], JobOutcome]] = []  # not handed in yet
        self.news: list[Message] = []
        self.instants = 0  # how many generations in a row took less than INSTANT_SECONDS
        self.breaker = CircuitBreaker(f"{context.pool}-workers")
        self.throttle = Throttle(context, self.begin_more)
        self.outage = Outage(context)
        self._context = context
        self.direct_calls = DirectCalls(context, self.assign_work)
        self._timer = ProgressTimer(self._notice, context.show)
        self.clients = ClientLimit(context.max_running, self._clients_at_work)
        self._closed = False
        self.paused = False
        self.looks_for_more = 0  # 1 if more may begin than before: lines may have some
        self._tasks: asyncio.TaskGroup

    def open(self, tasks: asyncio.TaskGroup) -> None:
        """Use this task group for the workers."""
        self._tasks = tasks

    def at_work(self) -> Iterator[AtWork]:
        """What the workers are generating; no request and start for direct calls."""
        for worker in self.workers.values():
            if worker.task is not None:
                wanted = worker.batch[0].message if worker.batch else None
                id_, attempt = (wanted.id, wanted.attempt) if wanted else (None, None)
                yield AtWork(worker.name, id_, attempt, self._timer.began(worker.name))

    @property
    def is_instant(self) -> bool:
        """Whether generations are instant: then one worker is as fast as many."""
        if self.instants < ROW_MESSAGES:
            return False
        return self.throttle.budget is None and not self.clients.is_set

    @property
    def generator(self) -> str:
        """The name of the generator."""
        return self._context.name

    def deliveries(self) -> Iterator[Delivery[Wanted]]:
        """Everything that was delivered to this pool and is not handed in yet."""
        for worker in self.workers.values():
            yield from worker.batch
        yield from self.jobs
        yield from self.clients
        yield from (delivery for delivery, _ in self.finished)

    def handed_in(self, finished: Sequence[tuple[Delivery[Wanted], JobOutcome]]) -> None:
        """Release the pictures of outcomes that have reached the stream."""
        for _, outcome in finished:
            if isinstance(outcome, Generated) and outcome.image_uri:
                self._context.media.release(outcome.image_uri)

    def repeat_texts(self) -> None:
        """Repeat the texts of running generations as a whole: messages may be lost."""
        self._timer.repeat()

    def interrupt(self, id_: str) -> None:
        """Stop generating for this request, without a result."""
        for worker in self.workers.values():
            if worker.batch and worker.batch[0].message.id == id_:
                # later: a task that is cancelled before its first step could not clean up
                asyncio.get_running_loop().call_soon(interrupt, worker, worker.batch[0])
            elif any(delivery.message.id == id_ for delivery in worker.batch):
                self._take_back(worker)  # whether it is still wanted is checked again

    def pause(self) -> None:
        """Begin nothing until `resume`; what runs ends, and messages that wait are kept."""
        self.paused = True
        for worker in self.workers.values():
            self._take_back(worker)
        self.direct_calls.pause()

    def resume(self) -> None:
        """Begin jobs again, as if the generator had never been away."""
        self.paused = False
        self.direct_calls.paused = False
        self.outage.end()
        self.breaker.back()
        self.assign_work()

    def close(self) -> None:
        """Begin nothing new; messages that were not begun stay pending and are delivered again."""
        self._closed = True
        for worker in self.workers.values():
            self._take_back(worker)
        self.jobs.clear()
        self.clients.clear()
        self.direct_calls.close()

    def abandon(self) -> None:
        """Interrupt running generations; their messages stay pending and are delivered again."""
        for worker in self.workers.values():
            if worker.task is not None:
                worker.interrupted = worker.late = False  # so that there is no result
                worker.task.cancel()
        self.finished.clear()

    def assign_work(self) -> None:
        """Assign direct calls, then deliveries, to free workers."""
        while self.direct_calls and self.room(self.size, granted=True):
            worker = self.next_free()
            if worker is None:
                return
            self.throttle.begun(1)
            call = self.direct_calls.next()
            worker.direct = call.wanted.client
            run = self._run_direct_call(worker, call)
            worker.task = self._tasks.create_task(run, name=worker.name)
        while self.jobs.waiting and self.any_free() and not (self._closed or self.paused):
            room, shared = self.room(self.size, granted=True), self.clients.is_set
            if not room:
                return
            in_row = self.instants >= ROW_MESSAGES and self.throttle.budget is None and not shared
            most = ROW_MESSAGES if in_row else min(room, max(1, len(self.idle)))
            startable = self.jobs.take(most)
            if startable is None:  # they are checked, and then work is assigned again
                return
            while (
                startable
                and self.any_free()
                and self.room(self.size, granted=True)
                and self.breaker.may_begin()
            ):
                if shared and self.clients.hold_back(startable[0]):
                    startable.popleft()
                    continue
                together = len(startable) if in_row else 1
                self._begin([startable.popleft() for _ in range(together)])
            if startable:
                self.jobs.put_back(startable)
                return

    def _begin(self, batch: Sequence[Delivery[Wanted]]) -> None:
        worker = self.next_free()
        assert worker is not None  # noqa: S101 - checked by the caller
        worker.batch.extend(batch)
        self.throttle.begun(len(batch))
        self.jobs.begin(batch)
        worker.task = self._tasks.create_task(self._work(worker), name=worker.name)
        if len(batch) > 1:  # this runs before the row ends only if one of them has to wait
            asyncio.get_running_loop().call_soon(self._end_row, worker, worker.task)

    def _end_row(self, worker: Worker, task: asyncio.Task[None]) -> None:
        """If a job in the row has not finished yet, give those after it to other free workers."""
        if worker.task is task and len(worker.batch) > 1:
            self.instants = 0
            self._take_back(worker)
            self.assign_work()

    def _take_back(self, worker: Worker) -> None:
        """Put the deliveries that a worker has not begun back into the queue."""
        if len(worker.batch) > 1:
            self.jobs.give_back([worker.batch.pop() for _ in range(len(worker.batch) - 1)])

    def room(self, count: int, *, granted: bool = False) -> int:
        """How many of so many jobs may begin now, as far as the model bears them.

        `granted`: and the budget has granted them.
        """
        throttle = self.throttle
        if not throttle.limit.restricts and throttle.budget is None:
            return count
        return (throttle.granted if granted else throttle.room)(count, self.busy)

    @property
    def startable(self) -> int:
        """How many jobs wait here that free workers may begin, but for the budget."""
        waiting = len(self.direct_calls)
        if not (self._closed or self.paused or self.breaker.pause()):
            waiting += len(self.jobs)
        limit, busy = self.throttle.limit, self.busy
        free = min(self.size - busy, limit.room(busy) if limit.restricts else self.size)
        return max(0, min(waiting, free))

    def _clients_at_work(self) -> Iterator[str]:
        for worker in self.workers.values():
            if worker.batch:
                yield worker.batch[0].message.client
            elif worker.direct is not None:
                yield worker.direct
        yield from self.direct_calls.clients()  # they begin before what waits on a stream

    def take_back(self, which: Callable[[Wanted], bool]) -> list[Delivery[Wanted]]:
        """Remove and return some of what waits here: it goes back to a stream."""
        return [*self.jobs.remove(which), *self.clients.remove(which)]

    def give_back(self, delivery: Delivery[Wanted], *, moved: bool) -> None:
        """Forget what `take_back` has removed if it is on a stream, else queue it again."""
        if moved:
            self._drop(delivery)
        else:
            self.jobs.add([delivery])
            self.begin_more()

    def back(self) -> None:
        """A check has found the generator: one job is tried at once."""
        self.breaker.back()
        self.begin_more()

    async def look_after(self) -> None:
        """From time to time: what has waited too long, or may begin now."""
        await self.expire()
        if self.clients:
            self.begin_more()

    def begin_more(self) -> None:
        """Begin jobs that may begin now."""
        self.jobs.add(self.clients.release())
        self.assign_work()
        self.looks_for_more = 1
        self._wake.set()

    def _on_checked(self) -> None:
        self.assign_work()
        self._wake.set()

    def _drop(self, delivery: Delivery[Wanted]) -> None:
        self.finished.append((delivery, None))
        self._wake.set()

    async def expire(self) -> None:
        """Fail jobs that have waited long enough for a generator that is away."""
        if self.paused or not self.outage.exhausted:
            return
        for delivery in await self.jobs.take_all():
            if failure := self.outage.failure(delivery.message):
                self.finished.append((delivery, failure))
                self.jobs.end(delivery)
                self._wake.set()
            else:
                self.jobs.add([delivery])

    async def _work(self, worker: Worker) -> None:
        try:
            while worker.batch:
                over = await self._generate(worker, worker.batch[0])
                worker.interrupted = worker.late = False  # an interrupt may have come too late
                if not self.instants:
                    self._take_back(worker)
                delivery = worker.batch.popleft()
                self.jobs.end(delivery)
                if not over:
                    self.jobs.add([delivery])
        except asyncio.CancelledError:
            if not worker.late:
                self.breaker.given_up()
            if not worker.interrupted:
                raise
            if not worker.late:
                self.finished.append((worker.batch[0], None))
        finally:
            worker.interrupted = worker.late = False
            if worker.batch:
                self._take_back(worker)
                self.jobs.end(worker.batch.pop())
            self._on_finished(worker)

    async def _generate(self, worker: Worker, delivery: Delivery[Wanted]) -> bool:
        """Run one attempt; returns whether it is over: in an outage it is not."""
        wanted = delivery.message
        in_hand, pool = self._context.in_hand, self._context.pool
        progress = self._timer.begin(worker.name, wanted, self._announce)
        began = progress.began
        in_hand.begin(wanted, pool, worker.number, began)
        send_stages_to(progress.report)
        try:
            outcome = await generate(
                self._context, worker.name, wanted, progress.say, began, progress.made
            )
        except asyncio.CancelledError:
            if worker.late:
                late = too_late(self._context, worker.name, wanted, began)
                self._conclude(worker, delivery, late)
            raise
        finally:
            self._timer.end(worker.name, progress)
            in_hand.end(pool, worker.number)
        if isinstance(outcome, Failed) and outcome.cause in ("away", "busy"):
            if outcome.cause == "busy":
                self._met_refusal(outcome, time.monotonic() - outcome.origin.seconds)
            if self.outage.tolerated:
                return await self._met_outage(delivery, outcome)
            outcome = msgspec.structs.replace(outcome, cause="job")
        self._conclude(worker, delivery, outcome)
        return True

    def _met_refusal(self, refusal: Failed, began: float) -> None:
        if self.breaker.open:
            self.breaker.succeeded()
        self.throttle.refused(refusal, began, self.busy - 1)

    async def _met_outage(self, delivery: Delivery[Wanted], away: Failed) -> bool:
        self.instants = 0
        if away.cause == "away":
            self.breaker.away(away.retry_after)
        if await self.outage.add_job(delivery.message, away) and away.cause == "away":
            self._announce(away)  # for the log and the history of failures
        if failure := self.outage.failure(delivery.message):
            self.finished.append((delivery, failure))
        return failure is not None

    def _conclude(
        self, worker: Worker, delivery: Delivery[Wanted], outcome: AttemptOutcome
    ) -> None:
        wanted = delivery.message
        self.finished.append((delivery, outcome))
        instant = isinstance(outcome, Generated) and outcome.origin.seconds < INSTANT_SECONDS
        self.instants = self.instants + 1 if instant else 0
        report(self._context, worker.name, wanted, outcome)
        throttle = self.throttle
        if throttle.limit.learns or throttle.budget is not None or throttle.observes_servers:
            throttle.ended(outcome, self)
        if isinstance(outcome, Failed) and outcome.retryable:
            self.breaker.failed(outcome.retry_after)
        else:
            self.breaker.succeeded()
        if not self.outage.is_over:
            self.outage.end()

    def _notice(self, name: str, progress: Progress) -> None:
        worker = self.workers[name]
        stop = partial(interrupt, worker, worker.batch[0], late=True)
        progress.notice(self._context.kind, name, self._context.timeout(), stop)

    def _announce(self, news: Message) -> None:
        with contextlib.suppress(UnicodeEncodeError):  # half of a character: its end has the rest
            encode(news)
            self.news.append(news)
        self._wake.set()

    async def _run_direct_call(self, worker: Worker, call: DirectCall) -> None:
        began = time.monotonic()
        try:
            await call.run(self._context, worker.name)
            outcome = None if call.outcome.cancelled() else call.outcome.result()
            if isinstance(outcome, Failed) and outcome.cause == "busy":
                self._met_refusal(outcome, began)
            elif outcome is not None:
                self.throttle.ended(outcome, self)
        finally:
            worker.direct = None
            self._on_finished(worker)

    def _on_finished(self, worker: Worker) -> None:
        worker.task = None
        if self.clients.held:
            self.jobs.add(self.clients.release())
        self.release_worker(worker)
        self.assign_work()
        self._wake.set()
