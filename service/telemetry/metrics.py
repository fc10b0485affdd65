"""Counters and histograms of this process, shown by `/metrics` and `/status`.

Not those of a metrics library: they are on the path of every request, where a list and a bisect
cost a tenth of a microsecond and a library's `observe` with its lock costs several.
"""

from __future__ import annotations

import contextlib
import time
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from operator import attrgetter

from service import clock
from service.messages import KINDS, TAGS, Kind, Origin, Status, Tag
from service.telemetry.client_times import ClientTimes

QUICK_BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Seconds: the bounds for work that should take milliseconds."""
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
"""Seconds: the bounds for waiting in a queue, and for generations."""
ROW_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
"""Rows: the bounds for a batch."""

MAX_RECENT_VALUES = 1000  # kept for percentiles
RECENT_SECONDS = 300.0  # after which a value does not count in percentiles
RATE_SAMPLES = 60  # one a second, for the rates


class Histogram:
    """A distribution of values: a count per bound, one for larger values, and the sum."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """Count a value. Negative values (of a clock that was set back) add zero to the sum."""
        self.counts[bisect_left(self.bounds, value)] += 1
        if value > 0:
            self.sum += value

    def add(self, other: Histogram) -> None:
        """Add the counts of another histogram with the same bounds."""
        self.counts = [own + added for own, added in zip(self.counts, other.counts, strict=True)]
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
        """Percentiles of the latest values, up to RECENT_SECONDS old; None without values."""
        oldest = time.monotonic() - RECENT_SECONDS
        return percentiles([value for at, value in self._latest if at > oldest], shares)


class PartTimes:
    """Waiting times of the parts of a pool, and durations of attempts."""

    __slots__ = ("_latest", "service", "waiting")

    def __init__(self) -> None:
        self.waiting = Histogram(LONG_BUCKETS_SECONDS)
        """From acceptance until a worker begins the first attempt."""
        self.service = Histogram(LONG_BUCKETS_SECONDS)
        """One attempt, including failed ones."""
        self._latest: deque[tuple[float, float, float]] = deque(maxlen=MAX_RECENT_VALUES)

    def observe(self, accepted_at: float, began_at: float, seconds: float) -> None:
        """Count a first attempt."""
        waiting = began_at - accepted_at
        self.waiting.observe(waiting)
        self.service.observe(seconds)
        self._latest.append((began_at, waiting, seconds))

    def latest(self) -> list[tuple[float, float]]:
        """Waiting and service times of the latest first attempts, begun in RECENT_SECONDS."""
        oldest = clock.now() - RECENT_SECONDS
        return [(waiting, took) for began_at, waiting, took in self._latest if began_at > oldest]


def percentiles(values: Sequence[float], shares: Sequence[float]) -> list[float] | None:
    """The values at these shares (0 to 1), never negative; None without values."""
    if not values:
        return None
    ordered = sorted(values)
    last = len(ordered) - 1
    return [max(0.0, ordered[min(last, int(len(ordered) * share))]) for share in shares]


RANKING_STAGES = ("taste", "candidates", "order")
USED = {
    "prompt_tokens": "Tokens of prompts.",
    "completion_tokens": "Tokens of texts.",
    "pictures": "Pictures.",
    "seconds": "Seconds of generation.",
    "cost": "Costs, in the currency of the configured prices.",
}
"""What is counted of results, and what it means."""
_USED_OF_ORIGIN: Mapping[str, Callable[[Origin], float | None]] = {
    name: attrgetter(name) for name in USED if name != "pictures"
}

LATER = "later"
"""The place of a post after the first ten."""


def place_label(place: int) -> str:
    """A place from 0 as a label: `1` to `10`, or later."""
    return str(place + 1) if place < 10 else LATER  # noqa: PLR2004 - as it says


class Metrics:
    """All counts of this process since its start. Labels are from small closed sets."""

    def __init__(self) -> None:
        self.started_at = clock.now()
        # requests
        self.accepted: Counter[Tag] = Counter()
        self.finished: Counter[tuple[Tag, Status]] = Counter()
        self.seconds = {tag: Histogram(LONG_BUCKETS_SECONDS) for tag in TAGS}
        """From acceptance to the final state."""
        # parts, by pool
        self.kinds: dict[str, Kind] = {}
        """The kind of each pool."""
        self.times: dict[str, PartTimes] = {}
        self.clients: dict[str, ClientTimes] = {}
        self.failed_attempts: Counter[str] = Counter()
        self.retries: Counter[str] = Counter()
        self.fallbacks: Counter[str] = Counter()
        """Parts that went on with another model."""
        self.refusals: Counter[str] = Counter()
        """Jobs that generators did not accept at the time (429)."""
        self.used: dict[str, defaultdict[str, float]] = {name: defaultdict(float) for name in USED}
        """What stored results have used, by pool."""
        for kind in KINDS:
            self.add_pool(kind, kind)
        # the process
        self.lag = Timing(QUICK_BUCKETS_SECONDS)
        """Delay of the event loop."""
        self.webhook_attempts: Counter[str] = Counter()
        """By outcome, a word from a closed set."""
        # recommended feeds
        self.ranking = {stage: Histogram(QUICK_BUCKETS_SECONDS) for stage in RANKING_STAGES}
        """Seconds for each stage of making a list."""
        self.candidates: Counter[str] = Counter()
        """Posts that passed the filters, by source."""
        self.served: Counter[tuple[str, ...]] = Counter()
        """Posts that were served, by source and place."""
        self.served_likes: Counter[tuple[str, ...]] = Counter()
        """Likes of served posts, likewise."""
        self.explored = 0
        """Served posts that were drawn."""
        self.embedded_posts = 0
        """Posts whose texts became vectors."""
        self.embedding_failures = 0
        """Requests for vectors that failed."""
        # HTTP
        self.answers: dict[tuple[Hashable, int], Histogram] = {}
        """Seconds, by route (as in the router) and status."""
        self.rejected: Counter[str] = Counter()
        """Answers 429 and 503 by the slug of their problem."""
        self.event_streams: Counter[str] = Counter()
        """Open streams, by transport: `sse`, `websocket`."""
        self._minute: deque[tuple[float, int, int]] = deque(maxlen=RATE_SAMPLES + 1)
        self.sample()

    def add_pool(self, name: str, kind: Kind) -> None:
        """Count for a pool as well; it keeps its counts if it was there before."""
        self.kinds[name] = kind
        self.times.setdefault(name, PartTimes())
        self.clients.setdefault(name, ClientTimes())

    def remove_pool(self, name: str) -> None:
        """Forget the counts of a pool."""
        for counts in (self.kinds, self.times, self.clients):
            counts.pop(name, None)
        by_pool = (self.failed_attempts, self.retries, self.refusals, self.fallbacks)
        for counter in by_pool:
            counter.pop(name, None)
        for used in self.used.values():
            used.pop(name, None)

    def count_finished(self, tag: Tag, status: Status, seconds: float) -> None:
        """Count a request that became final, `seconds` after its acceptance."""
        self.finished[tag, status] += 1
        self.seconds[tag].observe(seconds)

    def count_used(self, pool: str, kind: Kind, origins: Sequence[Origin]) -> None:
        """Count what stored results of a pool have used."""
        if kind == "image":
            self.used["pictures"][pool] += len(origins)
        for name, value_of in _USED_OF_ORIGIN.items():
            if values := [*filter(None, map(value_of, origins))]:
                self.used[name][pool] += sum(values)

    @contextlib.contextmanager
    def following(self, transport: str) -> Iterator[None]:
        """Count a client that follows events, while the context lasts."""
        self.event_streams[transport] += 1
        try:
            yield
        finally:
            self.event_streams[transport] -= 1

    def sample(self) -> None:
        """Take a sample for the rates; called once a second."""
        self._minute.append((time.monotonic(), *self._counts()))

    def rates(self) -> tuple[float, float]:
        """Requests accepted and finished per second, over the last minute."""
        began, accepted, finished = self._minute[0]
        seconds = max(1.0, time.monotonic() - began)
        accepted_now, finished_now = self._counts()
        return (accepted_now - accepted) / seconds, (finished_now - finished) / seconds

    def _counts(self) -> tuple[int, int]:
        return self.accepted.total(), self.finished.total()
