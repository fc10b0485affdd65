"""The last hour of this process as samples: what `GET /status/history` shows."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from itertools import pairwise

from service import clock
from service.messages import KINDS, Kind
from service.queueing.admission import Admission
from service.telemetry.metrics import Metrics

STEP_SECONDS = 20  # between two samples
MAX_SAMPLES = 3600 // STEP_SECONDS  # an hour


@dataclass(frozen=True, slots=True)
class _Sums:
    """Counters of a kind at one time."""

    begun: int
    waiting: float
    attempts: int
    service: float
    backlog: int


@dataclass(frozen=True, slots=True)
class _Sample:
    """Counters of the process at one time."""

    at: float
    taken: float
    accepted: int
    finished: int
    failed: int
    kinds: dict[Kind, _Sums]


@dataclass(frozen=True, slots=True)
class KindStep:
    """A kind in the time between two samples: means in seconds, None if nothing was counted."""

    begun: int
    waiting: float | None
    service: float | None
    backlog: int
    """At the end of the step."""


@dataclass(frozen=True, slots=True)
class Step:
    """The time between two samples, and what came and ended in it."""

    ended_at: float
    seconds: float
    accepted: int
    finished: int
    failed: int
    kinds: dict[Kind, KindStep]


class ProcessHistory:
    """Samples of the counters of this process, for an hour. In memory: a restart empties it."""

    def __init__(self, metrics: Metrics, admission: Admission) -> None:
        self._metrics = metrics
        self._admission = admission
        self._samples: deque[_Sample] = deque(maxlen=MAX_SAMPLES + 1)
        self.sample()

    def sample_if_due(self) -> None:
        """Take a sample if the last one is STEP_SECONDS old."""
        if time.monotonic() - self._samples[-1].taken > STEP_SECONDS - 0.5:
            self.sample()

    def sample(self) -> None:
        """Take a sample of the counters now."""
        metrics = self._metrics
        kinds = {}
        for kind in KINDS:
            pools = [pool for pool, of in metrics.kinds.items() if of == kind]
            times = [metrics.times[pool] for pool in pools]
            kinds[kind] = _Sums(
                sum(sum(each.waiting.counts) for each in times),
                sum(each.waiting.sum for each in times),
                sum(sum(each.service.counts) for each in times),
                sum(each.service.sum for each in times),
                sum(self._admission[pool] for pool in pools),
            )
        failed = sum(count for (_, status), count in metrics.finished.items() if status == "failed")
        self._samples.append(
            _Sample(
                clock.now(),
                time.monotonic(),
                metrics.accepted.total(),
                metrics.finished.total(),
                failed,
                kinds,
            )
        )

    def steps(self) -> list[Step]:
        """What happened between the samples, oldest first."""
        return [
            Step(
                after.at,
                max(0.001, after.taken - before.taken),
                after.accepted - before.accepted,
                after.finished - before.finished,
                after.failed - before.failed,
                {kind: _step(before.kinds[kind], after.kinds[kind]) for kind in KINDS},
            )
            for before, after in pairwise(self._samples)
        ]


def _step(before: _Sums, after: _Sums) -> KindStep:
    # fewer than before if a model was removed
    begun = max(0, after.begun - before.begun)
    attempts = max(0, after.attempts - before.attempts)
    return KindStep(
        begun,
        max(0.0, after.waiting - before.waiting) / begun if begun else None,
        max(0.0, after.service - before.service) / attempts if attempts else None,
        after.backlog,
    )
