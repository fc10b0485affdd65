"""Metrics of one name, of all labels, for the Prometheus client."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import accumulate

from prometheus_client import Metric
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)

from service.telemetry.metrics import Histogram

PREFIX = "feedmill_"

Labels = tuple[str, ...]


def gauge(name: str, help_: str, labels: Labels, values: Mapping[Labels, float]) -> Metric:
    """A gauge with a value for each label."""
    family = GaugeMetricFamily(PREFIX + name, help_, labels=labels)
    for of, value in values.items():
        family.add_metric(of, value)
    return family


def counter(name: str, help_: str, labels: Labels, values: Mapping[Labels, float]) -> Metric:
    """A counter with a value for each label."""
    family = CounterMetricFamily(PREFIX + name, help_, labels=labels)
    for of, value in values.items():
        family.add_metric(of, value)
    return family


def histogram(name: str, help_: str, labels: Labels, values: Mapping[Labels, Histogram]) -> Metric:
    """A histogram for each label."""
    family = HistogramMetricFamily(PREFIX + name, help_, labels=labels)
    for of, found in values.items():
        bounds = [*(str(float(bound)) for bound in found.bounds), "+Inf"]
        counts = list(accumulate(found.counts))
        family.add_metric(of, list(zip(bounds, counts, strict=True)), found.sum)
    return family
