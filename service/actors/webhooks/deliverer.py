"""Delivers webhooks: one attempt at a time to each URL, several URLs at once within limits.

A stream message only wakes this actor. SQLite knows what is ready, due later or leased; the actor
leases as much as `room` allows, and deliveries that wait for room cost nothing.
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
from service.actors.webhooks.retries import outcome_of
from service.actors.webhooks.room import Room, Slot
from service.config.sections import WebhooksConfig
from service.messages import WEBHOOKS, AnyMessage, DeliveryDue, Message
from service.store.errors import DatabaseUnavailable
from service.store.sql.webhooks.deliveries import (
    ClaimedDelivery,
    Deliveries,
    DeliveryOutcome,
    DeliveryStatus,
)
from service.telemetry.metrics import Metrics

log = structlog.get_logger()

LEASE_MARGIN_SECONDS = 15.0  # that a URL is leased beyond the longest attempt
OUTCOMES: dict[DeliveryStatus, str] = {
    "delivered": "delivered",
    "pending": "retry",
    "failed": "failed",
    "disabled": "disabled",
}
"""The metric label of an attempt, by the state of its delivery afterwards."""
POLL_SECONDS = 5.0  # between two polls, for what another process has left undone
MAX_URLS_PER_TURN = 8  # of one lane, before another lane's turn
MAX_ROUNDS_PER_CLAIM = 32  # rounds of turns before a claim: each claim is a commit
CHOICE_PAUSE_FACTOR = 4.0  # after many lanes without room, in multiples of the time spent: ≤ 20 %
GRACE_SECONDS = 2.0  # at a stop, for running attempts to end


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
        if await self._deliveries.unmarked(urls):
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
                await self._wait(due)
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
        due, now = await self._deliveries.next_due(), clock.now()
        if due is None or due > now:
            return due
        await self._deliveries.mark_due(now)
        return await self._deliveries.next_due()

    async def _wait(self, due: float | None) -> None:
        """Wait until something changes, the next URL is due, or POLL_SECONDS have passed."""
        seconds = POLL_SECONDS if due is None else min(POLL_SECONDS, due - clock.now())
        timer = asyncio.get_running_loop().call_later(max(0.0, seconds), self._wake.set)
        await self._wake.wait()
        timer.cancel()

    async def _begin(self) -> bool:
        """Begin attempts for which there is room, in turns; returns whether there may be more."""
        chosen: dict[str, Slot] = {}
        try:
            for _ in range(MAX_ROUNDS_PER_CLAIM):
                before = len(chosen)
                await self._choose(chosen)
                if len(chosen) == before:
                    break
            if not chosen or self._stopping.is_set():
                self._free_slots(chosen.values())
                return False
            claimed = await self._deliveries.claim(list(chosen), self._node, self._lease)
        except BaseException:
            self._free_slots(chosen.values())
            raise
        for delivery in claimed:
            self._in_hand.add(delivery.url)
            attempt = self._attempt(delivery, chosen.pop(delivery.url))
            task = self._tasks.create_task(attempt, name=f"webhook {delivery.id}")
            self._attempts.add(task)
            task.add_done_callback(self._attempts.discard)
        self._free_slots(chosen.values())  # nothing is due, or another process was faster
        return True

    async def _choose(self, chosen: dict[str, Slot]) -> None:
        """Add URLs for which there is room, from one lane of each client."""
        began = time.perf_counter()
        async for lane in self._room.turns():
            if lane is None:
                await asyncio.sleep(CHOICE_PAUSE_FACTOR * (time.perf_counter() - began))
                began = time.perf_counter()
                continue
            already = sum(slot.lane == lane for slot in chosen.values())
            for url in await self._deliveries.ready_urls(str(lane), already + MAX_URLS_PER_TURN):
                if url in self._in_hand or url in chosen:
                    continue
                slot = self._room.take_slot(lane)
                if slot is None:
                    break
                chosen[url] = slot

    def _free_slots(self, unused: Iterable[Slot]) -> None:
        for slot in unused:
            self._room.free_slot(slot)

    async def _attempt(self, delivery: ClaimedDelivery, slot: Slot) -> None:
        began, started = clock.now(), time.monotonic()
        answered = None
        try:
            answer = await self._sender.send(delivery.url, delivery.id, delivery.body.encode())
            answered = answer.code is not None
            outcome = outcome_of(
                delivery, answer, self._schedule, began, time.monotonic() - started
            )
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
            self._room.free_slot(slot, answered=answered)
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
