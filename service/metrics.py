"""What is counted on the way, in plain numbers that `/metrics` and `/status` put into words.

Ours and not those of a metrics library: on the way of every request a list and a bisect cost a
tenth of a microsecond, a library's `observe` with its lock costs several.
"""

from __future__ import annotations

import contextlib
import time
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Hashable, Iterator, Sequence

from service import clock
from service.messages import KINDS, TAGS, Kind, Status, Tag

QUICK_BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Seconds: the bounds for what is to take milliseconds."""
LONG_BUCKETS_SECONDS = (
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1,
    2.5,
    5,
    10,
    30,
    60,
    120,
    300,
    900,
    3600,
)
"""Seconds: the bounds for what waits in a queue or comes from a model."""
ROW_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
"""Rows: the bounds for a batch."""

MAX_RECENT_VALUES = 1000  # values that are kept as they are, for percentiles
RECENT_SECONDS = 300.0  # seconds; what is older says nothing of now
RATE_SAMPLES = 60  # samples, one a second, that the rates are taken from


class Histogram:
    """How values are spread: a count for each bound, one for what is beyond, and their sum."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """Count a value. A clock that was set back makes it negative: that counts as zero."""
        self.counts[bisect_left(self.bounds, value)] += 1
        if value > 0:
            self.sum += value

    def add(self, other: Histogram) -> None:
        """Count what another one of the same bounds has counted."""
        self.counts = [mine + its for mine, its in zip(self.counts, other.counts, strict=True)]
        self.sum += other.sum


class Timing(Histogram):
    """A histogram in seconds that also knows its latest values."""

    __slots__ = ("_latest",)

    def __init__(self, bounds: Sequence[float]) -> None:
        super().__init__(bounds)
        self._latest: deque[tuple[float, float]] = deque(maxlen=MAX_RECENT_VALUES)

    def observe(self, value: float) -> None:
        super().observe(value)
        self._latest.append((time.monotonic(), value))

    def percentiles(self, *shares: float) -> list[float] | None:
        """Of the latest values, at most RECENT seconds old; None if there are none."""
        oldest = time.monotonic() - RECENT_SECONDS
        return percentiles([value for at, value in self._latest if at > oldest], shares)


class PartTimes:
    """How long the parts of a kind wait, and how long one attempt takes."""

    __slots__ = ("_latest", "service", "waiting")

    def __init__(self) -> None:
        self.waiting = Histogram(LONG_BUCKETS_SECONDS)
        """From acceptance until a worker begins the first attempt."""
        self.service = Histogram(LONG_BUCKETS_SECONDS)
        """One attempt, failed ones as well."""
        self._latest: deque[tuple[float, float, float]] = deque(maxlen=MAX_RECENT_VALUES)

    def observe(self, accepted_at: float, began_at: float, seconds: float) -> None:
        """Count a first attempt."""
        waiting = began_at - accepted_at
        self.waiting.observe(waiting)
        self.service.observe(seconds)
        self._latest.append((began_at, waiting, seconds))

    def latest(self) -> list[tuple[float, float]]:
        """Waiting and service of the latest first attempts, begun at most RECENT seconds ago."""
        oldest = clock.now() - RECENT_SECONDS
        return [(waiting, took) for began_at, waiting, took in self._latest if began_at > oldest]


def percentiles(values: Sequence[float], shares: Sequence[float]) -> list[float] | None:
    """The values that these shares of all are not above; None of none. Never negative."""
    if not values:
        return None
    ordered = sorted(values)
    last = len(ordered) - 1
    return [max(0.0, ordered[min(last, int(len(ordered) * share))]) for share in shares]


class Metrics:
    """All counts of this process since it was started. Labels are from small closed sets."""

    def __init__(self) -> None:
        self.started_at = clock.now()
        # requests
        self.accepted: Counter[Tag] = Counter()
        self.finished: Counter[tuple[Tag, Status]] = Counter()
        self.seconds = {tag: Histogram(LONG_BUCKETS_SECONDS) for tag in TAGS}
        """From acceptance to the end."""
        # parts
        self.times = {kind: PartTimes() for kind in KINDS}
        self.failed_attempts: Counter[Kind] = Counter()
        self.retries: Counter[Kind] = Counter()
        # the process
        self.lag = Timing(QUICK_BUCKETS_SECONDS)
        """How late the event loop is."""
        self.webhook_attempts: Counter[str] = Counter()
        """By outcome, a word from a closed set."""
        # HTTP
        self.answers: dict[tuple[Hashable, int], Histogram] = {}
        """Seconds by route, as the router knows it, and status."""
        self.rejected: Counter[str] = Counter()
        """Answers 429 and 503 by the slug of their problem."""
        self.event_streams: Counter[str] = Counter()
        """How many are open just now: `sse`, `websocket`."""
        self._minute: deque[tuple[float, int, int]] = deque(maxlen=RATE_SAMPLES + 1)
        self.sample()

    def end(self, tag: Tag, status: Status, seconds: float) -> None:
        """A request has reached its final state, so many seconds after it was accepted."""
        self.finished[tag, status] += 1
        self.seconds[tag].observe(seconds)

    @contextlib.contextmanager
    def following(self, transport: str) -> Iterator[None]:
        """A client follows events while the context lasts."""
        self.event_streams[transport] += 1
        try:
            yield
        finally:
            self.event_streams[transport] -= 1

    def sample(self) -> None:
        """To be called once a second: what the rates are taken from."""
        self._minute.append((time.monotonic(), *self._counts()))

    def rates(self) -> tuple[float, float]:
        """Requests accepted and finished a second, over the last minute."""
        began, accepted, finished = self._minute[0]
        seconds = max(1.0, time.monotonic() - began)
        accepted_now, finished_now = self._counts()
        return (accepted_now - accepted) / seconds, (finished_now - finished) / seconds

    def _counts(self) -> tuple[int, int]:
        return self.accepted.total(), self.finished.total()
