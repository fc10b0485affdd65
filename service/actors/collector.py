"""Collector: stores results in SQLite and schedules retries of failed attempts."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from service import clock
from service.actors.actor import ActorContext, StreamActor
from service.actors.events.recorder import EventRecorder
from service.actors.workers.failures.fallbacks import Fallbacks
from service.messages import (
    CUT_OFF,
    RESULTS,
    AnyMessage,
    Failed,
    Generated,
    Kind,
    Message,
    Moved,
    Origin,
    Started,
)
from service.queueing.admission import Admission
from service.store.redis.streams import Delivery, Read
from service.store.sql.requests.request_results import Settled
from service.store.stores import Stores
from service.telemetry.metrics import Metrics

log = structlog.get_logger()

MAX_BACKOFF_SECONDS = 600.0
MOVE_SECONDS = 60.0  # until the next attempt, should the process die before it goes on elsewhere
NOTHING = Settled((), ())


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The number of attempts of a part, and the first pause between two, in seconds."""

    attempts: int
    backoff: float

    def pause(self, failure: Failed) -> float | None:
        """Seconds until the next attempt, or None if there is none.

        Exponential with full jitter: parts that failed together are not retried together. Never
        shorter than the generator's Retry-After.
        """
        cut_off = failure.reason == CUT_OFF
        # one crash proves nothing: another job or a power cut may be the cause
        most = max(self.attempts, 2) if cut_off else self.attempts
        if not failure.retryable or failure.attempt - failure.base >= most:
            return None
        if cut_off:
            return 0.0
        longest = min(MAX_BACKOFF_SECONDS, self.backoff * 2 ** (failure.attempt - failure.base - 1))
        return max(failure.retry_after or 0.0, random.uniform(0, longest))


@dataclass(frozen=True, slots=True)
class Retries:
    """The retry policy of each pool, and the timer that sends due retries."""

    policy: Callable[[str], RetryPolicy]
    schedule: Callable[[float], None]
    """Called with the time of each retry."""
    fallbacks: Fallbacks


@dataclass(frozen=True, slots=True)
class ResultEffects:
    """The parts that stored results change outside SQLite: event logs, queue slots, metrics."""

    recorder: EventRecorder
    admission: Admission
    metrics: Metrics


