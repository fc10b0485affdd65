"""Whether a client was starved: the jobs of others that were begun while one of its own waited."""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

MOST_FAIR_WAITS = 5.0
PUT_BACK_SECONDS = 8.0  # the relay's two for what is young, a restart of Redis, a busy machine
SLACK = 20  # jobs: those that run, and those on their way to the streams, have no order
BEGUN = """
SELECT kind, user_id, created_at, origin FROM parts JOIN requests ON id = request_id
WHERE parts.status = 'completed' AND attempts = 1 AND user_id IS NOT NULL
"""


class Begun(NamedTuple):
    """A part that was generated at the first attempt."""

    client: str
    accepted: float
    started: float


def longest_wait(
    file: Path, faults: Sequence[tuple[float, float]], put_back_seconds: float
) -> tuple[float, str]:
    """The longest time that a client waited without a start, in fair waits, and whose it was.

    A fair wait is one job of each client that has any. A client waits from its last start, or
    from the moment when it has something to be started, until its next start. That moment is
    `put_back_seconds` after the acceptance: so long what a killed process had accepted and not
    sent is in no queue. Waits during a fault do not count: what it loses is sent again later.
    """
    worst = 0.0, ""
    for parts in _by_kind(file).values():
        clients = {part.client for part in parts}
        for client in clients:
            others = sorted(part.started for part in parts if part.client != client)
            own = [part for part in parts if part.client == client]
            for since, until in _waits(own, put_back_seconds):
                if any(began < until and since < end for began, end in faults):
                    continue
                between = bisect_right(others, until) - bisect_right(others, since)
                fair_waits = (between - SLACK) / len(clients)
                worst = max(worst, (fair_waits, f"{client}: {between} jobs of others"))
    return worst


def _waits(parts: Iterable[Begun], put_back_seconds: float) -> Iterator[tuple[float, float]]:
    """From when to when a client had something to be started and nothing of it was."""
    order = sorted(parts, key=lambda part: part.started)
    first = list(accumulate(reversed([part.accepted for part in order]), min))[::-1]
    for previous, part, accepted in zip([None, *order], order, first, strict=False):
        since = accepted + put_back_seconds
        yield since if previous is None else max(previous.started, since), part.started


def _by_kind(file: Path) -> dict[str, list[Begun]]:
    kinds: dict[str, list[Begun]] = defaultdict(list)
    database = sqlite3.connect(file)
    for kind, client, accepted, origin in database.execute(BEGUN):
        kinds[kind].append(Begun(client, accepted, json.loads(origin)["started_at"]))
    database.close()
    return kinds
