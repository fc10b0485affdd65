"""`/metrics` in Prometheus' formats. Imported when somebody asks: few processes ever are."""

from __future__ import annotations

import platform
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from prometheus_client import Metric, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector

from service import clock, logs
from service.http.negotiation import preferred
from service.http.server.request_metrics import summed
from service.http.snapshot import ServiceMonitor, Snapshot
from service.messages import GROUPS, KINDS, TAGS, Status
from service.metrics import Histogram, Metrics
from service.queueing.admission import Admission

ENDS: tuple[Status, ...] = ("completed", "failed", "cancelled", "expired")
OUTCOMES = ("delivered", "retry", "failed", "disabled")
TRANSPORTS = ("sse", "websocket")
PREFIX = "feedmill_"
PLAIN, OPENMETRICS = "text/plain", "application/openmetrics-text"

Labels = tuple[str, ...]

_process = ProcessCollector(registry=None)


class MetricsPage(Collector):
    """Everything that is counted, as it was when this was made."""

    def __init__(self, monitor: ServiceMonitor, backlog: Admission, look: Snapshot) -> None:
        self._families = [*_families(monitor, backlog, look), *_process.collect()]

    def written(self, accept: str) -> tuple[bytes, str]:
        """The page and its content type: the one that the client likes best."""
        if preferred(accept, [PLAIN, OPENMETRICS]) == OPENMETRICS:
            openmetrics: bytes = generate_openmetrics(self)  # type: ignore[no-untyped-call] # it is
            return openmetrics, CONTENT_TYPE_LATEST
        return generate_latest(self), CONTENT_TYPE_PLAIN_0_0_4

    def collect(self) -> Iterable[Metric]:
        return self._families


def _families(monitor: ServiceMonitor, backlog: Admission, look: Snapshot) -> Iterator[Metric]:
    yield _gauge(
        "build_info",
        "What runs here.",
        ("version", "python", "sqlite"),
        {(monitor.version, platform.python_version(), sqlite3.sqlite_version): 1},
    )
    yield from _of_pools(monitor, backlog)
    yield from _of_requests(monitor.metrics)
    yield from _of_ages(look)
    yield from _of_stores(monitor, look)
    yield from _of_http(monitor)


def _of_pools(monitor: ServiceMonitor, backlog: Admission) -> Iterator[Metric]:
    pools, metrics = monitor.pools.items(), monitor.metrics
    for name, help_, values in (
        (
            "queue_depth",
            "Parts that are accepted, not final, and not being generated here.",
            {kind: max(0, backlog[kind] - pool.busy) for kind, pool in pools},
        ),
        (
            "queue_bytes",
            "Bytes of the prompts of parts that are accepted and not final.",
            {kind: backlog.size(kind) for kind, _ in pools},
        ),
        (
            "in_flight",
            "Parts that this process was given and has not handed in.",
            {kind: pool.in_flight for kind, pool in pools},
        ),
        ("workers_configured", "Workers there are to be.", {k: pool.size for k, pool in pools}),
        ("workers_busy", "Workers that generate.", {k: pool.busy for k, pool in pools}),
        ("workers_idle", "Workers that could.", {k: pool.idle for k, pool in pools}),
        (
            "breaker_open",
            "1 while a pool pauses because its generator fails again and again.",
            {kind: int(pool.paused) for kind, pool in pools},
        ),
        (
            "breaker_until_timestamp_seconds",
            "When a paused pool tries the next job; 0 while jobs flow.",
            {kind: clock.wall() + pool.pause if pool.paused else 0 for kind, pool in pools},
        ),
        (
            "generator_ready",
            "0 while the generator of a pool cannot work, as far as is known.",
            {kind: int(pool.trouble is None) for kind, pool in pools},
        ),
    ):
        yield _gauge(name, help_, ("kind",), {(kind,): value for kind, value in values.items()})
    servers = [(kind, server) for kind, pool in pools for server in pool.servers]
    yield _gauge(
        "server_up",
        "1 while a server of a remote generator is there.",
        ("kind", "server"),
        {(kind, server.url): int(server.up) for kind, server in servers},
    )
    yield _gauge(
        "server_jobs",
        "Jobs of this process that a server of a remote generator has in hand.",
        ("kind", "server"),
        {(kind, server.url): server.jobs for kind, server in servers},
    )
    spreads: tuple[tuple[str, str, dict[Labels, Histogram]], ...] = (
        (
            "waiting_seconds",
            "From acceptance until a worker begins the first attempt.",
            {(kind,): times.waiting for kind, times in metrics.times.items()},
        ),
        (
            "service_seconds",
            "One attempt at a part, failed ones as well.",
            {(kind,): times.service for kind, times in metrics.times.items()},
        ),
    )
    for name, help_, spread in spreads:
        yield _histogram(name, help_, ("kind",), spread)
    for name, help_, counts in (
        ("attempts_failed", "Attempts at a part that failed.", metrics.failed_attempts),
        ("retries", "Failed attempts that are followed by another one.", metrics.retries),
    ):
        yield _counter(name, help_, ("kind",), {(kind,): counts[kind] for kind in KINDS})


