"""How values are counted, and what can be said of them afterwards."""

from __future__ import annotations

from service.telemetry.metrics import Histogram, Metrics, Timing


def test_a_histogram_counts_up_to_and_with_its_bounds() -> None:
    histogram = Histogram((1, 2))
    for value in (-1, 0.5, 1, 1.5, 2, 3):
        histogram.observe(value)
    assert histogram.counts == [3, 2, 1]
    assert histogram.sum == 8


def test_percentiles_are_of_the_latest_values() -> None:
    timing = Timing((1, 10))
    assert timing.percentiles(0.5) is None
    for value in range(5000):
        timing.observe(value)
    assert timing.percentiles(0, 0.5, 1) == [4000, 4500, 4999]


def test_rates_are_of_the_last_minute() -> None:
    metrics = Metrics()
    metrics.accepted["text"] += 5
    accepted, finished = metrics.rates()
    assert 0 < accepted <= 5
    assert finished == 0
