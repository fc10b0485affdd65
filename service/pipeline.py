"""The pipeline: every actor, given the stores and the doors to the others that it needs."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service import __version__
from service.actors.collector import Collector, RetryPolicy
from service.actors.dispatcher import Dispatcher
from service.actors.events.poller import EventPoller
from service.actors.events.recorder import EventRecorder
from service.actors.maintenance.cleanup import Cleanup
from service.actors.maintenance.config_reloader import ConfigReloader
from service.actors.maintenance.loop_lag import LoopLagMonitor
from service.actors.notifier import Notifier
from service.actors.relay import Relay
from service.actors.supervisor import not_ready, running
from service.actors.webhooks.deliverer import WebhookDeliverer
from service.actors.webhooks.http_sender import WebhookSender
from service.actors.workers.attempt import WorkerContext
from service.actors.workers.pool import Pool
from service.config import Config
from service.http.services import Services
from service.http.snapshot import ServiceMonitor
from service.messages import KINDS, Kind
from service.metrics import Metrics
from service.queueing.admission import Admission
from service.queueing.positions import Positions
from service.shutdown import Shutdown
from service.store.errors import RedisUnavailable
from service.store.media import Media
from service.store.redis.feeds import Feeds
from service.store.redis.rate_limits import RateLimits
from service.store.redis.streams import Streams
from service.store.sql.api_keys import ApiKeys
from service.store.sql.dead_letters import DeadLetters
from service.store.sql.deliveries import Deliveries
from service.store.sql.delivery_history import DeliveryHistory
from service.store.sql.events import Events
from service.store.sql.posts import Posts
from service.store.sql.request_cancellation import EndedRequests, RequestCancellation
from service.store.sql.request_listing import RequestListing
from service.store.sql.requests import Requests
from service.store.sql.retention import Retention
from service.store.sqlite.database import Database
from service.subscriptions import Subscriptions
from service.tracing import Tracer, Tracing


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
    stop: Shutdown,
    keys: Sequence[bytes],
    traced: Tracer | None = None,
) -> AsyncIterator[Services]:
    """Run the actors over these stores and generators; yields what the HTTP API works with.

    Webhooks are signed with each of the keys; `traced` takes the spans, if there is one.
    """
    streams = stores.streams
    requests, posts = Requests(stores.database, alone=stores.alone), Posts(stores.database)
    events = Events(stores.database)
    subscriptions = Subscriptions(events)
    cancellation = RequestCancellation(stores.database, requests.ended)
    dead_letters = DeadLetters(stores.database, events)
    deliveries = Deliveries(stores.database)
    feeds = Feeds(
        streams.connection(),
        posts,
        max_posts=config.feed.max_posts,
        max_answer=config.feed.max_answer,
    )
    rate_limits = RateLimits(streams.connection())
    backlog = Admission(await requests.backlog())
    metrics = Metrics()
    tracing = Tracing(traced, requests.trace_of)
    pools: dict[Kind, Pool] = {}
    config_reloader = ConfigReloader(config, reread, lambda changed: _resize(pools, changed))
    now = config_reloader.config

    def ended(what: EndedRequests) -> None:
        """Places in the queue, and workers, get free, and whoever waits for the end hears of it."""
        backlog.release(what.parts)
        relay.notice(what.notices)
        subscriptions.changed(what.ids)
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
        context = WorkerContext(
            kind, name, made_by[kind], stores.media, _timeout(now, kind), requests, metrics, tracing
        )
        pools[kind] = Pool(
            streams, relay.lost, node, context, size=size, lease=config.service.lease
        )
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
        EventRecorder(events, subscriptions),
        metrics,
    )
    cleanup = Cleanup(
        cancellation,
        Retention(stores.database, stores.media, requests.removed),
        ended,
        now,
        None if stores.alone else recount,
    )
    notifier = Notifier(
        streams, relay.lost, node, requests, posts, feeds, events, deliveries, relay.deliver
    )
    webhooks = WebhookDeliverer(
        streams,
        relay.lost,
        node,
        deliveries,
        WebhookSender(keys, lambda: now().webhooks.networks, config.webhooks.timeout),
        relay.deliver,
        metrics,
        timeout=config.webhooks.timeout,
        schedule=config.webhooks.schedule,
    )
    queue = Positions(stores.database, backlog, lambda: _workers(now()))
    for actor in (dispatcher, collector, notifier, webhooks):
        actor.tracing = tracing
    poller = EventPoller(subscriptions, events, queue, alone=stores.alone)
    loop_lag = LoopLagMonitor(metrics)
    first = (config_reloader, cleanup, loop_lag, relay, dispatcher)
    last = (collector, notifier, webhooks, poller)
    monitor = ServiceMonitor(
        __version__, node, metrics, pools, streams, stores.database, dead_letters
    )
    with contextlib.suppress(RedisUnavailable):  # then the relay makes them, when Redis is there
        await streams.ensure_groups()
    stop.on_hangup(config_reloader.ask)
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
            config=now,
            requests=requests,
            listing=RequestListing(stores.database),
            backlog=backlog,
            queue=queue,
            accepted=relay.accepted,
            generate={kind: pool.generate for kind, pool in pools.items()},
            feeds=feeds,
            posts=posts,
            media=stores.media,
            cancellation=cancellation,
            ended=ended,
            dead_letters=dead_letters,
            events=events,
            subscriptions=subscriptions,
            deliveries=deliveries,
            delivery_history=DeliveryHistory(stores.database),
            deliver=relay.deliver,
            not_ready=lambda: not_ready(streams, stores.database, [*first, *pools.values(), *last]),
            keys=ApiKeys(stores.database),
            rate_limits=rate_limits,
            monitor=monitor,
            tracing=tracing,
        )


def _timeout(now: Callable[[], Config], kind: Kind) -> Callable[[], float]:
    return lambda: float(getattr(now(), kind).timeout)


def _retries(config: Config) -> Mapping[Kind, RetryPolicy]:
    return {
        "text": RetryPolicy(config.text.attempts, config.text.backoff),
        "image": RetryPolicy(config.image.attempts, config.image.backoff),
    }


def _workers(config: Config) -> Mapping[Kind, int]:
    return {"text": config.text.workers, "image": config.image.workers}


def _resize(pools: Mapping[Kind, Pool], config: Config) -> None:
    for kind, workers in _workers(config).items():
        pools[kind].resize(workers)