def _of_ages(look: Snapshot) -> Iterator[Metric]:
    """Nothing of them while SQLite does not answer: 0 would say that all is well."""
    if look.ages is None:
        return
    for name, help_, values in (
        (
            "oldest_waiting_seconds",
            "How long ago the oldest request was accepted that waits for a worker, 0 if none does.",
            {kind: ages.waiting for kind, ages in look.ages.items()},
        ),
        (
            "oldest_running_seconds",
            "How long the oldest part that is being generated has been so, 0 if none is.",
            {kind: ages.running for kind, ages in look.ages.items()},
        ),
    ):
        yield _gauge(name, help_, ("kind",), {(kind,): age or 0 for kind, age in values.items()})


def _of_requests(metrics: Metrics) -> Iterator[Metric]:
    yield _counter(
        "requests_accepted",
        "Requests that were durably accepted.",
        ("tag",),
        {(tag,): metrics.accepted[tag] for tag in TAGS},
    )
    yield _counter(
        "requests_finished",
        "Requests that reached their final state.",
        ("tag", "status"),
        {(tag, status): metrics.finished[tag, status] for tag in TAGS for status in ENDS},
    )
    yield _histogram(
        "request_seconds",
        "From acceptance to the final state.",
        ("tag",),
        {(tag,): one for tag, one in metrics.seconds.items()},
    )
    yield _counter(
        "webhook_attempts",
        "Deliveries of webhooks that were tried.",
        ("outcome",),
        {(outcome,): metrics.webhook_attempts[outcome] for outcome in OUTCOMES},
    )


def _of_stores(monitor: ServiceMonitor, look: Snapshot) -> Iterator[Metric]:
    database = monitor.stores.database
    yield _histogram("commit_rows", "Rows in a commit of SQLite.", (), {(): database.batches})
    yield _histogram("commit_seconds", "What a commit takes.", (), {(): database.seconds})
    yield _counter("commits_failed", "Commits that failed.", (), {(): database.failures})
    yield _gauge("database_bytes", "SQLite's files.", (), {(): look.database_bytes})
    if look.dead_letters is not None:
        yield _gauge("dead_letters", "Requests that failed for good.", (), {(): look.dead_letters})
    yield _gauge("redis_up", "1 if Redis answers.", (), {(): int(look.redis is not None)})
    yield _counter(
        "redis_reconnects",
        "Connections to Redis that were opened again.",
        (),
        {(): monitor.stores.streams.reconnects},
    )
    if look.redis is not None:
        memory = int(look.redis.get("used_memory", 0))
        yield _gauge("redis_memory_bytes", "What Redis uses.", (), {(): memory})
    streams = (look.streams or {}).items()
    yield _gauge(
        "stream_length",
        "Entries of a stream: its backlog.",
        ("stream",),
        {(name,): stream.length for name, stream in streams},
    )
    yield _gauge(
        "stream_pending",
        "Entries that a consumer of the group was given and has not acknowledged.",
        ("stream", "group"),
        {(name, GROUPS[name]): stream.pending for name, stream in streams},
    )


def _of_http(monitor: ServiceMonitor) -> Iterator[Metric]:
    metrics = monitor.metrics
    yield _histogram("event_loop_lag_seconds", "How late the loop is.", (), {(): metrics.lag})
    yield _counter(
        "log_lines_dropped",
        "Lines of the log that were not written, as its reader stalled or the disk was full.",
        (),
        {(): logs.lines_dropped()},
    )
    yield _gauge("connections", "Clients that are connected.", (), {(): monitor.connections()})
    yield _gauge(
        "event_streams",
        "Clients that follow the events of a request.",
        ("transport",),
        {(transport,): metrics.event_streams[transport] for transport in TRANSPORTS},
    )
    counts, seconds = summed(metrics)
    yield _counter(
        "http_requests", "Answers to HTTP requests.", ("route", "method", "status"), counts
    )
    yield _histogram(
        "http_request_seconds",
        "From the head of a request to the end of its answer, however long that streams.",
        ("route",),
        seconds,
    )
    yield _counter(
        "requests_rejected",
        "Answers 429 and 503, by the kind of problem.",
        ("reason",),
        {(reason,): count for reason, count in metrics.rejected.items()},
    )


def _gauge(name: str, help_: str, labels: Labels, values: Mapping[Labels, float]) -> Metric:
    family = GaugeMetricFamily(PREFIX + name, help_, labels=labels)
    for of, value in values.items():
        family.add_metric(of, value)
    return family


def _counter(name: str, help_: str, labels: Labels, values: Mapping[Labels, float]) -> Metric:
    family = CounterMetricFamily(PREFIX + name, help_, labels=labels)
    for of, value in values.items():
        family.add_metric(of, value)
    return family


def _histogram(name: str, help_: str, labels: Labels, values: Mapping[Labels, Histogram]) -> Metric:
    family = HistogramMetricFamily(PREFIX + name, help_, labels=labels)
    for of, one in values.items():
        bounds = [*(str(float(bound)) for bound in one.bounds), "+Inf"]
        counts = list(accumulate(one.counts))
        family.add_metric(of, list(zip(bounds, counts, strict=True)), one.sum)
    return family
