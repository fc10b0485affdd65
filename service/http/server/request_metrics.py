"""The metrics of answers, by labels that clients cannot multiply: route templates, not paths."""

from __future__ import annotations

from collections import Counter

from aiohttp import web

from service.http.problems import SLUG
from service.telemetry.metrics import LONG_BUCKETS_SECONDS, Histogram, Metrics

UNMATCHED = "unmatched"  # the route of paths that the router does not know with this method
ANY = "any"  # its method
REJECTED = {429, 503}


def count(
    metrics: Metrics, request: web.BaseRequest, response: web.StreamResponse, seconds: float
) -> None:
    """Count an answer and how long it took: one look-up, because every request passes here."""
    status = response.status
    match = getattr(request, "_match_info", None)  # `match_info` asserts that there is one
    route = None if match is None else match.route
    durations = metrics.answers.get((route, status))
    if durations is None:
        # a route has one method; unknown paths get a new route each time, without a resource
        route = None if route is None or route.resource is None else route
        durations = metrics.answers.setdefault((route, status), Histogram(LONG_BUCKETS_SECONDS))
    durations.observe(seconds)
    if status in REJECTED:
        metrics.rejected[response.get(SLUG, "other")] += 1


def summed(metrics: Metrics) -> tuple[Counter[tuple[str, ...]], dict[tuple[str, ...], Histogram]]:
    """The number of answers by route, method and status; and how long they took by route."""
    counts: Counter[tuple[str, ...]] = Counter()
    seconds: dict[tuple[str, ...], Histogram] = {}
    for (route, status), durations in metrics.answers.items():
        path, method = _labels(route)
        counts[path, method, str(status)] += sum(durations.counts)
        seconds.setdefault((path,), Histogram(LONG_BUCKETS_SECONDS)).add(durations)
    return counts, seconds


def _labels(route: object) -> tuple[str, str]:
    if not isinstance(route, web.AbstractRoute) or route.resource is None:
        return UNMATCHED, ANY
    return route.resource.canonical.rstrip("/") or "/", route.method
