"""The metrics of feeds and of the ranking."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import Metric

from service.http.monitoring.metric_families import counter, gauge, histogram
from service.http.snapshot import ServiceMonitor, Snapshot
from service.ranking.sources import QUOTAS
from service.store.home_feeds import FEED_STATES
from service.telemetry.metrics import Metrics


def feed_families(monitor: ServiceMonitor, snapshot: Snapshot) -> Iterator[Metric]:
    """Reads, rebuilds, fan-outs and recommended lists."""
    feeds = monitor.stores.home_feeds
    yield counter(
        "feed_reads",
        "Pages of home feeds, by where they were found.",
        ("state",),
        {(state,): feeds.reads[state] for state in FEED_STATES},
    )
    yield counter("feed_rebuilds", "Home feeds that were rebuilt.", (), {(): feeds.rebuilds})
    if snapshot.fanouts is not None:
        posts, seconds = snapshot.fanouts.posts, snapshot.fanouts.seconds
        yield gauge("feed_fanouts", "Posts that are not in all stored feeds.", (), {(): posts})
        yield gauge("feed_fanout_lag_seconds", "Age of the oldest one.", (), {(): seconds})
    if snapshot.coverage is not None:
        yield gauge(
            "feed_coverage",
            "Share of the last day's posts that were served in recommended lists.",
            (),
            {(): snapshot.coverage},
        )
    yield from _of_recommendations(monitor.metrics)


def _of_recommendations(metrics: Metrics) -> Iterator[Metric]:
    yield histogram(
        "ranking_seconds",
        "Making a recommended list, by stage.",
        ("stage",),
        {(stage,): histogram for stage, histogram in metrics.ranking.items()},
    )
    yield counter(
        "feed_candidates",
        "Posts that passed the filters, by source.",
        ("source",),
        {(source,): metrics.candidates[source] for source in QUOTAS},
    )
    labels = ("source", "place")
    yield counter("feed_served", "Posts served in recommended lists.", labels, metrics.served)
    yield counter("feed_served_likes", "Likes of served posts.", labels, metrics.served_likes)
    yield counter(
        "feed_explored", "Served posts that were drawn to be tried.", (), {(): metrics.explored}
    )
    yield counter(
        "feed_embedded", "Posts whose texts became vectors.", (), {(): metrics.embedded_posts}
    )
    yield counter(
        "feed_embedding_failures",
        "Requests to the embeddings server that failed.",
        (),
        {(): metrics.embedding_failures},
    )
