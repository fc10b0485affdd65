"""SQLite's full-text index of finished requests, `request_words`.

Its row ids are the first 15 digits of request ids, so they have the same order, and a page costs
what it shows. Two processes may, rarely, accept two requests with one row id: these share a row.
Its column `marks` has words for the owner, the tag and the status.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from service.messages import Status, Tag
from service.request_ids import AFTER_ALL_IDS
from service.store.database import Database
from service.store.sql.requests.request_search import (
    BATCH_REQUESTS,
    MOVE_MARK,
    NEXT,
    found,
    marks_of,
    patterns_of,
)
from service.store.sql.statements import Write

ROW_DIGITS = 15  # of an id: 60 bits

# One row for each request: its id, its row id, whether it comes after the mark. Those that are not
# finished are passed.
_INDEX = Write(
    "index",
    "id text, row_id int, is_later flag",
    (
        "DELETE FROM request_words WHERE rowid IN (SELECT row_id FROM rows)",
        """
        INSERT INTO request_words (rowid, marks, prompt, text)
        SELECT rows.row_id, group_concat('t' || tag || ' s' || status || ' o' || hex(owner), ' '),
          group_concat(prompt, ' '),
          group_concat(
            (SELECT text FROM parts WHERE request_id = requests.id AND kind = 'text'), ' '
          )
        FROM rows CROSS JOIN requests
          ON requests.id >= printf('%015x', rows.row_id)
          AND requests.id < printf('%015x', rows.row_id + 1)
        WHERE requests.status NOT IN ('queued', 'generating')
        GROUP BY rows.row_id
        """,
        "DELETE FROM unindexed_requests WHERE request_id IN (SELECT id FROM rows)",
        *MOVE_MARK,
    ),
)
_HAS_WORDS = """NOT EXISTS (
  SELECT 1 FROM json_items({patterns}) AS pattern
  WHERE ' ' || lower(prompt) || ' ' || coalesce(
    (SELECT lower(text) FROM parts WHERE request_id = requests.id AND kind = 'text'), ''
  ) || ' ' NOT GLOB pattern.value
)"""

# ?5: a full-text query, ?6 and ?7: the row ids of ?4 and ?1, ?8: patterns
_INDEXED = """
SELECT id FROM (
  SELECT requests.id FROM request_words CROSS JOIN requests
    ON requests.id >= printf('%015x', request_words.rowid)
    AND requests.id < printf('%015x', request_words.rowid + 1)
  WHERE request_words MATCH ?5 AND request_words.rowid BETWEEN ?6 AND ?7
    AND +requests.id >= ?4 AND +requests.id < ?1  -- +: by the range of its row id
    AND {terms}
  ORDER BY request_words.rowid DESC LIMIT ?2
)
"""


class SqliteWords:
    """The index over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def index(self) -> int:
        """As `WordIndex`."""
        rows = await self._database.all(NEXT, BATCH_REQUESTS)
        if rows:
            await self._database.write(_INDEX, [(id_, _row_id(id_), later) for id_, later in rows])
        return len(rows)

    def ids_with(
        self, words: Sequence[str], status: Status | None, tag: Tag | None, page: tuple[Any, ...]
    ) -> tuple[str, tuple[Any, ...]]:
        """As `WordIndex`."""
        before, _, owner, after = page
        query = [f'(marks : "{mark}")' for mark in marks_of(owner, status, tag)]
        query += [
            f'({{prompt text}} : "{word.rstrip("*")}"{"*" * (word[-1] == "*")})' for word in words
        ]
        parameters = " AND ".join(query), _row_id(after), _row_id(before), self.patterns_of(words)
        sql = found(_INDEXED, self.has_words("?8"), owner, status, tag)
        return sql, (*page, *parameters)

    def has_words(self, patterns: str) -> str:
        """As `WordIndex`."""
        return _HAS_WORDS.format(patterns=patterns)

    def patterns_of(self, words: Sequence[str]) -> str:
        """As `WordIndex`: patterns for GLOB."""
        return patterns_of(words, _pattern)


def _pattern(letters: str, is_beginning: bool) -> str:
    return f"*[^a-z0-9]{letters}{'' if is_beginning else '[^a-z0-9]'}*"


def _row_id(id_: str) -> int:
    """The row id of a request; of the beginning of an id, that of the first one with it."""
    if id_ == AFTER_ALL_IDS:
        return int(16**ROW_DIGITS)
    return int(id_[:ROW_DIGITS].ljust(ROW_DIGITS, "0"), 16)
