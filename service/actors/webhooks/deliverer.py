"""Delivers webhooks: one attempt at a time to each URL, several URLs at once within limits.

A stream message only means that something may be ready. SQLite says what is ready, due later or
leased: this actor leases as much as `room` allows, and what waits for room costs nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable, Sequence

import structlog

from service import clock
from service.actors.actor import ActorContext, Backoff, StreamActor, pause_until
from service.actors.webhooks.http_sender import WebhookSender
from service.actors.webhooks.retries import follows
from service.actors.webhooks.room import Room, Taken
from service.config.settings import WebhooksConfig
from service.messages import WEBHOOKS, AnyMessage, DeliveryDue, Message
from service.metrics import Metrics
from service.store.errors import DatabaseUnavailable
from service.store.sql.deliveries import (
    ClaimedDelivery,
    Deliveries,
    DeliveryOutcome,
    DeliveryStatus,
)

log = structlog.get_logger()

LEASE_MARGIN_SECONDS = 15.0  # seconds a URL is leased beyond the longest attempt
OUTCOMES: dict[DeliveryStatus, str] = {
    "delivered": "delivered",
    "pending": "retry",
    "failed": "failed",
    "disabled": "disabled",
}
"""The metric label of an attempt, by the state of its delivery afterwards."""
LOOK_SECONDS = 5.0  # between two polls, for what another process has left undone
URLS_IN_A_ROW = 8  # URLs of one lane begun before it is another lane's turn
ROUNDS = 32  # rounds of turns before a claim: each claim is a commit
REST = 4.0  # pause after many lanes without room, in multiples of the time spent: ≤ 20 % of a core
GRACE_SECONDS = 2.0  # seconds at a stop for running attempts to end


class WebhookDeliverer(StreamActor):
    """Sends due deliveries, one at a time to each URL, the oldest first."""

    name = "webhooks"
    stream = WEBHOOKS

    def __init__(
        self,
        context: ActorContext,
        deliveries: Deliveries,
        sender: WebhookSender,
        metrics: Metrics,
        config: WebhooksConfig,
    ) -> None:
        super().__init__(context)
        self._node = context.node
        self._deliveries = deliveries
        self._sender = sender
        self._metrics = metrics
        self._lease = config.timeout + LEASE_MARGIN_SECONDS
        self._schedule = config.schedule
        self._room = Room(deliveries.next_lane)
        self._in_hand: set[str] = set()  # URLs
        self._wake = asyncio.Event()
        self._tasks = asyncio.TaskGroup()

    async def run(self) -> None:
        async with self._tasks:
            attempts: set[asyncio.Task[None]] = set()
            self._attempts = attempts
            delivering = self._tasks.create_task(self._deliver(), name="webhook deliveries")
            await super().run()
            await delivering
            if attempts:
                _, late = await asyncio.wait(attempts, timeout=GRACE_SECONDS)
                for attempt in late:
                    attempt.cancel()
                with contextlib.suppress(DatabaseUnavailable):  # then the next start does it
                    await self._deliveries.release(self._node)

    async def stop(self) -> None:
        await super().stop()
        self._wake.set()

    async def handle(self, batch: Sequence[AnyMessage]) -> Sequence[Message]:
        """Wake the delivery loop; SQLite says which URLs are ready."""
        urls = [due.url for due in batch if isinstance(due, DeliveryDue)]
        if self._deliveries.unmarked(urls):
            await self._deliveries.adopt()
        self._wake.set()
        return ()

    async def _deliver(self) -> None:
        """Begin attempts while there is room; look again after every change."""
        backoff = Backoff()
        released = False
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                if not released:
                    await self._deliveries.release(self._node)
                    await self._deliveries.adopt()
                    released = True
                due = await self._make_due()
                if await self._begin():
                    continue
                backoff.reset()
                await self._rest(due)
            except DatabaseUnavailable as failure:
                pause = backoff.next()
                if backoff.first:
                    log.warning("waiting", actor=self.name, reason=str(failure))
                await pause_until(self._stopping, pause)
            except Exception:
                log.exception("actor failed", actor=self.name)
                await pause_until(self._stopping, backoff.next())

    async def _make_due(self) -> float | None:
        """Mark due URLs as ready; returns when the next one is due."""
        due, now = self._deliveries.next_due(), clock.now()
        if due is None or due > now:
            return due
        await self._deliveries.due(now)
        return self._deliveries.next_due()

    async def _rest(self, due: float | None) -> None:
        """Wait until something changes, the next URL is due, or LOOK_SECONDS have passed."""
        seconds = LOOK_SECONDS if due is None else min(LOOK_SECONDS, due - clock.now())
        timer = asyncio.get_running_loop().call_later(max(0.0, seconds), self._wake.set)
        await self._wake.wait()
        timer.cancel()

    async def _begin(self) -> bool:
        """Begin attempts for which there is room, in turns; returns whether there may be more."""
        chosen: dict[str, Taken] = {}
        try:
            for _ in range(ROUNDS):
                before = len(chosen)
                await self._choose(chosen)
                if len(chosen) == before:
                    break
            if not chosen or self._stopping.is_set():
                self._give_back(chosen.values())
                return False
            claimed = await self._deliveries.claim(list(chosen), self._node, self._lease)
        except BaseException:
            self._give_back(chosen.values())
            raise
        for delivery in claimed:
            self._in_hand.add(delivery.url)
            attempt = self._attempt(delivery, chosen.pop(delivery.url))
            task = self._tasks.create_task(attempt, name=f"webhook {delivery.id}")
            self._attempts.add(task)
            task.add_done_callback(self._attempts.discard)
        self._give_back(chosen.values())  # nothing is due, or another process was faster
        return True

    async def _choose(self, chosen: dict[str, Taken]) -> None:
        """Add URLs for which there is room, from one lane of each client."""
        began = time.perf_counter()
        for lane in self._room.turns():
            if lane is None:
                await asyncio.sleep(REST * (time.perf_counter() - began))
                began = time.perf_counter()
                continue
            already = sum(taken.lane == lane for taken in chosen.values())
            for url in self._deliveries.ready(str(lane), already + URLS_IN_A_ROW):
                if url in self._in_hand or url in chosen:
                    continue
                taken = self._room.take(lane)
                if taken is None:
                    break
                chosen[url] = taken

    def _give_back(self, unused: Iterable[Taken]) -> None:
        for taken in unused:
            self._room.give_back(taken)

    async def _attempt(self, delivery: ClaimedDelivery, taken: Taken) -> None:
        began, started = clock.now(), time.monotonic()
        answered = None
        try:
            answer = await self._sender.send(delivery.url, delivery.id, delivery.body.encode())
            answered = answer.code is not None
            outcome = follows(delivery, answer, self._schedule, began, time.monotonic() - started)
            _log(delivery, outcome)
            self._metrics.webhook_attempts[OUTCOMES[outcome.status]] += 1
            if self.tracing.on:
                self.tracing.record_span(
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
        finally:
            self._in_hand.discard(delivery.url)
            self._room.give_back(taken, answered=answered)
            self._wake.set()

    async def _settle(self, delivery: ClaimedDelivery, outcome: DeliveryOutcome) -> None:
        """Store the outcome; while the database is unavailable, it and its URL wait here."""
        backoff = Backoff()
        while True:
            try:
                await self._deliveries.settle(delivery, outcome)
            except DatabaseUnavailable:
                if self._stopping.is_set():
                    return
                await pause_until(self._stopping, backoff.next())
            else:
                return


def _log(delivery: ClaimedDelivery, outcome: DeliveryOutcome) -> None:
    """Log the outcome without the URL: some URLs contain a secret."""
    about = {"request": delivery.request_id, "delivery": delivery.id}
    seconds = round(outcome.seconds, 3)
    if outcome.reason is None:
        log.info("webhook delivered", **about, code=outcome.code, seconds=seconds)
    else:
        log.warning(
            "webhook failed", **about, reason=outcome.reason, status=outcome.status, seconds=seconds
        )
