"""The composition root: opens what is needed in order, starts the actors, mirrors it at the end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from service import __version__, signing
from service.actors.collector import Collector, Retries
from service.actors.dispatcher import Dispatcher
from service.actors.herald import Herald
from service.actors.narrator import Narrator
from service.actors.notifier import Notifier
from service.actors.pool import Pool
from service.actors.pulse import Pulse
from service.actors.relay import Relay
from service.actors.reloader import Reloader
from service.actors.sender import Sender
from service.actors.stage import not_ready, running
from service.actors.timekeeper import Timekeeper
from service.actors.webhooks import Webhooks
from service.actors.worker import Workbench
from service.config import Config
from service.generators import catalogue
from service.generators.protocol import CannotStart
from service.http.access import OpenDoor, check_door
from service.http.app import application
from service.http.server import Server, bind
from service.http.services import Ready, Services
from service.http.vitals import Vitals
from service.messages import KINDS, Kind
from service.metrics import Metrics
from service.signing import NoSecret
from service.store.api_keys import ApiKeys, listed
from service.store.backlog import Backlog
from service.store.bulletin import Bulletin
from service.store.data_folder import FolderInUse, claimed
from service.store.database import Database, DatabaseAway
from service.store.dead_letters import DeadLetters
from service.store.deliveries import Deliveries
from service.store.embedded_redis import CannotStartRedis, embedded_redis
from service.store.endings import Ended, Endings
from service.store.events import Events
from service.store.external_redis import external_redis
from service.store.feeds import Feeds
from service.store.listing import Listing
from service.store.media import Media
from service.store.posts import Posts
from service.store.queue import Queue
from service.store.rate_limits import RateLimits
from service.store.redis_connection import RedisAway, how_to_inspect
from service.store.requests import Requests
from service.store.retention import Retention
from service.store.streams import Streams
from service.tracing import Tracer, Tracing, tracer

log = structlog.get_logger()

T = TypeVar("T")

SIGNING = "webhook-secret"  # file in the data folder, if no secret is configured

CANNOT_START = (
    FolderInUse,
    CannotStartRedis,
    CannotStart,
    DatabaseAway,
    NoSecret,
    OpenDoor,
    OSError,
)
"""What `serve` raises when it cannot start; each message is a sentence for the user."""


async def serve(config: Config, reread: Callable[[], Config]) -> None:
    """Run the service until SIGINT or SIGTERM; a second one stops it at once.

    Raises one of CANNOT_START.
    """
    stop = Stop()
    embedded = config.redis.url == "embedded"
    folder = config.data_dir
    async with contextlib.AsyncExitStack() as stack:
        traced = stack.enter_context(tracer(__version__))
        node = stack.enter_context(claimed(folder, alone=embedded, node=config.service.node))
        check_door(config, lambda: bool(listed(config.database)))
        keys = signing.keys(config.webhooks.secrets, os.environ, folder / SIGNING)
        address = stack.enter_context(bind(config.http.host, config.http.port))
        opened = await stop.unless_asked(
            _open_all(
                stack,
                embedded_redis(folder / "redis") if embedded else external_redis(config.redis.url),
                Database.open(config.database),
                _generator(config, "text"),
                _generator(config, "image"),
            )
        )
        if opened is None:
            log.info("stopped")
            return
        url, database, text, image = opened
        stores = Stores(database, Streams(url), Media(folder / "media", node), embedded)
        async with pipeline(
            config, reread, stores, {"text": text, "image": image}, node, stop, keys, traced
        ) as services:
            server = Server(application(services))
            base = await server.start(address)
            try:
                if await _until_ready(services.not_ready, stop):
                    inspect = how_to_inspect(url)
                    log.info("ready", url=base, redis=inspect, data=str(folder), node=node)
                await stop.asked.wait()
            finally:
                log.info("stopping")
                await stop.unless_at_once(server.stop(stop.left(config.service.drain)))
                if stop.at_once.is_set():
                    await server.stop(0)
    log.info("stopped")


@dataclass(frozen=True, slots=True)
class Stores:
    """Where everything is kept."""

    database: Database
    streams: Streams
    media: Media
    alone: bool
    """Whether no other process uses them at the same time."""


@contextlib.asynccontextmanager
async def pipeline(
    config: Config,
    reread: Callable[[], Config],
    stores: Stores,
    made_by: Mapping[Kind, Any],
    node: str,
    stop: Stop,
    keys: Sequence[bytes],
    traced: Tracer | None = None,
) -> AsyncIterator[Services]:
    """Run the actors over these stores and generators; yields what the HTTP API works with.

    Webhooks are signed with each of the keys; `traced` takes the spans, if there is one.
    """
    streams = stores.streams
    requests, posts = Requests(stores.database), Posts(stores.database)
    events = Events(stores.database)
    bulletin = Bulletin(events)
    endings, dead_letters = Endings(stores.database), DeadLetters(stores.database, events)
    deliveries = Deliveries(stores.database)
    feeds = Feeds(streams.connection(), posts, max_posts=config.feed.max_posts)
    rate_limits = RateLimits(streams.connection())
    backlog = Backlog(await requests.backlog())
    metrics = Metrics()
    tracing = Tracing(traced, requests.trace_of)
    pools: dict[Kind, Pool] = {}
    reloader = Reloader(config, reread, lambda changed: _resize(pools, changed))
    now = reloader.config

    def ended(what: Ended) -> None:
        """Places in the queue, and workers, get free, and whoever waits for the end hears of it."""
        backlog.give_back(what.parts)
        relay.notice(what.notices)
        bulletin.changed(what.ids)
        for end in what.ends:
            metrics.end(*end)
        for pool in pools.values():
            for id_ in what.ids:
                pool.interrupt(id_)

    async def recount() -> None:
        """What other processes accepted and finished counts as well."""
        backlog.correct(await requests.backlog())

    relay = Relay(
        streams,
        requests,
        deliveries,
        lambda: (part for pool in pools.values() for part in pool.in_hand()),
        alone=stores.alone,
    )
    for kind in KINDS:
        name, size = getattr(config, kind).generator, getattr(config, kind).workers
        bench = Workbench(
            kind, name, made_by[kind], stores.media, _timeout(now, kind), requests, metrics, tracing
        )
        pools[kind] = Pool(streams, relay.lost, node, bench, size=size, lease=config.service.lease)
    dispatcher = Dispatcher(streams, relay.lost, node)
    collector = Collector(
        streams,
        relay.lost,
        node,
        requests,
        dead_letters,
        lambda: _retries(now()),
        relay.retry_later,
        backlog,
        Narrator(events, bulletin),
        metrics,
    )
    timekeeper = Timekeeper(
        endings,
        Retention(stores.database, stores.media),
        ended,
        now,
        None if stores.alone else recount,
    )
    notifier = Notifier(
        streams, relay.lost, node, requests, posts, feeds, events, deliveries, relay.deliver
    )
    webhooks = Webhooks(
        streams,
        relay.lost,
        node,
        deliveries,
        Sender(keys, config.webhooks.networks, config.webhooks.timeout),
        relay.deliver,
        metrics,
        timeout=config.webhooks.timeout,
        schedule=config.webhooks.schedule,
    )
    queue = Queue(stores.database, backlog, lambda: _workers(now()))
    for actor in (dispatcher, collector, notifier, webhooks):
        actor.tracing = tracing
    herald = Herald(bulletin, events, queue, alone=stores.alone)
    pulse = Pulse(metrics)
    first = (reloader, timekeeper, pulse, relay, dispatcher)
    last = (collector, notifier, webhooks, herald)
    vitals = Vitals(__version__, node, metrics, pools, streams, stores.database, dead_letters)
    with contextlib.suppress(RedisAway):  # then the relay makes them, when Redis is there
        await streams.ensure_groups()
    stop.on_hangup(reloader.ask)
    stage = running(
        first,
        list(pools.values()),
        last,
        streams,
        drain=lambda: stop.left(config.service.drain),
        hurry=stop.at_once,
    )
    async with (
        contextlib.aclosing(feeds),
        contextlib.aclosing(streams),
        contextlib.aclosing(rate_limits),
        stage,
    ):
        yield Services(
            now,
            requests,
            Listing(stores.database),
            backlog,
            queue,
            relay.accepted,
            {kind: pool.generate for kind, pool in pools.items()},
            feeds,
            posts,
            stores.media,
            endings,
            ended,
            dead_letters,
            events,
            bulletin,
            deliveries,
            relay.deliver,
            lambda: not_ready(streams, stores.database, [*first, *pools.values(), *last]),
            ApiKeys(stores.database),
            rate_limits,
            vitals,
            tracing,
        )


class Stop:
    """What the signals ask for: to stop, and to stop at once."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.at_once = asyncio.Event()
        self._at: float | None = None  # when it was asked for
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            self._loop.add_signal_handler(number, self._ask)

    def left(self, drain: float) -> float:
        """What is left of `drain` seconds since the stop was asked for."""
        return drain if self._at is None else max(0.0, self._at + drain - self._loop.time())

    def on_hangup(self, do: Callable[[], None]) -> None:
        """Call `do` on SIGHUP."""
        self._loop.add_signal_handler(signal.SIGHUP, do)

    async def unless_asked(self, work: Coroutine[Any, Any, T]) -> T | None:
        """What the work leads to, or None: it is interrupted when a stop is asked for."""
        return await _unless(self.asked, work)

    async def unless_at_once(self, work: Coroutine[Any, Any, T]) -> T | None:
        """The same with a stop at once."""
        return await _unless(self.at_once, work)

    def _ask(self) -> None:
        self._at = self._at or self._loop.time()
        (self.at_once if self.asked.is_set() else self.asked).set()


