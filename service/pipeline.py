"""Pipeline: builds every actor from the stores, in five groups, and runs them."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service import __version__
from service.actors.actor import Actor, ActorContext, LostSignal
from service.actors.collector import Collector, ResultEffects, Retries, RetryPolicy
from service.actors.dispatcher import Dispatcher
from service.actors.events.poller import EventPoller
from service.actors.events.recorder import EventRecorder
from service.actors.feeds.embedder import Embedder
from service.actors.feeds.fanout import Fanout
from service.actors.feeds.fanout_return import FanoutReturn
from service.actors.feeds.learner import Learner
from service.actors.feeds.pusher import FeedPusher
from service.actors.feeds.scheduler import Scheduler
from service.actors.maintenance.age_watch import AgeWatch
from service.actors.maintenance.cleanup import Cleanup
from service.actors.maintenance.clock_watch import ClockWatch
from service.actors.maintenance.config_reloader import ConfigReloader, LiveConfig
from service.actors.maintenance.key_weights import KeyWeights
from service.actors.maintenance.loop_lag import LoopLagMonitor
from service.actors.maintenance.node_beat import NodeBeat
from service.actors.maintenance.primary_watch import PrimaryWatch
from service.actors.notifier import Notifier
from service.actors.relay import Relay
from service.actors.request_ends import RequestEnds
from service.actors.sharing import announcer, load_watch
from service.actors.supervisor import not_at_work, not_ready, running
from service.actors.webhooks.deliverer import WebhookDeliverer
from service.actors.webhooks.http_sender import WebhookSender
from service.actors.workers.attempt import WorkerContext
from service.actors.workers.failures.cut_off import CutOffAttempts
from service.actors.workers.failures.fallbacks import Fallbacks
from service.actors.workers.failures.health import GeneratorHealth
from service.actors.workers.pause_watch import PauseWatch
from service.actors.workers.pool import Pool
from service.actors.workers.pools import Pools
from service.config import Config, Model, PoolConfig, removed_model
from service.history import ProcessHistory
from service.http.api.feeds.feed_stream import sse_event
from service.http.services import Services
from service.http.snapshot import ServiceMonitor
from service.http.webhook_bodies import webhook_body
from service.local_models.discovery import Discovery
from service.messages import KINDS
from service.process.shutdown import Shutdown
from service.queueing.admission import Admission
from service.queueing.client_queues import ClientQueues
from service.queueing.positions import ClientRoom, Positions
from service.queueing.shares import CurrentShares
from service.ranking.thread import RankingThread
from service.recommendations import Recommendations
from service.roles import Role, does
from service.store.database import Seat
from service.store.errors import RedisUnavailable
from service.store.in_hand import InHand
from service.store.stores import Stores
from service.subscriptions.feeds import FeedSubscriptions
from service.subscriptions.requests import Subscriptions
from service.telemetry.metrics import Metrics
from service.telemetry.tracing import Tracer, Tracing


@dataclass(frozen=True, slots=True)
class Process:
    """The inputs of a pipeline, besides the stores."""

    config: Config
    reread: Callable[[], Config]
    generators: Mapping[str, Any]
    """Those of the kinds, which are open already."""
    open_generator: Callable[[Model], contextlib.AbstractAsyncContextManager[Any]]
    """Opens that of a named model. Raises CannotStart."""
    seat: Seat
    """With the name of this node."""
    roles: tuple[Role, ...]
    nodes: Path
    """The folder with the files of all nodes of this machine."""
    shutdown: Shutdown
    webhook_keys: Sequence[bytes]
    """Each webhook has a signature for every key."""
    tracer: Tracer | None = None
    discovery: Discovery = field(default_factory=lambda: Discovery(wanted=False))
    """The model servers on this machine."""


@dataclass(frozen=True, slots=True)
class Shared:
    """The objects that several groups of actors use."""

    config: LiveConfig
    stores: Stores
    context: ActorContext
    metrics: Metrics
    history: ProcessHistory
    in_hand: InHand
    admission: Admission
    subscriptions: Subscriptions
    feed_subscriptions: FeedSubscriptions
    leads: Callable[[], bool]
    """Whether this process does what one does for all."""


@dataclass(frozen=True, slots=True)
class RequestPath:
    """The actors from an accepted request to its stored result."""

    pools: Pools
    relay: Relay
    dispatcher: Dispatcher
    collector: Collector


@contextlib.asynccontextmanager
async def pipeline(process: Process, stores: Stores) -> AsyncIterator[Services]:
    """Run the actors over these stores; yields the services of the HTTP API."""
    shared = await _shared(process, stores)
    path = _request_path(process, shared)
    removed = await _removed_models(shared)
    models = [*process.config.models.values()]
    async with (
        path.pools.opened(models, process.generators, removed),
        _running(process, shared, path) as services,
    ):
        yield services


@contextlib.asynccontextmanager
async def _running(process: Process, shared: Shared, path: RequestPath) -> AsyncIterator[Services]:
    stores = shared.stores
    ends = RequestEnds(
        shared.admission, path.relay, shared.subscriptions, shared.metrics, path.pools
    )
    positions = Positions(
        stores.database,
        shared.admission,
        lambda: {name: 0 if pool.paused_by else pool.limit for name, pool in path.pools.items()},
        CurrentShares(stores.streams, lambda: shared.config().queue.lower_priority_share),
        ClientRoom(
            lambda: shared.config().limits.max_running,
            lambda name: path.pools[name].direct_clients,
        ),
    )
    poller = EventPoller(shared.subscriptions, stores.events, positions)
    http = process.config.http
    webhooks = _webhooks(process, shared)
    base = http.url or http.path
    notifier = Notifier(shared.context, stores, lambda log: webhook_body(log, base))
    fanout = Fanout(shared.context, stores, lambda: shared.config().feed.fanout_limit)
    cut_off = _cut_off(process, shared, path)
    await cut_off.count(shared.in_hand)
    reloader, cleanup, loop_lag = _maintenance(process, shared, path.pools, ends, cut_off)

    weights = KeyWeights(stores.api_keys, stores.streams).only_if(shared.leads)
    watches: list[Actor] = [
        ClockWatch(stores, shared.leads),
        AgeWatch(stores.requests, lambda: len(path.pools) > len(KINDS)).only_if(shared.leads),
        loop_lag,
        weights,
    ]
    beat = NodeBeat(stores, process.seat, __version__, process.roles)
    first: list[Actor] = [
        beat,
        reloader,
        cleanup,
        *watches,
        Scheduler(stores).only_if(shared.leads),
        FanoutReturn(stores, lambda: shared.config().feed.fanout_limit).only_if(shared.leads),
        Embedder(stores, lambda: shared.config().embeddings, shared.metrics).only_if(shared.leads),
        path.relay,
        path.dispatcher,
    ]
    pools = path.pools
    pusher = FeedPusher(shared.feed_subscriptions, stores, sse_event)
    ranking = RankingThread(process.config.ranking)
    learner = Learner(stores, ranking)
    recommendations = Recommendations(stores, ranking, shared.config, shared.metrics)
    last: list[Actor] = [path.collector, notifier, fanout, webhooks, poller, pusher, learner]
    if not stores.alone:
        seat, lost, accepts = process.seat, shared.context.lost, "http" in process.roles
        first.append(load_watch(stores, seat, shared.admission, accepts=accepts))
        last.append(announcer(stores, seat, lost, ends, shared.subscriptions))
    works = "worker" in process.roles
    if not works:  # pools at work look for themselves
        first.append(PauseWatch(pools))
    first, last = ([a for a in each if does(process.roles, a.name)] for each in (first, last))
    if stores.streams.primary.is_elected:
        last.append(PrimaryWatch(stores.streams.primary))
    with contextlib.suppress(RedisUnavailable):  # the relay makes them once Redis answers
        await stores.streams.ensure_groups()
    shutdown, drain = process.shutdown, process.config.service.drain
    supervised = running(
        first,
        pools,
        last,
        stores.streams,
        works=works,
        drain=lambda: shutdown.left(drain),
        hurry=shutdown.forced,
    )
    with contextlib.closing(ranking), shared.in_hand:
        async with contextlib.aclosing(stores), beat.shown(), stores.clock.saved(), supervised:
            yield Services(
                config=shared.config.get,
                reread=process.reread,
                stores=stores,
                admission=shared.admission,
                positions=positions,
                subscriptions=shared.subscriptions,
                feed_subscriptions=shared.feed_subscriptions,
                recommendations=recommendations,
                forget_taste=learner.forget,
                relay=path.relay,
                generate=path.pools.generate,
                ends=ends,
                not_at_work=lambda: not_at_work(stores, [*first, *pools.expected(), *last]),
                not_ready=lambda: not_ready(
                    stores,
                    [*first, *pools.expected(), *last],
                    _needed_pools(shared.config(), pools) if works else (),
                ),
                monitor=ServiceMonitor(
                    __version__,
                    beat.node,
                    shared.metrics,
                    path.pools,
                    stores,
                    process.discovery,
                    shared.history,
                ),
                webhook_keys=process.webhook_keys,
                tracing=shared.context.tracing,
            )


async def _shared(process: Process, stores: Stores) -> Shared:
    await stores.clock.start()
    lost = stores.streams.primary.on_change = LostSignal()
    if stores.shared_look is not None:
        stores.shared_look.leads = lambda: process.seat.leads
    process.seat.on_lead = lost  # what the last leader has missed is unknown
    tracing = Tracing(process.tracer, stores.requests.trace_of)
    metrics = Metrics()
    admission = Admission(
        await stores.requests.backlog(), ClientQueues(stores.requests.unfinished_clients)
    )
    return Shared(
        config=LiveConfig(process.config),
        stores=stores,
        context=ActorContext(stores.streams, process.seat.name, lost, tracing),
        metrics=metrics,
        history=ProcessHistory(metrics, admission),
        in_hand=InHand(process.nodes, process.seat.name),
        admission=admission,
        subscriptions=Subscriptions(stores.events),
        feed_subscriptions=FeedSubscriptions(stores.posts.head),
        leads=lambda: process.seat.leads,
    )


def _request_path(process: Process, shared: Shared) -> RequestPath:
    stores, context = shared.stores, shared.context
    fallbacks = Fallbacks(shared.config, stores.requests)
    pools = Pools(
        process.open_generator,
        lambda model, generator: _pool(model, generator, process, shared, fallbacks),
        stores.streams,
        shared.admission,
        lambda: shared.config().queue.removed_model_grace,
        stores.requests.kinds_of_pools,
        lambda name: _forget(name, shared),
    )
    fallbacks.pools = pools
    relay = Relay(stores, context.lost, pools, shared.leads)
    recorder = EventRecorder(stores.events, shared.subscriptions)
    collector = Collector(
        context,
        stores,
        Retries(
            lambda pool: _retry_policy(shared.config().pool(pool)), relay.retry_later, fallbacks
        ),
        ResultEffects(recorder, shared.admission, shared.metrics),
    )
    return RequestPath(pools, relay, Dispatcher(context), collector)


def _pool(
    model: Model, generator: Any, process: Process, shared: Shared, fallbacks: Fallbacks
) -> Pool:
    live, name = shared.config.get, model.name
    if name not in KINDS:
        shared.in_hand.add_pool(model.kind, name)
        shared.metrics.add_pool(name, model.kind)
    worker_context = WorkerContext(
        model.kind,
        name,
        "" if name in KINDS else name,
        model.pool.generator,
        generator,
        shared.stores.media,
        lambda: live().pool(name).timeout,
        lambda: live().pool(name).outage,
        GeneratorHealth(f"{name}-workers", generator),
        shared.stores.requests,
        shared.metrics,
        shared.in_hand,
        lambda: live().limits.max_running,
        shared.context.tracing,
        shared.subscriptions.show,
        shared.admission.resumed,
    )
    lease = process.config.service.lease
    pool = Pool(
        shared.context,
        worker_context,
        pauses=shared.stores.pool_pauses,
        costs=shared.stores.pool_costs,
        workers=model.pool.bounds(model.settings),
        lease=lease,
        lower_share=lambda: live().queue.lower_priority_share,
        fallbacks=fallbacks,
    )
    pool.set_budget(model.pool.budget)
    return pool


def _forget(name: str, shared: Shared) -> None:
    """Forget a model that was removed."""
    live = shared.config
    leaving = {other: model for other, model in live().leaving.items() if other != name}
    live.current = dataclasses.replace(live(), leaving=leaving)
    shared.metrics.remove_pool(name)


async def _removed_models(shared: Shared) -> list[Model]:
    """The models for which something waits, and which are not configured any more."""
    live, models = shared.config, shared.config().models
    if all(name in models for name in shared.admission.pools):
        return []
    kinds = await shared.stores.requests.kinds_of_pools()
    leaving = {name: removed_model(name, of) for name, of in kinds.items() if name not in models}
    live.current = dataclasses.replace(live(), leaving=leaving)
    return [*leaving.values()]


def _needed_pools(config: Config, pools: Mapping[str, Pool]) -> list[Pool]:
    """The pools of default models without a fallback that can work."""

    def is_needed(name: str, pool: Pool) -> bool:
        others = [pools[other] for other in config.fallbacks(name) if other in pools]
        able = any(not other.trouble and not other.cannot_work for other in others)
        return config.default(pool.kind) == name and not able

    return [pool for name, pool in pools.items() if is_needed(name, pool)]


def _cut_off(process: Process, shared: Shared, path: RequestPath) -> CutOffAttempts:
    return CutOffAttempts(
        process.nodes,
        shared.stores.requests,
        lambda pool: process.config.pool(pool).generator,
        path.collector.handle,
        path.relay.notice,
    )


def _webhooks(process: Process, shared: Shared) -> WebhookDeliverer:
    own = process.config.webhooks
    live = shared.config
    sender = WebhookSender(process.webhook_keys, lambda: live().webhooks.networks, own.timeout)
    deliveries = shared.stores.deliveries
    return WebhookDeliverer(shared.context, deliveries, sender, shared.metrics, own)


def _maintenance(
    process: Process,
    shared: Shared,
    pools: Pools,
    ends: RequestEnds,
    cut_off: CutOffAttempts,
) -> tuple[ConfigReloader, Cleanup, LoopLagMonitor]:
    reloader = ConfigReloader(
        shared.config, process.reread, lambda changed: pools.apply(changed.models)
    )
    process.shutdown.on_hangup(reloader.reload_soon)
    cleanup = Cleanup(shared.stores, ends.follow, shared.config, cut_off, shared.leads)
    return reloader, cleanup, LoopLagMonitor(shared.metrics, shared.history)


def _retry_policy(pool: PoolConfig) -> RetryPolicy:
    return RetryPolicy(pool.attempts, pool.backoff)
