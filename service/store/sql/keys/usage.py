"""What results have used on each day, by key and model: counted in the commit that stores them."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import NamedTuple

from service import clock
from service.messages import Kind, Origin
from service.store.database import Database
from service.store.sql.statements import Write

DAY_SECONDS = 86_400.0
KEPT_DAYS = 400  # for looking back a year

COUNTED_COLUMNS = """day int, owner text, model text, requests int, prompt_tokens int,
completion_tokens int, pictures int, seconds real, cost real"""
COUNT = """
INSERT INTO usage (day, owner, model, requests, prompt_tokens, completion_tokens, pictures,
                   seconds, cost)
SELECT day, owner, model, requests, prompt_tokens, completion_tokens, pictures, seconds, cost
FROM rows
WHERE true
ON CONFLICT (day, owner, model) DO UPDATE SET
  requests = usage.requests + excluded.requests,
  prompt_tokens = usage.prompt_tokens + excluded.prompt_tokens,
  completion_tokens = usage.completion_tokens + excluded.completion_tokens,
  pictures = usage.pictures + excluded.pictures,
  seconds = usage.seconds + excluded.seconds,
  cost = CASE WHEN excluded.cost IS NULL THEN usage.cost
    ELSE coalesce(usage.cost, 0) + excluded.cost END
"""

_EXPIRE = Write(
    "expire usage", "before int", ("DELETE FROM usage WHERE day < (SELECT max(before) FROM rows)",)
)

# ?1, ?2: the first and last day, ?3, ?4: owner and model or NULL, ?5 to ?7: after this row
_PAGE = """
SELECT day, owner, model, requests, prompt_tokens, completion_tokens, pictures, seconds, cost
FROM usage
WHERE day >= ?1 AND day <= ?2 AND (day, owner, model) > (?5, ?6, ?7)
  AND (owner = ?3 OR ?3 IS NULL) AND (model = ?4 OR ?4 IS NULL)
ORDER BY day, owner, model LIMIT ?8
"""
_TOTAL = """
SELECT coalesce(sum(prompt_tokens), 0), coalesce(sum(completion_tokens), 0),
  coalesce(sum(pictures), 0), coalesce(sum(seconds), 0.0), sum(cost)
FROM usage
WHERE day >= ?1 AND day <= ?2 AND (owner = ?3 OR ?3 IS NULL) AND (model = ?4 OR ?4 IS NULL)
"""


class UsageQuery(NamedTuple):
    """Which days (both included, since the epoch, in UTC), and of which key and model."""

    first: int
    last: int
    owner: str | None = None
    model: str | None = None


class UsageRow(NamedTuple):
    """What a key has used of a model on a day. `owner` is "" for calls without a key."""

    day: int
    owner: str
    model: str
    requests: int
    prompt_tokens: int
    completion_tokens: int
    pictures: int
    seconds: float
    cost: float | None


class Usage:
    """Reads what was used; the results count it themselves."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, wanted: UsageQuery, after: tuple[int, str, str], limit: int, client: str
    ) -> list[UsageRow]:
        """Rows in the order of days, keys and models; `client` identifies the caller.

        Raises DatabaseUnavailable, ReadRejected.
        """
        rows = await self._database.lists.all(_PAGE, *wanted, *after, limit, client=client)
        return [UsageRow(*row) for row in rows]

    async def total(
        self, wanted: UsageQuery, client: str
    ) -> tuple[int, int, int, float, float | None]:
        """The tokens of prompts and texts, pictures, seconds and cost of all rows.

        Raises DatabaseUnavailable, ReadRejected.
        """
        [row] = await self._database.lists.all(_TOTAL, *wanted, client=client)
        prompt, completion, pictures, seconds, cost = row
        return prompt, completion, pictures, round(seconds, 4), cost

    async def expire(self) -> None:
        """Forget what is older than KEPT_DAYS. Raises DatabaseUnavailable."""
        await self._database.write(_EXPIRE, [(today() - KEPT_DAYS,)])


def counted(results: Iterable[tuple[str | None, Kind, Origin]]) -> list[UsageRow]:
    """The rows for `COUNT`: what these results of keys have used today."""
    day = today()
    made: dict[tuple[str, str, Kind], list[Origin]] = {}
    for owner, kind, origin in results:
        made.setdefault((owner or "", origin.pool or kind, kind), []).append(origin)
    rows = []
    for (owner, model, kind), origins in made.items():
        prompts, completions = (
            sum(filter(None, map(tokens_of, origins)))
            for tokens_of in (attrgetter("prompt_tokens"), attrgetter("completion_tokens"))
        )
        pictures = len(origins) if kind == "image" else 0
        seconds = sum([origin.seconds for origin in origins])
        costs = [origin.cost for origin in origins if origin.cost is not None]
        cost = sum(costs) if costs else None
        used = prompts, completions, pictures, seconds, cost
        rows.append(UsageRow(day, owner, model, len(origins), *used))
    return rows


def today() -> int:
    """The day in UTC, since the epoch."""
    return int(clock.wall() // DAY_SECONDS)
