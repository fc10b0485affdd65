"""PostgreSQL's full-text index of finished requests, `request_words`.

Its words are cut here, as SQLite's index cuts them: letters and digits, without case and accents.
Beside the words of prompt and text it has words for the owner, the tag and the status.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from service.messages import Status, Tag, encode
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

MAX_WORD_CHARACTERS = 200  # of a word in the index; PostgreSQL takes 2,046 bytes
MAX_WORDS_BYTES = 500_000  # of a request; PostgreSQL takes a megabyte
MARK = "="  # before a mark: no word has it
_WORD = re.compile(r"[^\W_]+")

_TEXTS = """
SELECT requests.id, tag, status, owner, finished_at, prompt,
  (SELECT text FROM parts WHERE request_id = requests.id AND kind = 'text')
FROM json_items(?1) AS asked JOIN requests ON requests.id = asked.value
"""

# One row for each request: its id, whether it comes after the mark, when it had finished (0 if it
# had not), and its words then. Those that are not finished are passed; those that finished since
# are for the next time.
_IS_FINISHED = "requests.status NOT IN ('queued', 'generating')"
_INDEX = Write(
    "index",
    "id text, is_later flag, finished real, words json",
    (
        f"""
        INSERT INTO request_words (request_id, words)
        SELECT rows.id,
          array_to_tsvector(ARRAY(SELECT word.value FROM json_items(rows.words) AS word))
        FROM rows JOIN requests ON requests.id = rows.id
        WHERE {_IS_FINISHED} AND coalesce(finished_at, 0) = rows.finished
        ON CONFLICT (request_id) DO UPDATE SET words = excluded.words
        """,
        """
        DELETE FROM request_words WHERE request_id IN (
          SELECT rows.id FROM rows LEFT JOIN requests ON requests.id = rows.id
          WHERE requests.id IS NULL)
        """,
        "DELETE FROM unindexed_requests WHERE request_id IN (SELECT id FROM rows)",
        f"""
        INSERT INTO unindexed_requests (request_id)
        SELECT rows.id FROM rows JOIN requests ON requests.id = rows.id
        WHERE {_IS_FINISHED} AND coalesce(finished_at, 0) <> rows.finished
        ON CONFLICT DO NOTHING
        """,
        *MOVE_MARK,
    ),
)
_HAS_WORDS = """NOT EXISTS (
  SELECT 1 FROM json_items({patterns}) AS pattern
  WHERE ' ' || lower(prompt) || ' ' || coalesce(
    (SELECT lower(text) FROM parts WHERE request_id = requests.id AND kind = 'text'), ''
  ) || ' ' !~ pattern.value
)"""

# ?5: a full-text query, ?6: patterns
_INDEXED = """
SELECT id FROM (
  SELECT requests.id FROM request_words CROSS JOIN requests
    ON requests.id = request_words.request_id
  WHERE words @@ CAST(CAST(?5 AS text) AS tsquery) AND request_id >= ?4 AND request_id < ?1
    AND {terms}
  ORDER BY request_words.request_id DESC LIMIT ?2
) AS indexed
"""


class PostgresWords:
    """The index over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def index(self) -> int:
        """As `WordIndex`."""
        found = await self._database.all(NEXT, BATCH_REQUESTS)
        if found:
            asked = encode([id_ for id_, _ in found]).decode()
            read = {id_: more for id_, *more in await self._database.all(_TEXTS, asked)}
            await self._database.write(
                _INDEX, [(id_, later, *_indexed(read.get(id_))) for id_, later in found]
            )
        return len(found)

    def ids_with(
        self, words: Sequence[str], status: Status | None, tag: Tag | None, page: tuple[Any, ...]
    ) -> tuple[str, tuple[Any, ...]]:
        """As `WordIndex`."""
        owner = page[2]
        query = [f"'{MARK}{mark}'" for mark in marks_of(owner, status, tag)]
        query += [
            f"'{word}'{':*' * wanted.endswith('*')}" for wanted in words for word in _words(wanted)
        ]
        sql = found(_INDEXED, self.has_words("?6"), owner, status, tag)
        return sql, (*page, " & ".join(query), self.patterns_of(words))

    def has_words(self, patterns: str) -> str:
        """As `WordIndex`."""
        return _HAS_WORDS.format(patterns=patterns)

    def patterns_of(self, words: Sequence[str]) -> str:
        """As `WordIndex`: regular expressions."""
        return patterns_of(words, _pattern)


def _indexed(row: Sequence[Any] | None) -> tuple[float, list[str]]:
    """When a request had finished, and its words; of one that is gone, nothing."""
    if row is None:
        return 0.0, []
    tag, status, owner, finished, *texts = row
    return finished or 0.0, [
        *(MARK + mark for mark in marks_of(owner, status, tag)),
        *_words(*texts),
    ]


def _pattern(letters: str, is_beginning: bool) -> str:
    return f"[^a-z0-9]{letters}{'' if is_beginning else '[^a-z0-9]'}"


def _words(*texts: str | None) -> list[str]:
    """The words of texts, each once, as far as they have room in the index."""
    found_words: dict[str, None] = {}
    left = MAX_WORDS_BYTES
    for text in texts:
        for word in _WORD.findall(_without_accents(text or "")):
            short = word[:MAX_WORD_CHARACTERS]
            if short not in found_words:
                found_words[short] = None
                left -= len(short.encode()) + 8
            if left < 0:
                return [*found_words]
    return [*found_words]


def _without_accents(text: str) -> str:
    """In lower case, and without what stands over and under letters."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
