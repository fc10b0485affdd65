"""Relay: sends from SQLite to the streams; nothing else does.

Accepted requests wait here in memory for the next batch. That memory may be lost at any time: at
the start, after Redis was unavailable, and from time to time, the relay puts back everything that
is unfinished in SQLite and on no stream.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec
import structlog

from service import clock
from service.actors.actor import LINGER_SECONDS, Backoff, LostSignal, pause_until
from service.actors.priority_moves import PriorityMoves
from service.actors.workers.pool import Pool
from service.messages import (
    Accepted,
    AnyMessage,
    DeliveryDue,
    Failed,
    FanoutSlice,
    Finished,
    Generated,
    Kind,
    Message,
    Moved,
    PartOf,
    Priority,
    StageReached,
    Started,
    TextPiece,
    TextWanted,
    Wanted,
)
from service.request_ids import id_of_time, least_next_id
from service.store.errors import DatabaseUnavailable, RedisUnavailable
from service.store.redis import claims
from service.store.redis.streams import EntryKey
from service.store.sql.requests.requests import Unfinished
from service.store.stores import Stores

log = structlog.get_logger()

YOUNG_SECONDS = 2.0  # within which a live process has relayed what it accepted
DUE_POLL_SECONDS = 1.0  # between two polls for due retries of other processes
RECHECK_SECONDS = 30.0  # between two checks for messages that were lost unnoticed
RECHECK_PAUSE_FACTOR = 100.0  # pause after a check, in multiples of its duration: 1 % of the time
CONFIRM_MARGIN_SECONDS = 1.0  # for another process to renew what only seems to be abandoned
HEARTBEAT_SECONDS = 5.0  # between two heartbeats of a relay with nothing to do

MOVE_SECONDS = 2.0  # that a change of priority waits for its messages to be moved
FINAL_FLUSH_SECONDS = 1.0  # at a stop, to send what was accepted last


Places = dict[PartOf, Priority | None]
"""The parts on a stream, and the priority of those that wait there."""


class Relay:
    """Sends accepted requests, due retries and due deliveries, and resends what got lost."""

    name = "relay"

    def __init__(
        self,
        stores: Stores,
        lost: LostSignal,
        pools: Mapping[str, Pool],
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        """`leads` says whether this process puts back what got lost, for all of them."""
        self._leads = leads
        self._streams = stores.streams
        self._requests = stores.requests
        self._fanouts = stores.fanouts
        self._alone = stores.alone
        self._is_due = stores.is_due
        self._pools = pools
        self._lost = lost
        self._moves = PriorityMoves(stores.streams, stores.requests, pools)
        self._waiting: list[Accepted | Finished | DeliveryDue] = []
        self._log = log.bind()  # a line for each request: without the look-up of a lazy logger
        self._returned = 0  # how many messages a reconcile has put back
        self._check_at = 0.0  # time.monotonic() of the next check for lost messages
        self._suspects: set[EntryKey] = set()  # abandoned, unless another process holds them again
        self._due: list[float] = []  # a heap: when retries are due, each time once
        self._scheduled: set[float] = set()  # the same times
        self._queried_at = 0.0  # time.monotonic() of the last query for due retries
        self._wake = lost.wake
        self._stopping = asyncio.Event()
        self.seen = 0.0

    def accepted(self, request: Accepted) -> None:
        """Queue a committed request for the stream."""
        self._log.info("accepted", request=request.id, tag=request.tag)
        self._waiting.append(request)
        self._wake.set()

    def notice(self, ids: Iterable[str]) -> None:
        """Queue notices that these requests have ended, for the notifier."""
        self._waiting += [Finished(id_) for id_ in ids]
        self._wake.set()

    def deliver(self, due: Iterable[DeliveryDue]) -> None:
        """Queue the messages that wake the webhook deliverer for these URLs."""
        self._waiting += due
        self._wake.set()

    async def reprioritize(self, id_: str, priority: Priority) -> None:
        """Move what waits of a request, whose priority is committed; while Redis is away, later."""
        self._waiting = [
            msgspec.structs.replace(message, priority=priority)
            if isinstance(message, Accepted) and message.id == id_
            else message
            for message in self._waiting
        ]
        try:
            async with asyncio.timeout(MOVE_SECONDS):
                await self._moves.follow(id_)
        except (RedisUnavailable, DatabaseUnavailable, TimeoutError):
            self._lost()

    def retry_later(self, at: float) -> None:
        """Look for due retries at this time (seconds since the epoch)."""
        if not self._leads():
            return  # the process that leads looks for them
        if at not in self._scheduled:  # every check finds all of them again
            self._scheduled.add(at)
            heapq.heappush(self._due, at)
        self._wake.set()

    def look_for_losses(self) -> None:
        """Compare what is unfinished with what is on the streams, soon."""
        self._lost()

    async def run(self) -> None:
        backoff = Backoff()
        while not self._stopping.is_set():
            try:
                if self._lost.raised or time.monotonic() >= self._check_at:
                    await self._look_for_losses()
                count = await self._send()
                self.seen = time.monotonic()
                backoff.reset()
                if count > 1:
                    await asyncio.sleep(LINGER_SECONDS)
                if not self._waiting:
                    await self._wait()
            except (RedisUnavailable, DatabaseUnavailable) as failure:
                self._waiting.clear()  # they are in SQLite: the next reconcile finds them
                self._lost.raised = True
                pause = backoff.next(failure)
                if backoff.first:
                    log.warning("waiting", actor=self.name, reason=str(failure))
                await pause_until(self._stopping, pause)
            except Exception:
                log.exception("relay failed")
                self._lost.raised = True
                await pause_until(self._stopping, backoff.next())
        with contextlib.suppress(RedisUnavailable, DatabaseUnavailable, TimeoutError):
            async with asyncio.timeout(FINAL_FLUSH_SECONDS):  # the next start sends what is left
                await self._send()

    async def stop(self) -> None:
        self._stopping.set()
        self._wake.set()

    def _in_hand(self) -> Iterator[PartOf]:
        """The parts that pools of this process hold."""
        for pool in self._pools.values():
            yield from pool.in_hand()

    async def _wait(self) -> None:
        """Wait until there is something to send, or for the heartbeat."""
        loop = asyncio.get_running_loop()
        polls = not self._alone and self._leads()
        longest = DUE_POLL_SECONDS if polls else HEARTBEAT_SECONDS
        seconds = min(longest, max(0.0, self._due[0] - clock.now())) if self._due else longest
        timer = loop.call_later(seconds, self._wake.set)
        await self._wake.wait()
        timer.cancel()
        self._wake.clear()

    async def _send(self, here: Places | None = None) -> int:
        """Send what waits and what is due; adds its parts to `here`, the parts on a stream."""
        batch: list[AnyMessage] = [*self._waiting]
        self._waiting = []
        now = clock.now()
        leads = self._leads()
        others = not self._alone and time.monotonic() - self._queried_at > DUE_POLL_SECONDS
        if leads and (others or (self._due and self._due[0] <= now)):
            self._queried_at = time.monotonic()
            own = bool(self._due and self._due[0] <= now)
            while self._due and self._due[0] <= now:
                self._scheduled.discard(heapq.heappop(self._due))
            if own or await self._is_due("retries"):
                batch += await self._requests.take_due_retries(now)
        if here is not None:
            here |= {part: None for message in batch for part in _parts(message)}
        await self._streams.add(batch)
        return len(batch)

    async def _look_for_losses(self) -> None:
        was_raised, self._lost.raised = self._lost.raised, False
        await self._streams.memory.check()
        await self._streams.ensure_groups()
        if self._leads():
            await self._check()
            return
        if was_raised and self._lost.tell_leader is not None:
            self._lost.tell_leader()
        self._check_at = time.monotonic() + RECHECK_SECONDS

    async def _check(self) -> None:
        began = time.monotonic()
        await self._free_abandoned()
        await self._reconcile()
        ended = time.monotonic()
        pause = max(RECHECK_SECONDS, RECHECK_PAUSE_FACTOR * (ended - began))
        if self._streams.primary.is_elected:  # what a failover loses may go unnoticed
            pause = RECHECK_SECONDS
        self._check_at = ended + pause

    async def _free_abandoned(self) -> None:
        """Release pending entries that no worker holds: no consumer would finish them."""
        abandoned = await claims.abandoned(self._streams)
        for pool in self._pools.values():
            abandoned.difference_update(pool.holds())
        free = abandoned if self._alone else abandoned & self._suspects
        if free:
            count = await claims.give_again(self._streams, free)
            log.warning("abandoned messages are given out again", messages=count)
        self._suspects = abandoned - free
        if self._suspects:
            renewal = max(pool.renewal_seconds for pool in self._pools.values())
            loop = asyncio.get_running_loop()
            loop.call_later(renewal + CONFIRM_MARGIN_SECONDS, self._lost)

    async def _reconcile(self) -> None:
        """Put back what is unfinished and on no stream; its cost grows with the backlog."""
        # another process may still have in memory what it has just accepted
        young = least_next_id() if self._alone else id_of_time(clock.now() - YOUNG_SECONDS)
        here = await self._scan()
        async for page in self._requests.unfinished():
            # after a flush, what this process has in memory is on no stream
            here |= dict.fromkeys(self._in_hand())
            here |= {part: None for message in self._waiting for part in _parts(message)}
            await self._put_back(self._missing(page, here, young))
            for id_ in _misplaced(page, here):
                await self._moves.follow(id_)
            if self._waiting:
                await self._send(here)
            if page[-1].request.id >= young:
                # the newest may still wait in another process: check again when they are older
                if not self._alone:
                    asyncio.get_running_loop().call_later(YOUNG_SECONDS, self._lost)
                break
        if self._returned:
            log.info("put back", messages=self._returned)
            self._returned = 0

    async def _scan(self) -> Places:
        """What is on the streams; puts back notices and posts that are on none."""
        # The streams come first, in pipeline order: a message that moves on during the scan is
        # seen in a later stream. A request that becomes final during the scan is no longer
        # unfinished when SQLite is read, and one that is accepted during it is relayed anyway.
        #
        # A part in hand may be handed in during the scan; after a flush it was on no stream.
        here: Places = dict.fromkeys(self._in_hand())
        noticed: set[str] = set()
        spreading: set[int] = set()  # posts whose fan-out has a message
        async for message in self._streams.messages():
            priority = message.priority if isinstance(message, Accepted | Wanted) else None
            for part in _parts(message):
                here.setdefault(part, priority)
            self.seen = time.monotonic()  # a long backlog takes a while
            if self._waiting:  # new requests do not wait for the end of the scan
                await self._send(here)
            if isinstance(message, Finished):
                noticed.add(message.id)
            if isinstance(message, FanoutSlice):
                spreading.add(message.created_us)
        notices = [
            notice for notice in await self._requests.unnoticed() if notice.id not in noticed
        ]
        await self._put_back(notices)
        # one that another process is about to send comes twice, which does no harm
        under_way = await self._fanouts.under_way()
        await self._put_back([post for post in under_way if post.created_us not in spreading])
        return here

    def _missing(self, page: Iterable[Unfinished], here: Places, young: str) -> list[Message]:
        """The parts of a page that are on no stream; schedules retries that are not due yet."""
        missing: list[Message] = []
        now = clock.now()
        for unfinished in page:
            if unfinished.request.id >= young:
                break
            if unfinished.retry_at is not None and unfinished.retry_at > now:
                self.retry_later(unfinished.retry_at)
                continue
            kinds = tuple(
                kind
                for kind in unfinished.request.kinds
                if (unfinished.request.id, kind) not in here
                # of a pool that is not known (yet) no stream is scanned, and none is read
                and unfinished.request.wanted(kind).stream in self._streams.groups
            )
            if kinds:
                missing.append(_with_kinds(unfinished.request, kinds))
        return missing

    async def _put_back(self, messages: Sequence[Message]) -> None:
        self.seen = time.monotonic()
        await self._streams.add(messages)
        self._returned += len(messages)


def _misplaced(page: Iterable[Unfinished], here: Places) -> list[str]:
    """The requests of a page with messages of another priority: one was changed during a crash."""
    requests = (unfinished.request for unfinished in page)
    return [
        request.id
        for request in requests
        if any(here.get((request.id, of)) not in (None, request.priority) for of in request.kinds)
    ]


def _with_kinds(request: Accepted, kinds: tuple[Kind, ...]) -> Accepted:
    return msgspec.structs.replace(request, kinds=kinds)


def _parts(message: AnyMessage) -> Iterable[PartOf]:
    match message:
        case Accepted():
            return [(message.id, kind) for kind in message.kinds]
        case Generated() | Failed() | Moved():
            return [(message.id, message.kind)]
        case Started() | TextPiece() | StageReached() | Finished() | DeliveryDue() | FanoutSlice():
            return ()
        case TextWanted():
            return [(message.id, "text")]
        case _:
            return [(message.id, "image")]
