"""Executor: assigns messages to the workers of a pool. It knows nothing of Redis."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import msgspec

from service.actors.workers.attempt import AttemptOutcome, WorkerContext, generate, too_late
from service.actors.workers.circuit_breaker import CircuitBreaker
from service.actors.workers.direct_calls import DirectCall, DirectCalls
from service.actors.workers.outage import Outage
from service.actors.workers.progress import Progress, ProgressTimer
from service.actors.workers.report import report
from service.actors.workers.suspects import Suspects
from service.messages import PRIORITIES, Failed, Generated, Message, Wanted, encode
from service.store.errors import DatabaseUnavailable
from service.store.redis.streams import Delivery
from service.store.sql.request_records import AttemptKey

INSTANT_SECONDS = 0.001  # seconds; less than a round trip to Redis takes when there is much to do
ROW_MESSAGES = (
    16  # that one worker does in a row without waiting, after as many that took but an instant
)


@dataclass(eq=False, slots=True)
class Worker:
    """One worker, a consumer in Redis: generating, on a direct call, reading, or idle."""

    name: str
    number: int
    task: asyncio.Task[None] | None = None
    batch: deque[Delivery[Wanted]] = field(default_factory=deque)
    """The delivery it is at, and those that it does in a row with it if it need not wait."""
    idle: bool = False
    reading: bool = False
    interrupted: bool = False
    late: bool = False
    """Whether it was interrupted because it took too long."""


class Executor:
    """Runs up to `size` workers, each with one job at a time; sets `wake` when one finishes."""

    def __init__(self, context: WorkerContext, wake: asyncio.Event) -> None:
        self.size = 0
        self.workers: dict[str, Worker] = {}
        self.idle: deque[Worker] = deque()
        self.waiting: deque[Delivery[Wanted]] = deque()  # given to us and not begun
        self.finished: list[
            tuple[Delivery[Wanted], AttemptOutcome | None]
        ] = []  # and not handed in
        self.news: list[Message] = []
        self.left = False  # a worker has, and its consumer is still there
        self.instants = 0  # how many generations in a row took but an instant
        self.breaker = CircuitBreaker(f"{context.kind}-workers")
        self.outage = Outage(context)
        self._context = context
        self._wake = wake
        self.direct_calls = DirectCalls(context, self.assign_work)
        self._timer = ProgressTimer(self._notice)
        self._begun: set[AttemptKey] = set()  # what is in the hands of workers
        self._suspects = Suspects(partial(context.requests.was_cut_off, kind=context.kind))
        self._closed = False
        self._tasks: asyncio.TaskGroup

    def open(self, tasks: asyncio.TaskGroup) -> None:
        """Work in these tasks from now on."""
        self._tasks = tasks

    @property
    def busy(self) -> int:
        """How many are generating."""
        return sum(worker.task is not None for worker in self.workers.values())

    @property
    def is_instant(self) -> bool:
        """Whether generating takes but an instant: then one worker is as good as many."""
        return self.instants >= ROW_MESSAGES

    @property
    def generator(self) -> str:
        """The name of what generates."""
        return self._context.name

    def deliveries(self) -> Iterator[Delivery[Wanted]]:
        """Everything that was given to us and is not handed in."""
        for worker in self.workers.values():
            yield from worker.batch
        yield from self.waiting
        yield from self._suspects
        yield from (delivery for delivery, _ in self.finished)

    def handed_in(self, finished: Sequence[tuple[Delivery[Wanted], AttemptOutcome | None]]) -> None:
        """The stream has these outcomes: their pictures are in hand no more."""
        for _, outcome in finished:
            if isinstance(outcome, Generated) and outcome.image_uri:
                self._context.media.release(outcome.image_uri)

    def news_lost(self) -> None:
        """Messages about running generations may be lost."""
        self._timer.repeat()

    def interrupt(self, id_: str) -> None:
        """Stop generating for this request; nothing follows from it."""
        for worker in self.workers.values():
            if worker.batch and worker.batch[0].message.id == id_:
                # one that has not taken its first step could not clean up: after that
                asyncio.get_running_loop().call_soon(interrupt, worker, worker.batch[0])
            elif any(delivery.message.id == id_ for delivery in worker.batch):
                self._take_back(worker)  # then it is asked again what is wanted of it

    def interrupt_ended(self) -> None:
        """Stop generating for requests that were ended, here or by another process."""
        with contextlib.suppress(DatabaseUnavailable):  # the next look will tell
            at = [worker.batch[0].message.id for worker in self.workers.values() if worker.batch]
            for id_ in at:
                if not self._context.requests.is_unfinished(id_):
                    self.interrupt(id_)

    def close(self) -> None:
        """Begin nothing new; what was not begun stays pending and is delivered again."""
        self._closed = True
        for worker in self.workers.values():
            self._take_back(worker)
        self.waiting.clear()
        self._suspects.clear()
        self.direct_calls.close()

    def abandon(self) -> None:
        """Interrupt what is in hand; it stays pending and is delivered again."""
        for worker in self.workers.values():
            if worker.task is not None:
                worker.interrupted = worker.late = False  # nothing follows from this
                worker.task.cancel()
        self.finished.clear()

    def add_worker(self, name: str, number: int) -> None:
        """A new worker, unless there is one of this name."""
        if name not in self.workers:
            self.workers[name] = worker = Worker(name, number)
            self.release_worker(worker)

    def remove_surplus(self) -> None:
        """Surplus workers that have nothing to do leave; the others do when they are through."""
        for worker in [w for w in self.idle if w.number > self.size]:
            self.idle.remove(worker)
            del self.workers[worker.name]

    def lowest_first(self) -> None:
        """Put the idle worker with the lowest number in front: it is the last to be surplus."""
        if self.idle:
            lowest = min(self.idle, key=lambda worker: worker.number)
            self.idle.remove(lowest)
            self.idle.appendleft(lowest)

    def next_idle(self) -> Worker:
        """The first of the idle workers: it is given something to do."""
        worker = self.idle.popleft()
        worker.idle = False
        return worker

    def release_worker(self, worker: Worker, *, next_one: bool = False) -> None:
        """A worker that is through is idle, or leaves if it is one too many."""
        if worker.task is not None or worker.reading or worker.idle:
            return
        if worker.number <= self.size:
            worker.idle = True
            if next_one:
                self.idle.appendleft(worker)
            else:
                self.idle.append(worker)
        elif self.workers.pop(worker.name, None):
            self.left = True
            self._wake.set()

    def enqueue(self, deliveries: Sequence[Delivery[Wanted]], *, in_turn: bool = False) -> None:
        """Take in what was given to us: the urgent ones first, then as they were put on the stream.

        They come over two connections, so what was put there later may come first. `in_turn` says
        that these are in the right order among themselves.
        """
        if not deliveries:
            return
        in_turn = in_turn and not self.waiting
        self.waiting.extend(deliveries)
        if not in_turn:
            self.waiting = deque(sorted(self.waiting, key=_turn))

    def assign_work(self) -> None:
        """Give errands, then deliveries, to workers that are free."""
        while self.direct_calls:
            worker = self._next_free()
            if worker is None:
                return
            call = self._run_direct_call(worker, self.direct_calls.next())
            worker.task = self._tasks.create_task(call, name=worker.name)
        while self.waiting and self._any_free() and not self._closed:
            free = min(
                len(self.waiting), ROW_MESSAGES if self.is_instant else max(1, len(self.idle))
            )
            wanted = self._wanted([self.waiting.popleft() for _ in range(free)])
            while wanted and self._any_free() and self.breaker.may_begin():
                together = len(wanted) if self.is_instant else 1
                self._begin([wanted.popleft() for _ in range(together)])
            if wanted:
                self.waiting.extendleft(reversed(wanted))
                return

    def _begin(self, batch: Sequence[Delivery[Wanted]]) -> None:
        worker = self._next_free()
        assert worker is not None  # noqa: S101 - that was asked before
        worker.batch.extend(batch)
        self._begun.update(map(_attempt, batch))
        worker.task = self._tasks.create_task(self._work(worker), name=worker.name)
        if len(batch) > 1:  # the loop turns again when one of them has to wait for something
            asyncio.get_running_loop().call_soon(self._end_row, worker, worker.task)

    def _end_row(self, worker: Worker, task: asyncio.Task[None]) -> None:
        """If one in the row is not through yet, what comes after it is for whoever is free."""
        if worker.task is task and len(worker.batch) > 1:
            self.instants = 0
            self._take_back(worker)
            self.assign_work()

    def _take_back(self, worker: Worker) -> None:
        """What a worker has not begun is owed again, for others."""
        rest = [worker.batch.pop() for _ in range(len(worker.batch) - 1)]
        self._begun.difference_update(map(_attempt, rest))
        self.enqueue(rest)

    def _any_free(self) -> bool:
        return bool(self.idle) or self._waiting_worker() is not None

    def _next_free(self) -> Worker | None:
        # one that waits on the stream is free as well: what it is given then, others can do
        return self.next_idle() if self.idle else self._waiting_worker()

    def _waiting_worker(self) -> Worker | None:
        return next((w for w in self.workers.values() if w.reading and w.task is None), None)

    def _wanted(self, deliveries: Sequence[Delivery[Wanted]]) -> deque[Delivery[Wanted]]:
        """Those to begin: not what came twice, nor what belongs to a request that has ended.

        The others are done with.
        """
        attempts = [_attempt(delivery) for delivery in deliveries]
        try:
            wanted = self._context.requests.still_wanted(self._context.kind, attempts)
        except DatabaseUnavailable:
            wanted = set(attempts)  # safe: a duplicate result is dropped when stored
        wanted -= self._begun
        out: deque[Delivery[Wanted]] = deque()
        for attempt, delivery in zip(attempts, deliveries, strict=True):
            if attempt in wanted:
                wanted.remove(attempt)
                if not self._suspects.hold_back(delivery):
                    out.append(delivery)
            else:
                self.finished.append((delivery, None))
                self.enqueue(self._suspects.through(delivery))
                self._wake.set()
        return out

    def expire(self) -> None:
        """Fail what has waited long enough for a generator that is away."""
        if not self.outage.exhausted:
            return
        waiting = list(self.waiting)
        self.waiting.clear()
        for delivery in self._wanted(waiting):
            if failure := self.outage.failure(delivery.message):
                self.finished.append((delivery, failure))
                self.enqueue(self._suspects.through(delivery))
                self._wake.set()
            else:
                self.enqueue([delivery])

    async def _work(self, worker: Worker) -> None:
        try:
            while worker.batch:
                over = await self._generate(worker, worker.batch[0])
                worker.interrupted = worker.late = False  # it may have come too late
                if not self.instants:
                    self._take_back(worker)
                delivery = worker.batch.popleft()
                self._begun.discard(_attempt(delivery))
                if not over:
                    self.enqueue([delivery])
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
                self._begun.discard(_attempt(worker.batch.pop()))
            self._finished(worker)

    async def _generate(self, worker: Worker, delivery: Delivery[Wanted]) -> bool:
        """One attempt; returns whether it is over: it is not if the generator is away."""
        wanted = delivery.message
        in_hand, kind = self._context.in_hand, self._context.kind
        in_hand.begin(kind, worker.number, wanted.id, wanted.attempt, wanted.base)
        progress = self._timer.begin(worker.name, wanted, self._announce)
        try:
            outcome = await generate(self._context, worker.name, wanted, progress.say)
        except asyncio.CancelledError:
            if worker.late:
                late = too_late(self._context, worker.name, wanted, progress.began)
                self._conclude(worker, delivery, late)
            raise
        finally:
            self._timer.end(worker.name, progress)
            in_hand.end(kind, worker.number)
            self.enqueue(self._suspects.through(delivery))
        if isinstance(outcome, Failed) and outcome.cause == "away":
            if self.outage.tolerated:
                return self._met_outage(delivery, outcome)
            outcome = msgspec.structs.replace(outcome, cause="job")
        self._conclude(worker, delivery, outcome)
        return True

    def _met_outage(self, delivery: Delivery[Wanted], away: Failed) -> bool:
        self.instants = 0
        self.breaker.away(away.retry_after)
        if self.outage.met(delivery.message, away):
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
        if isinstance(outcome, Failed) and outcome.retryable:
            self.breaker.failed(outcome.retry_after)
        else:
            self.breaker.succeeded()
        self.outage.over()

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
        try:
            await call.run(self._context, worker.name)
        finally:
            self._finished(worker)

    def _finished(self, worker: Worker) -> None:
        worker.task = None
        self.release_worker(worker)
        self.assign_work()
        self._wake.set()


def interrupt(worker: Worker, at: Delivery[Wanted], *, late: bool = False) -> None:
    """Stop a worker if it is still at this; `late` because it takes too long."""
    if worker.task is None or not worker.batch or worker.batch[0] is not at:
        return
    if not worker.interrupted or not late:  # what was ended is not late
        worker.interrupted, worker.late = True, late
        worker.task.cancel()


def _attempt(delivery: Delivery[Wanted]) -> AttemptKey:
    wanted = delivery.message
    return wanted.id, wanted.attempt


def _turn(delivery: Delivery[Wanted]) -> tuple[int, ...]:
    return PRIORITIES.index(delivery.message.priority), *map(int, delivery.entry.split(b"-"))
