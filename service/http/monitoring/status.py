"""`GET /status`: the state of the service, as JSON for a dashboard."""

from __future__ import annotations

from itertools import islice

import msgspec
from aiohttp import web

from service import clock
from service.generators.protocol import ServerState
from service.http.api.responses import json_reply
from service.http.monitoring.clients import PoolClientsStatus, pool_clients
from service.http.monitoring.nodes import NodeStatus, node_status
from service.http.services import Services, services_of
from service.http.snapshot import Snapshot
from service.messages import AtWork, Kind, PausedBy
from service.roles import Role
from service.store.home_feeds import FEED_STATES
from service.store.redis.streams import Stream
from service.store.sql.queues.waiting_clients import ClientsOfPool
from service.store.sql.requests.request_loads import Ages
from service.store.sql.requests.request_records import iso
from service.stream_groups import group_of
from service.telemetry.metrics import Metrics, PartTimes, percentiles

PERCENTILES = (0.5, 0.95, 0.99)
MAX_RUNNING = 64  # workers of a pool that are shown


class ConsumerStatus(msgspec.Struct):
    """A consumer of a stream: entries in hand, and seconds since it last asked for more."""

    pending: int
    idle_seconds: float


class StreamStatus(msgspec.Struct):
    """A stream: its length is its backlog; pending entries are in the hands of consumers."""

    length: int
    group: str
    pending: int
    consumers: dict[str, ConsumerStatus]


class ServerStatus(msgspec.Struct):
    """A server behind a generator: whether it is up, and how many jobs of this process it has.

    `limit` is how many it gets at once, as measured; null if the generator does not limit them.
    """

    url: str
    up: bool
    jobs: int
    limit: int | None
    refusals: int
    waits_until: str | None


class RunningStatus(msgspec.Struct):
    """A worker that is generating: which request, which attempt, and for how long.

    Direct calls have no request.
    """

    worker: str
    request: str | None
    attempt: int | None
    seconds: float | None


class PoolStatus(msgspec.Struct):
    """The workers of a model. `queued` are the parts that wait for one of them.

    `breaker` is open while the pool pauses because its generator fails again and again; the next
    job is tried at `breaker_until`. `trouble` says why the generator cannot work, `servers` are
    those of a remote one. While an operator or `workers = 0` has `paused` it, a pool begins
    nothing. `clients` are those that share it. `limit` generations may run at once now; while it
    `waits_for` something, none begins before `waits_until`. `oldest_waiting_seconds` counts from
    the acceptance of the request, `oldest_running_seconds` from the start of the generation; null
    if there is none.
    """

    kind: Kind
    generator: str
    configured: int
    busy: int
    idle: int
    in_flight: int
    queued: int
    oldest_waiting_seconds: float | None
    oldest_running_seconds: float | None
    breaker: str
    breaker_until: str | None
    trouble: str | None
    servers: list[ServerStatus]
    failed_attempts: int
    retries: int
    paused: bool
    paused_by: PausedBy | None
    paused_at: str | None
    clients: PoolClientsStatus | None
    automatic: bool
    limit: int
    refusals: int
    waits_for: str | None
    waits_until: str | None
    running: list[RunningStatus]


class Percentiles(msgspec.Struct):
    """Percentiles of the latest values, at most five minutes old. In seconds."""

    p50: float
    p95: float
    p99: float


class Latencies(msgspec.Struct):
    """How long the first attempts at parts of a model take; null without recent ones.

    `waiting` is from acceptance until a worker begins, `service` the attempt, `total` both.
    """

    waiting: Percentiles | None
    service: Percentiles | None
    total: Percentiles | None


class Rates(msgspec.Struct):
    """Requests a second, over the last minute."""

    accepted: float
    finished: float


class DatabaseStatus(msgspec.Struct):
    """SQLite. `rows_per_commit` says how many writes share a commit."""

    commits: int
    failed_commits: int
    rows: int
    rows_per_commit: float
    bytes: int


class RedisStatus(msgspec.Struct):
    """Redis; fields are null if it does not answer."""

    reachable: bool
    version: str | None
    memory_bytes: int | None
    clients: int | None
    reconnects: int


class FeedStatus(msgspec.Struct):
    """Home feeds. `fanouts` are posts that are not in all stored feeds yet; null if unknown.

    `reads` counts the pages of this process by where they were found.
    """

    fanouts: int | None
    fanout_lag_seconds: float | None
    rebuilds: int
    reads: dict[str, int]


class ConnectionStatus(msgspec.Struct):
    """The connected clients, and those that follow events."""

    open: int
    sse: int
    websocket: int


class FoundServer(msgspec.Struct):
    """A model server on this machine that answered when the service started."""

    program: str
    kind: Kind
    base_url: str
    models: list[str]


class ServiceStatus(msgspec.Struct):
    """The state of the service. Parts that do not answer are null.

    `backlog` counts the parts that are accepted and not final.
    """

    version: str
    node: str
    roles: list[Role]
    nodes: list[NodeStatus]
    started_at: str
    uptime_seconds: float
    ready: bool
    waiting_for: dict[str, str]
    accepted: int
    finished: int
    rates: Rates
    backlog: dict[str, int]
    pools: dict[str, PoolStatus]
    latencies: dict[str, Latencies]
    streams: dict[str, StreamStatus] | None
    dead_letters: int | None
    database: DatabaseStatus
    redis: RedisStatus
    feeds: FeedStatus
    event_loop_lag: Percentiles | None
    connections: ConnectionStatus
    found: list[FoundServer]