class Collector(StreamActor):
    """Stores the results of workers; the first final result of a part wins."""

    name = "collector"
    stream = RESULTS

    def __init__(
        self,
        context: ActorContext,
        stores: Stores,
        retries: Retries,
        effects: ResultEffects,
    ) -> None:
        super().__init__(context)
        self._requests = stores.requests
        self._dead_letters = stores.dead_letters
        self._pending_posts = stores.pending_posts
        self._retry_policy = retries.policy
        self._schedule_retry = retries.schedule
        self._fallbacks = retries.fallbacks
        self._admission = effects.admission
        self._recorder = effects.recorder
        self._metrics = effects.metrics
        self._log = log.bind()  # a line for each request: without the look-up of a lazy logger

    def expects_more(self, batch: Sequence[Read]) -> bool:
        # Quick parts of one request end together: their results share a commit. Those of slow ones
        # are not waited for.
        halves: set[str] = set()
        for item in batch:
            message = item.message if isinstance(item, Delivery) else None
            if isinstance(message, Generated) and not message.sole:
                halves ^= {message.id}
        return bool(halves)

    async def handle(self, batch: Sequence[AnyMessage]) -> Sequence[Message]:
        results: Sequence[Generated | Failed] = [m for m in batch if isinstance(m, Generated)]
        due: Sequence[float | None] = [None] * len(results)
        retries: dict[tuple[str, Kind], float] = {}
        moves: Sequence[Moved] = ()
        if len(results) < len(batch):  # the others are rare, or come with slow generations
            batch, results, due = await self._with_others(batch)
            moves = [message for message in batch if isinstance(message, Moved)]
            over = {(move.id, move.kind) for move in moves}
            retries = {
                (result.id, result.kind): at
                for result, at in zip(results, due, strict=True)
                if at is not None and (result.id, result.kind) not in over
            }
        exact = self._fallbacks.configured
        settled = await self._requests.settle(results, due, exact=exact) if results else NOTHING
        self._count(settled)
        notices = [final.notice for final in settled.final if final.notice]
        if notices:
            self._pending_posts.add(notice.id for notice in notices)
        if moves:
            await self._move(moves)
        for at in retries.values():
            self._schedule_retry(at)
        for final in settled.final:
            self._metrics.count_finished(final.tag, final.status, final.seconds)
            self._log.info(
                "finished",
                request=final.id,
                tag=final.tag,
                status=final.status,
                seconds=round(final.seconds, 3),
            )
        ended = [final.id for final in settled.final]
        self._admission.clients.remove(ended)
        await self._recorder.record(batch, retries, settled.parts, ended)
        return notices

    async def _with_others(
        self, batch: Sequence[AnyMessage]
    ) -> tuple[Sequence[AnyMessage], Sequence[Generated | Failed], Sequence[float | None]]:
        """Store starts and failures; returns the batch without those in an outage, and results.

        With each result comes the time of the next attempt, if there is one.
        """
        started = [message for message in batch if isinstance(message, Started)]
        if started:
            await self._requests.start_parts(started)
        # a failure in an outage is only logged and recorded: the attempt has not ended
        away = [message for message in batch if isinstance(message, Failed) and _was_away(message)]
        if away:
            batch = [message for message in batch if not _was_away(message)]
        results = [message for message in batch if isinstance(message, Generated | Failed)]
        due, exhausted = [], []
        for result in results:
            at = self._retry_at(result)
            if at is None and isinstance(result, Failed) and (move := await self._fallback(result)):
                exhausted.append(move)
                at = clock.now() + MOVE_SECONDS
            due.append(at)
        batch = [*batch, *exhausted]
        failures = [message for message in [*away, *results] if isinstance(message, Failed)]
        for failure in away:
            _log("waiting for the generator", failure)
        if failures:
            await self._dead_letters.record_failures(failures)
        return batch, results, due

    async def _fallback(self, failed: Failed) -> Moved | None:
        """The move of a part after its last attempt; None if it fails."""
        if not failed.retryable or not self._fallbacks.configured:
            return None
        pool = failed.origin.pool or failed.kind
        needs = await self._fallbacks.needs(failed.id, failed.kind)
        if needs is None or (to := self._fallbacks.after(pool, needs, any_=True)) is None:
            return None
        reason = to.reason(failed.reason)
        return Moved(failed.id, failed.kind, pool, to.model, reason, failed.attempt)

    async def _move(self, moves: Sequence[Moved]) -> None:
        """Store with which models parts go on, and send them there."""
        moved = await self._requests.move(moves)
        for move, size in moved:
            self._admission.release([(move.model, size)])
            self._admission.readmit([(move.to, size)])
            self._metrics.fallbacks[move.model] += 1
            _log_move(move)
        if moved:
            self._schedule_retry(clock.now())

    async def park(self, message: AnyMessage) -> None:
        """Fail the part of a result that cannot be stored, without another attempt."""
        if isinstance(message, Generated | Failed):
            of = message.origin
            origin = Origin(of.generator, of.worker, clock.now(), 0.0, pool=of.pool)
            reason = "The result could not be stored."
            failed = Failed(message.id, message.kind, message.attempt, origin, reason, False)
            settled = await self._requests.settle([failed], [None])
            self._count(settled)
            for final in settled.final:
                self._metrics.count_finished(final.tag, final.status, final.seconds)
            self._admission.clients.remove(final.id for final in settled.final)
            await self._recorder.record([message], {}, (), (final.id for final in settled.final))

    def _count(self, settled: Settled) -> None:
        """Count final parts, and free their queue slots."""
        for (pool, kind), origins in settled.made.items():
            self._metrics.count_used(pool, kind, origins)
        work = {pool: [each.seconds for each in made] for (pool, _), made in settled.made.items()}
        for pool, load in settled.loads.items():
            self._admission.complete_parts(pool, load, work.get(pool, ()))

    def _retry_at(self, result: Generated | Failed) -> float | None:
        if isinstance(result, Generated):
            return None
        pool = result.origin.pool or result.kind
        pause = self._retry_policy(pool).pause(result)
        self._metrics.failed_attempts[pool] += 1
        self._metrics.retries[pool] += pause is not None
        retry_in = None if pause is None else round(pause, 2)
        _log("attempt failed", result, retry_in=retry_in)
        return None if pause is None else clock.now() + pause


def _log_move(move: Moved) -> None:
    log.warning(
        "goes on with another model",
        request=move.id,
        part=move.kind,
        model=move.model,
        to=move.to,
        reason=move.reason,
    )


def _was_away(message: AnyMessage) -> bool:
    return isinstance(message, Failed) and message.cause == "away" and message.retryable


def _log(event: str, failure: Failed, **more: float | None) -> None:
    log.warning(
        event,
        request=failure.id,
        part=failure.kind,
        attempt=failure.attempt,
        reason=failure.reason,
        detail=failure.detail or None,
        **more,
    )
