"""Webhooks: tells URLs of ends, each in its own time, so that none waits for another's sake."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence

import structlog
from yarl import URL

from service.actors.actor import ActorContext, Backoff, StreamActor, pause_until
from service.actors.webhooks.http_sender import GONE, ReceiverAnswer, WebhookSender
from service.config.settings import WebhooksConfig
from service.messages import WEBHOOKS, AnyMessage, DeliveryDue, Message
from service.metrics import Metrics
from service.store.errors import DatabaseUnavailable
from service.store.redis.streams import BLOCK_SECONDS
from service.store.sql.deliveries import (
    ClaimedDelivery,
    Deliveries,
    DeliveryOutcome,
    DeliveryStatus,
    DueDeliveries,
)

log = structlog.get_logger()

MAX_CONCURRENT_URLS = 256  # URLs that are asked at the same time
MAX_URLS_PER_HOST = 32  # of these, at one host: many URLs of a dead one must not take all places
CROWDED_SECONDS = (0.2, 3.0)  # seconds until a URL is asked whose host has as many in hand already
MAX_BLOCKING_ATTEMPTS = 3  # attempts after which a delivery no longer holds up those behind it
JITTER_FRACTION = 0.2  # of a pause: what failed together does not come back together
LEASE_MARGIN_SECONDS = 15.0  # seconds a URL is in hand beyond the longest attempt
DAY_SECONDS = 86_400.0  # seconds
OUTCOMES: dict[DeliveryStatus, str] = {
    "delivered": "delivered",
    "pending": "retry",
    "failed": "failed",
    "disabled": "disabled",
}
"""What an attempt is counted as, by what became of the delivery."""
GRACE_SECONDS = 2.0  # seconds at a stop for attempts to end


class WebhookDeliverer(StreamActor):
    """Sends what is due, one request to a URL at a time, the oldest first."""

    name = "webhooks"
    stream = WEBHOOKS

    def __init__(
        self,
        context: ActorContext,
        deliveries: Deliveries,
        sender: WebhookSender,
        pass_on: Callable[[DueDeliveries], None],
        metrics: Metrics,
        config: WebhooksConfig,
    ) -> None:
        super().__init__(context)
        self._node = context.node
        self._deliveries = deliveries
        self._sender = sender
        self._pass_on = pass_on
        self._metrics = metrics
        self._lease = config.timeout + LEASE_MARGIN_SECONDS
        self._schedule = config.schedule
        self._released = False
        self._hosts: dict[str, str | None] = {}  # of the URLs in hand
        self._free = asyncio.Event()
        self._tasks = asyncio.TaskGroup()

    async def run(self) -> None:
        async with self._tasks:
            attempts: set[asyncio.Task[None]] = set()
            self._attempts = attempts
            await super().run()
            if attempts:
                _, late = await asyncio.wait(attempts, timeout=GRACE_SECONDS)
                for attempt in late:
                    attempt.cancel()
                with contextlib.suppress(DatabaseUnavailable):  # then the next start does it
                    await self._deliveries.release(self._node)

    async def stop(self) -> None:
        await super().stop()
        self._free.set()

    async def _consume(self, backoff: Backoff) -> None:
        if not self._released:
            self._pass_on(await self._deliveries.release(self._node))
            self._released = True
        await super()._consume(backoff)

    async def handle(self, batch: Sequence[AnyMessage]) -> Sequence[Message]:
        """Begin an attempt at each URL that is not in hand; the rest is in SQLite from then on."""
        urls = dict.fromkeys(due.url for due in batch if isinstance(due, DeliveryDue))
        waiting = [url for url in urls if url not in self._hosts]
        while waiting:
            await self._room()
            if self._stopping.is_set():  # the messages stay pending
                return ()
            room = MAX_CONCURRENT_URLS - len(self._hosts)
            now, waiting = waiting[:room], waiting[room:]
            claimed, due = await self._deliveries.claim(now, self._node, self._lease)
            self._pass_on(due)
            await self._begin(claimed)
        return ()

    async def _room(self) -> None:
        """Wait until another URL may be asked."""
        while len(self._hosts) >= MAX_CONCURRENT_URLS and not self._stopping.is_set():
            self._free.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BLOCK_SECONDS):
                    await self._free.wait()
            self.seen = time.monotonic()

    async def _begin(self, claimed: Sequence[ClaimedDelivery]) -> None:
        at = Counter(self._hosts.values())
        crowded = []
        for delivery in claimed:
            host = URL(delivery.url, encoded=True).raw_authority
            if at[host] >= MAX_URLS_PER_HOST:
                crowded.append(delivery)
                continue
            at[host] += 1
            self._hosts[delivery.url] = host
            task = self._tasks.create_task(self._attempt(delivery), name=f"webhook {delivery.id}")
            self._attempts.add(task)
            task.add_done_callback(self._attempts.discard)
        if crowded:
            now = time.time()  # each at another time: they find room one after the other
            later = tuple(now + random.uniform(*CROWDED_SECONDS) for _ in crowded)
            try:
                await self._deliveries.postpone(crowded, later)
            except DatabaseUnavailable:
                later = tuple(delivery.lease for delivery in crowded)
            self._pass_on(DueDeliveries(later=later))

    async def _attempt(self, delivery: ClaimedDelivery) -> None:
        began, clock = time.time(), time.monotonic()
        try:
            answer = await self._sender.send(delivery.url, delivery.id, delivery.body.encode())
            outcome = follows(delivery, answer, self._schedule, began, time.monotonic() - clock)
            _log(delivery, outcome)
            self._metrics.webhook_attempts[OUTCOMES[outcome.status]] += 1
            if self.tracing.on:
                self.tracing.note(
                    "webhook",
                    delivery.request_id,
                    began,
                    began + outcome.seconds,
                    outcome.reason,
                    delivery=delivery.id,
                    code=answer.code or 0,
                )
            await self._settle(delivery, outcome)
        except Exception:
            log.exception("delivery failed", request=delivery.request_id)
            self._pass_on(DueDeliveries(later=(delivery.lease,)))
        finally:
            del self._hosts[delivery.url]
            self._free.set()

    async def _settle(self, delivery: ClaimedDelivery, outcome: DeliveryOutcome) -> None:
        """Note the outcome; while the database is away it waits here, and with it the URL."""
        backoff = Backoff()
        while True:
            try:
                self._pass_on(await self._deliveries.settle(delivery, outcome))
            except DatabaseUnavailable:
                if self._stopping.is_set():
                    return
                await pause_until(self._stopping, backoff.next())
            else:
                return


def follows(
    delivery: ClaimedDelivery,
    answer: ReceiverAnswer,
    schedule: Sequence[float],
    began: float,
    seconds: float,
) -> DeliveryOutcome:
    """What follows from the answer to an attempt that began then and took so long.

    The oldest delivery that goes in order probes for those behind it. When it has failed PATIENCE
    times it goes on its own, and the next one is tried: at once if all failures since the last
    success were its own, for it may be to blame and not the URL, and else after a pause that grows
    with the failures in a row.
    """
    attempt = (began, seconds, answer.code, answer.reason)
    if answer.reason is None:
        return DeliveryOutcome(*attempt, "delivered", failures=0, resume_at=0.0)
    if answer.code == GONE:
        return DeliveryOutcome(*attempt, "disabled")
    if answer.hopeless:
        return DeliveryOutcome(*attempt, "failed")
    now = began + seconds
    made = delivery.attempts + 1
    asked = answer.retry_after or 0.0
    own = max(asked, _pause(schedule, made)) if made <= len(schedule) else None
    if delivery.due_at is not None:
        if own is None:
            return DeliveryOutcome(*attempt, "failed")
        return DeliveryOutcome(*attempt, "pending", due_at=now + own)
    failures = delivery.failures + 1
    step_aside = made >= MAX_BLOCKING_ATTEMPTS or own is None
    its_own_fault = step_aside and failures <= made
    resume_at = now + max(asked, 0.0 if its_own_fault else _pause(schedule, failures))
    return DeliveryOutcome(
        *attempt,
        "failed" if own is None else "pending",
        due_at=now + own if own is not None and step_aside else None,
        failures=failures,
        resume_at=resume_at,
        # down for as long as one delivery is tried: what has waited as long is given up as well
        stale=now - max(sum(schedule), DAY_SECONDS) if failures > len(schedule) else None,
    )


def _pause(schedule: Sequence[float], failures: int) -> float:
    if not schedule:
        return 0.0
    pause = schedule[min(failures, len(schedule)) - 1]
    return pause * random.uniform(1 - JITTER_FRACTION, 1 + JITTER_FRACTION)


def _log(delivery: ClaimedDelivery, outcome: DeliveryOutcome) -> None:
    """Not the URL: some hold a secret."""
    about = {"request": delivery.request_id, "delivery": delivery.id}
    seconds = round(outcome.seconds, 3)
    if outcome.reason is None:
        log.info("webhook delivered", **about, code=outcome.code, seconds=seconds)
    else:
        log.warning(
            "webhook failed", **about, reason=outcome.reason, status=outcome.status, seconds=seconds
        )