async def get_status(request: web.Request) -> web.StreamResponse:
    """The state of the service; it answers even if Redis or SQLite is unavailable."""
    services = services_of(request)
    waiting_for = await services.not_ready()
    return json_reply(_status(services, await services.monitor.take_snapshot(), dict(waiting_for)))


def _status(services: Services, snapshot: Snapshot, waiting_for: dict[str, str]) -> ServiceStatus:
    monitor = services.monitor
    metrics = monitor.metrics
    pools = [*monitor.pools]
    accepted, finished = metrics.rates()
    return ServiceStatus(
        version=monitor.version,
        node=monitor.node,
        roles=list(monitor.roles),
        nodes=[node_status(node) for node in snapshot.nodes],
        started_at=iso(metrics.started_at) or "",
        uptime_seconds=round(clock.now() - metrics.started_at, 3),
        ready=not waiting_for,
        waiting_for=waiting_for,
        accepted=metrics.accepted.total(),
        finished=metrics.finished.total(),
        rates=Rates(round(accepted, 3), round(finished, 3)),
        backlog={name: services.admission[name] for name in pools},
        pools={name: _pool(name, services, snapshot) for name in pools},
        latencies={name: _latencies(metrics.times[name]) for name in pools},
        streams=None
        if snapshot.streams is None
        else {name: _stream(name, stream) for name, stream in snapshot.streams.items()},
        dead_letters=snapshot.dead_letters,
        database=_database(services, snapshot),
        redis=_redis(services, snapshot),
        feeds=_feeds(services, snapshot),
        event_loop_lag=_percentiles(metrics.lag.percentiles(*PERCENTILES)),
        connections=ConnectionStatus(
            monitor.connections(), metrics.event_streams["sse"], metrics.event_streams["websocket"]
        ),
        found=[
            FoundServer(server.program, server.kind, server.base_url, list(server.models))
            for server in monitor.discovery.found
        ],
    )


def _pool(name: str, services: Services, snapshot: Snapshot) -> PoolStatus:
    pool, metrics = services.monitor.pools[name], services.monitor.metrics
    ages = (snapshot.ages or {}).get(name, Ages(None, None))
    waits = pool.waits
    return PoolStatus(
        pool.kind,
        pool.generator,
        pool.size,
        pool.busy,
        pool.idle,
        pool.in_flight,
        max(0, services.admission[name] - pool.busy),
        _rounded(ages.waiting),
        _rounded(ages.running),
        "open" if pool.breaker_open else "closed",
        iso(clock.now() + pool.breaker_pause) if pool.breaker_open else None,
        pool.trouble,
        [_server(server) for server in pool.servers],
        metrics.failed_attempts[name],
        metrics.retries[name],
        pool.paused_by is not None,
        pool.paused_by,
        iso(pool.paused_at),
        _clients(name, metrics, snapshot),
        pool.automatic,
        pool.limit,
        metrics.refusals[name],
        None if waits is None else waits.reason,
        None if waits is None else iso(clock.now() + waits.seconds),
        [_running(work) for work in islice(pool.at_work(), MAX_RUNNING)],
    )


def _server(server: ServerState) -> ServerStatus:
    return ServerStatus(
        server.url,
        server.up,
        server.jobs,
        server.limit,
        server.refusals,
        iso(clock.now() + server.pause) if server.pause else None,
    )


def _running(work: AtWork) -> RunningStatus:
    seconds = None if work.began is None else max(0.0, clock.now() - work.began)
    return RunningStatus(work.worker, work.id, work.attempt, _rounded(seconds))


def _clients(name: str, metrics: Metrics, snapshot: Snapshot) -> PoolClientsStatus | None:
    if snapshot.clients is None:
        return None
    clients = snapshot.clients
    found = clients.of_pools.get(name, ClientsOfPool(0, ()))
    shares = metrics.clients[name].shares()
    return pool_clients(found, shares, clients.weights)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def _latencies(times: PartTimes) -> Latencies:
    latest = times.latest()
    waiting = [waiting for waiting, _ in latest]
    service = [took for _, took in latest]
    total = [sum(both) for both in latest]
    return Latencies(
        *(_percentiles(percentiles(x, PERCENTILES)) for x in (waiting, service, total))
    )


def _percentiles(values: list[float] | None) -> Percentiles | None:
    return None if values is None else Percentiles(*(round(value, 6) for value in values))


def _stream(name: str, stream: Stream) -> StreamStatus:
    consumers = {
        consumer: ConsumerStatus(state.pending, state.idle)
        for consumer, state in sorted(stream.consumers.items())
    }
    return StreamStatus(stream.length, group_of(name), stream.pending, consumers)


def _database(services: Services, snapshot: Snapshot) -> DatabaseStatus:
    database = services.monitor.stores.database
    rows = database.rows / database.commits if database.commits else 0.0
    return DatabaseStatus(
        database.commits,
        database.failures,
        database.rows,
        round(rows, 2),
        snapshot.database_bytes or 0,
    )


def _feeds(services: Services, snapshot: Snapshot) -> FeedStatus:
    feeds, lag = services.stores.home_feeds, snapshot.fanouts
    return FeedStatus(
        None if lag is None else lag.posts,
        None if lag is None else round(lag.seconds, 3),
        feeds.rebuilds,
        {state: feeds.reads[state] for state in FEED_STATES},
    )


def _redis(services: Services, snapshot: Snapshot) -> RedisStatus:
    reconnects = services.monitor.stores.streams.reconnects
    info = snapshot.redis
    if info is None:
        return RedisStatus(False, None, None, None, reconnects)
    version = info.get("valkey_version") or info.get("redis_version")
    memory, clients = info.get("used_memory", 0), info.get("connected_clients", 0)
    return RedisStatus(True, version, int(memory), int(clients), reconnects)
