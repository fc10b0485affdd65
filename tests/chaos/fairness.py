"""Whether a client was starved: the jobs of others that were begun while one of its own waited."""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

MOST_FAIR_WAITS = 5.0
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


def longest_wait(file: Path, faults: Sequence[tuple[float, float]]) -> tuple[float, str]:
    """The longest wait in multiples of the fair one, and whose it was.

    A fair wait is one job of each client for each of the own ones that were there before. Waits
    during a fault do not count: what it loses is found and sent again later, behind others.
    """
    worst = 0.0, ""
    for parts in _by_kind(file).values():
        lines: dict[str, list[Begun]] = defaultdict(list)
        for part in sorted(parts, key=lambda part: part.accepted):
            lines[part.client].append(part)
        for client, line in lines.items():
            others = sorted(part.started for part in parts if part.client != client)
            for place, part in enumerate(line):
                if any(began < part.started and part.accepted < end for began, end in faults):
                    continue
                ahead = sum(before.started > part.accepted for before in line[:place])
                between = bisect_right(others, part.started) - bisect_right(others, part.accepted)
                fair = len(lines) * (ahead + 1)
                worst = max(worst, ((between - SLACK) / fair, f"{client}: {between} of others"))
    return worst


def _by_kind(file: Path) -> dict[str, list[Begun]]:
    kinds: dict[str, list[Begun]] = defaultdict(list)
    database = sqlite3.connect(file)
    for kind, client, accepted, origin in database.execute(BEGUN):
        kinds[kind].append(Begun(client, accepted, json.loads(origin)["started_at"]))
    database.close()
    return kinds