async def _unless(event: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    working = asyncio.create_task(work, name="interruptible")
    waiting = asyncio.create_task(event.wait(), name="interruption")
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        working.cancel()
        await asyncio.wait({working, waiting})
    return None if working.cancelled() else working.result()


async def _open_all(stack: contextlib.AsyncExitStack, *contexts: Any) -> list[Any]:
    """Open side by side what does not need each other; the first error counts."""
    opened = await asyncio.gather(
        *(stack.enter_async_context(context) for context in contexts), return_exceptions=True
    )
    for result in opened:
        if isinstance(result, BaseException):
            raise result
    return opened


def _generator(config: Config, kind: Kind) -> Any:
    table = {"text": catalogue.TEXT, "image": catalogue.IMAGE}[kind]
    name = getattr(config, kind).generator
    return table[name](config.settings[kind][name], config.data_dir)


def _timeout(now: Callable[[], Config], kind: Kind) -> Callable[[], float]:
    return lambda: float(getattr(now(), kind).timeout)


def _retries(config: Config) -> Mapping[Kind, Retries]:
    return {
        "text": Retries(config.text.attempts, config.text.backoff),
        "image": Retries(config.image.attempts, config.image.backoff),
    }


def _workers(config: Config) -> Mapping[Kind, int]:
    return {"text": config.text.workers, "image": config.image.workers}


def _resize(pools: Mapping[Kind, Pool], config: Config) -> None:
    for kind, workers in _workers(config).items():
        pools[kind].resize(workers)


async def _until_ready(missing: Ready, stop: Stop) -> bool:
    """Wait until everything is at work: True, or until a stop is asked for: False."""
    said: list[str] = []
    began = time.monotonic()
    while not stop.asked.is_set():
        found = await missing()
        if not found:
            return not stop.asked.is_set()
        if list(found) != said and time.monotonic() - began > 1:
            said = list(found)
            log.info("starting", waiting_for=found)
        await asyncio.sleep(0.005)
    return False
