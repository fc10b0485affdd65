"""The last hour of the process, in steps."""

from __future__ import annotations

import pytest

from service.history import MAX_SAMPLES, ProcessHistory
from service.queueing.admission import Admission
from service.telemetry.metrics import Metrics


def test_a_step_has_what_happened_between_two_samples() -> None:
    metrics, admission = Metrics(), Admission({})
    metrics.accepted["text"] += 7  # before the first sample
    history = ProcessHistory(metrics, admission)
    assert history.steps() == []
    metrics.accepted["text"] += 3
    metrics.count_finished("text", "completed", 1.0)
    metrics.count_finished("text", "failed", 1.0)
    metrics.times["text"].observe(10.0, 12.0, 0.5)
    metrics.times["text"].observe(10.0, 14.0, 1.5)
    history.sample()
    [step] = history.steps()
    assert (step.accepted, step.finished, step.failed) == (3, 2, 1)
    assert step.kinds["text"].begun == 2
    assert step.kinds["text"].waiting == pytest.approx(3.0)
    assert step.kinds["text"].service == pytest.approx(1.0)
    assert (step.kinds["image"].begun, step.kinds["image"].waiting) == (0, None)


def test_it_keeps_an_hour() -> None:
    history = ProcessHistory(Metrics(), Admission({}))
    for _ in range(MAX_SAMPLES + 50):
        history.sample()
    assert len(history.steps()) == MAX_SAMPLES
