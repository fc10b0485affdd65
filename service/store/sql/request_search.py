"""Search in prompts and texts with SQLite's full-text index.

The index, `request_words`, has finished requests. It grows in the background, so that neither
accepting nor finishing a request waits for it. What it lacks is searched row by row, letter by
letter: unfinished requests, those after `search_mark`, to which the index has come, and those in
`unindexed_requests`, which finished after it had passed them.

Its row ids are the first 15 digits of request ids, so they have the same order, and a page costs
what it shows. Two processes may, rarely, accept two requests with one row id: these share a row.
Its column `marks` has words for the owner, the tag and the status: a rare filter and a frequent
word are intersected inside the index.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from service.messages import Status, Tag, encode
from service.request_ids import AFTER_ALL_IDS
from service.store.sql.statements import Write
from service.store.sqlite.database import Database

BATCH_REQUESTS = 200  # indexed in one commit, small enough not to delay other writes
MAX_SEARCHED_ROWS = 20_000  # of those not in the index: unfinished, passed and later, each
ROW_DIGITS = 15  # of an id: 60 bits
WORD = re.compile(r"[^\W_]+\*?")

# ?1: how many. First those that the index has passed, then those after its mark.
_NEXT = """
SELECT id, is_later FROM (
  SELECT 0 AS is_later, request_id AS id FROM (
    SELECT request_id FROM unindexed_requests ORDER BY request_id DESC LIMIT ?1
  ) AS passed
  UNION ALL
  SELECT 1 AS is_later, id FROM (
    SELECT id FROM requests WHERE id > (SELECT request_id FROM search_mark) ORDER BY id LIMIT ?1
  ) AS later
) AS next ORDER BY is_later, id LIMIT ?1
"""

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
        """
        UPDATE search_mark SET request_id = (SELECT max(id) FROM rows WHERE is_later = 1)
        WHERE request_id < (SELECT max(id) FROM rows WHERE is_later = 1)
        """,
    ),
)

_HAS_WORDS = """NOT EXISTS (
  SELECT 1 FROM json_items({patterns}) AS pattern
  WHERE ' ' || lower(prompt) || ' ' || coalesce(
    (SELECT lower(text) FROM parts WHERE request_id = requests.id AND kind = 'text'), ''
  ) || ' ' NOT GLOB pattern.value
)"""
HAS_WORDS = _HAS_WORDS.format(patterns="?6")
"""Whether a row has words, read letter by letter; ?6 is `patterns_of` them."""

# ?1: before this id, ?2: limit, ?3: owner, ?4: from this id on, ?5: a full-text query,
# ?6 and ?7: the row ids of ?4 and ?1, ?8: patterns for GLOB, a JSON array
_FOUND = """
SELECT id FROM (
  SELECT requests.id FROM request_words CROSS JOIN requests
    ON requests.id >= printf('%015x', request_words.rowid)
    AND requests.id < printf('%015x', request_words.rowid + 1)
  WHERE request_words MATCH ?5 AND request_words.rowid BETWEEN ?6 AND ?7
    AND +requests.id >= ?4 AND +requests.id < ?1  -- +: by the range of its row id
    AND {terms}
  ORDER BY request_words.rowid DESC LIMIT ?2
)
UNION
SELECT id FROM (
  SELECT requests.id FROM (
    SELECT id FROM (
      SELECT id FROM requests INDEXED BY unfinished
      WHERE id < ?1 AND id >= ?4 AND status IN ('queued', 'generating') AND {terms}
      ORDER BY id DESC LIMIT {most}
    )
    UNION
    SELECT id FROM (
      SELECT request_id AS id FROM unindexed_requests WHERE request_id < ?1 AND request_id >= ?4
      ORDER BY request_id DESC LIMIT {most}
    )
    UNION
    SELECT id FROM (
      SELECT id FROM requests
      WHERE id < ?1 AND id >= (SELECT greatest(?4, request_id || '0') FROM search_mark)
      ORDER BY id DESC LIMIT {most}
    )
  ) AS recent CROSS JOIN requests ON requests.id = recent.id
  WHERE {terms} AND {has_words}
  ORDER BY requests.id DESC LIMIT ?2
)
"""


class RequestSearch:
    """The full-text index of finished requests."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def index(self) -> int:
        """Index a batch of requests, or pass them while they are unfinished; returns how many.

        Those that were removed leave the index.
        """
        rows = await self._database.all(_NEXT, BATCH_REQUESTS)
        if rows:
            await self._database.write(_INDEX, [(id_, _row_id(id_), later) for id_, later in rows])
        return len(rows)


def words_of(text: str) -> list[str]:
    """The words to search for; one that ends with `*` stands for all that begin like it."""
    return WORD.findall(text)


def search_sql(owner: str | None, status: Status | None, tag: Tag | None) -> str:
    """The ids of a page of what is found; `search_parameters` has its parameters."""
    terms = ["true" if owner is None else "owner = ?3"]
    terms += [] if status is None else [f"status = '{status}'"]
    terms += [] if tag is None else [f"tag = '{tag}'"]
    has_words = _HAS_WORDS.format(patterns="?8")
    return _FOUND.format(terms=" AND ".join(terms), most=MAX_SEARCHED_ROWS, has_words=has_words)


def search_parameters(
    words: Sequence[str], status: Status | None, tag: Tag | None, *page: Any
) -> tuple[Any, ...]:
    """The parameters of the search for words; `page`: before, limit, owner, from which id."""
    before, _, owner, after = page
    marks = [] if tag is None else [f"t{tag}"]
    marks += [] if status is None else [f"s{status}"]
    marks += [] if owner is None else [f"o{owner.encode().hex()}"]
    query = [f'(marks : "{mark}")' for mark in marks]
    query += [
        f'({{prompt text}} : "{word.rstrip("*")}"{"*" * (word[-1] == "*")})' for word in words
    ]
    return *page, " AND ".join(query), _row_id(after), _row_id(before), patterns_of(words)


def _row_id(id_: str) -> int:
    """The row id of a request; of the beginning of an id, that of the first one with it."""
    if id_ == AFTER_ALL_IDS:
        return int(16**ROW_DIGITS)
    return int(id_[:ROW_DIGITS].ljust(ROW_DIGITS, "0"), 16)


def patterns_of(words: Sequence[str]) -> str:
    """The same words as patterns for GLOB, where only ASCII letters are lower case."""
    patterns = []
    for word in words:
        letters = "".join(_either_case(letter) for letter in word.rstrip("*"))
        patterns.append(f"*[^a-z0-9]{letters}{'' if word.endswith('*') else '[^a-z0-9]'}*")
    return encode(patterns).decode()


def _either_case(letter: str) -> str:
    if letter.isascii():
        return letter.lower()
    return f"[{letter}{letter.lower()}{letter.upper()}]"
