"""The base of every actor: a loop that reads messages, handles them, and acknowledges them.

An actor reads a batch, handles it, and sends the next messages together with the acknowledgement
and the next read in one round trip. A message whose handling fails is delivered again, so handlers
must accept duplicates.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import structlog

from service import clock
from service.messages import AnyMessage, Message
from service.store.errors import DatabaseUnavailable, RedisFull, RedisUnavailable, RowsRejected
from service.store.redis.claims import TakeOver
from service.store.redis.connection import Command, RedisConnection
from service.store.redis.streams import (
    BLOCK_SECONDS,
    Delivery,
    Read,
    Streams,
    Unreadable,
    entries,
    move_on,
    read_new,
    read_pending,
)
from service.telemetry.tracing import OFF, Tracing

log = structlog.get_logger()

BATCH_MESSAGES = 200  # that an actor reads at once
LINGER_SECONDS = 0.004  # after a batch of several requests, so that the next one grows
READ_MARGIN_SECONDS = 5.0  # that an answer may be late beyond the time a read blocks
STOP_SECONDS = 1.0  # that the last acknowledgement may take
TAKE_OVER_SECONDS = 30.0  # after which a silent node counts as dead and its messages are claimed
BACKOFF_SECONDS = (0.05, 5.0)  # the first pause after a failure, and the longest
REDIS_PAUSE_SECONDS = 1.0  # the longest while Redis is away: each of a chain of actors has its own


class Actor(Protocol):
    """A task that runs from start to stop."""

    name: str
    seen: float
    """time.monotonic() of the last time it did its work."""

    async def run(self) -> None: ...

    async def stop(self) -> None: ...


class LostSignal:
    """A flag for the relay: Redis may have lost messages, so it puts back what is missing.

    It starts raised, because what happened before the start is unknown.
    """

    def __init__(self) -> None:
        self.raised = True
        self.wake = asyncio.Event()
        """Wakes the relay, for this or any other reason."""
        self.tell_leader: Callable[[], None] | None = None
        """Passes it on to the node that puts back, if that is another one."""

    def __call__(self) -> None:
        self.raised = True
        self.wake.set()


@dataclass(frozen=True, slots=True)
class ActorContext:
    """The common parts of all stream actors of a process; `node` begins the names of consumers."""

    streams: Streams
    node: str
    lost: LostSignal
    tracing: Tracing = OFF


class Backoff:
    """Pauses that grow while something fails: exponential, with full jitter."""

    def __init__(self) -> None:
        self._failures = 0

    def reset(self) -> None:
        self._failures = 0

    @property
    def first(self) -> bool:
        """Whether this is the first failure in a row: the one worth a line in the log."""
        return self._failures == 1

    def next(self, failure: Exception | None = None) -> float:
        """Seconds to wait before the next try."""
        shortest, longest = BACKOFF_SECONDS
        if isinstance(failure, RedisUnavailable):
            longest = min(longest, REDIS_PAUSE_SECONDS)
        limit = min(longest, shortest * 2 ** min(self._failures, 16))
        self._failures += 1
        return random.uniform(shortest, max(shortest, limit))


class ClockActor:
    """An actor that runs by the clock, not by messages: subclasses implement `tick`."""

    name: str

    def __init__(self, tick: float) -> None:
        self._tick = tick  # seconds
        self._may_tick: Callable[[], bool] | None = None
        self._stopping = asyncio.Event()
        self.seen = 0.0

    def only_if(self, leads: Callable[[], bool]) -> Self:
        """Do nothing while this process does not lead; returns itself."""
        self._may_tick = leads
        return self

    async def tick(self) -> None:
        """Do what is due. May raise DatabaseUnavailable: then it is retried after a pause."""
        raise NotImplementedError

    async def run(self) -> None:
        backoff = Backoff()
        while not self._stopping.is_set():
            pause = self._tick
            try:
                if self._may_tick is None or self._may_tick():
                    await self.tick()
                self.seen = time.monotonic()
                backoff.reset()
            except DatabaseUnavailable as failure:
                pause = backoff.next()
                if backoff.first:
                    log.warning("waiting", actor=self.name, reason=str(failure))
            except Exception:
                log.exception("actor failed", actor=self.name)
                pause = backoff.next()
            await pause_until(self._stopping, pause)

    async def stop(self) -> None:
        self._stopping.set()


class StreamActor:
    """An actor that consumes one stream: subclasses implement `handle`."""

    name: str
    stream: str
    scripts: Sequence[Command] = ()
    """Commands that send to Redis what `finish` needs there."""

    def __init__(self, context: ActorContext) -> None:
        self.tracing = context.tracing
        self._lost = context.lost
        self._consumer = f"{context.node}.{self.name}"
        # after a loss its messages are read again: another primary may have them pending
        self._connection: RedisConnection = context.streams.connection(tells_loss=True)
        self._stopping = asyncio.Event()
        self._take_over = TakeOver(idle=TAKE_OVER_SECONDS)
        self._batch = BATCH_MESSAGES
        self._reading = False
        self._claim_at = 0.0  # time.monotonic() of the next claim from dead nodes
        self.seen = 0.0

    async def handle(self, batch: Sequence[AnyMessage]) -> Sequence[Message]:
        """Handle a batch; returns the messages to send with its acknowledgement.

        A message may come more than once.
        """
        raise NotImplementedError

    def finish(self, done: Sequence[Read], follow: Sequence[Message]) -> Sequence[Command]:
        """The commands that send the next messages and remove those that are done."""
        return move_on(done, follow)

    def expects_more(self, batch: Sequence[Read]) -> bool:
        """Whether messages that belong to the batch are about to come: they are handled with it."""
        del batch
        return False

    async def park(self, message: AnyMessage) -> None:
        """End the request of a message that cannot be handled, so it does not stay unfinished."""

    async def run(self) -> None:
        backoff = Backoff()
        while not self._stopping.is_set():
            try:
                await self._consume(backoff)
            except (RedisUnavailable, DatabaseUnavailable) as failure:
                if self._stopping.is_set():
                    return
                pause = backoff.next(failure)
                if backoff.first:
                    log.warning("waiting", actor=self.name, reason=str(failure))
                if isinstance(failure, RedisFull):
                    self._batch = 1  # the results of one message fit into a full Redis sooner
                self._lost()  # also for results that are committed but not on a stream
                await pause_until(self._stopping, pause)
            except Exception:
                log.exception("actor failed", actor=self.name)
                await pause_until(self._stopping, backoff.next())
        self._connection.close()

    async def stop(self) -> None:
        """Read no more; what is being handled is finished, and stays with no consumer."""
        self._stopping.set()
        if self._reading:
            self._connection.close()

    async def _consume(self, backoff: Backoff) -> None:
        """Read messages still pending from an earlier run, then new ones, until a failure."""
        read = read_pending(self.stream, self._consumer, count=self._batch)
        has_pending = True
        if self.scripts:
            await self._connection.call(*self.scripts)
        done: Sequence[Read] = ()
        follow: Sequence[Message] = ()
        while not self._stopping.is_set():
            finish = self.finish(done, follow) if done else []
            self._reading = True  # which may block
            replies = await self._connection.call(
                *finish, read, timeout=BLOCK_SECONDS + READ_MARGIN_SECONDS
            )
            self._reading = False
            batch = entries(replies[-1])
            if finish or not batch:  # redelivery of the same messages is not progress
                self.seen = time.monotonic()
                backoff.reset()
            if has_pending and not batch:
                has_pending = False
                self._batch = BATCH_MESSAGES
                read = read_new(
                    self.stream, self._consumer, count=BATCH_MESSAGES, block=BLOCK_SECONDS
                )
            elif self.expects_more(batch):
                more = read_new(self.stream, self._consumer, count=BATCH_MESSAGES)
                batch += entries(await self._connection.one(*more))
            batch += await self._from_the_dead()
            follow = await self._handle_all(batch)
            done = batch
            if _has_several_requests(batch):
                await asyncio.sleep(LINGER_SECONDS)
        if done:  # another node would wait until they seem to be abandoned
            await self._connection.call(*self.finish(done, follow), timeout=STOP_SECONDS)

    async def _from_the_dead(self) -> list[Read]:
        """Claim the pending messages of dead nodes, from time to time."""
        now = time.monotonic()
        if now < self._claim_at:
            return []
        self._claim_at = now + TAKE_OVER_SECONDS / 3
        claim = self._take_over.command(self.stream, self._consumer, count=BATCH_MESSAGES)
        items = self._take_over.items(self.stream, await self._connection.one(*claim))
        if items:
            log.warning("taken over from a dead node", stream=self.stream, messages=len(items))
        return items

    async def _handle_all(self, batch: Sequence[Read]) -> Sequence[Message]:
        good = [item.message for item in batch if isinstance(item, Delivery)]
        for item in batch:
            if isinstance(item, Unreadable):
                log.error("unreadable message dropped", stream=self.stream, reason=item.why)
                # its request, if there is one, is still in SQLite
                self._lost()
        if not good:
            return ()
        try:
            return await self._handle_traced(good)
        except (RedisUnavailable, DatabaseUnavailable):
            raise
        except Exception:
            log.exception("handler failed", actor=self.name, messages=len(good))
        # one of them is at fault: handle each separately
        follow: list[Message] = []
        for message in good:
            try:
                follow += await self._handle_traced([message])
            except (RedisUnavailable, DatabaseUnavailable):
                raise
            except Exception:
                log.exception("message parked", actor=self.name, request=message.id)
                with contextlib.suppress(RowsRejected):  # nothing more can be done
                    await self.park(message)
        self._lost()  # only the relay sends what was committed before the failure
        return follow

    async def _handle_traced(self, batch: Sequence[AnyMessage]) -> Sequence[Message]:
        began = clock.now()
        follow = await self.handle(batch)
        if self.tracing.on:
            self.tracing.handled(self.name, batch, began)
        return follow


def _has_several_requests(batch: Sequence[Read]) -> bool:
    """Whether more requests than one are under way: one alone waits for nothing."""
    return len({item.message.id for item in batch if isinstance(item, Delivery)}) > 1


async def pause_until(stopping: asyncio.Event, seconds: float) -> None:
    """Wait for this time, but only briefly once a stop has begun."""
    if stopping.is_set():
        await asyncio.sleep(min(seconds, BACKOFF_SECONDS[0]))
        return
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return
