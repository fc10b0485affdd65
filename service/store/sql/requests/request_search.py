"""Search in prompts and texts: what both engines share. Their indexes are in `words.py` of each.

The index has finished requests. It grows in the background, so that neither accepting nor finishing
a request waits for it. What it lacks is searched row by row, letter by letter: unfinished requests,
those after `search_mark`, to which the index has come, and those in `unindexed_requests`, which
finished after it had passed them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from service.messages import Status, Tag, encode

BATCH_REQUESTS = 200  # indexed in one commit, small enough not to delay other writes
MAX_SEARCHED_ROWS = 20_000  # of those not in the index: unfinished, passed and later, each
WORD = re.compile(r"[^\W_]+\*?")

# ?1: how many. First those that the index has passed, then those after its mark.
NEXT = """
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
MOVE_MARK = (
    # what was stored and has finished since NEXT was read, with an id before the new mark
    """
    INSERT INTO unindexed_requests (request_id)
    SELECT id FROM requests
    WHERE id > (SELECT request_id FROM search_mark)
      AND id < (SELECT max(id) FROM rows WHERE is_later = 1)
      AND status NOT IN ('queued', 'generating') AND id NOT IN (SELECT id FROM rows)
    ON CONFLICT (request_id) DO NOTHING
    """,
    """
    UPDATE search_mark SET request_id = (SELECT max(id) FROM rows WHERE is_later = 1)
    WHERE request_id < (SELECT max(id) FROM rows WHERE is_later = 1)
    """,
)

# ?1: before this id, ?2: limit, ?3: owner, ?4: from this id on
_FOUND = """
{indexed}
UNION
SELECT id FROM (
  SELECT requests.id FROM (
    SELECT id FROM (
      SELECT id FROM requests INDEXED BY unfinished
      WHERE id < ?1 AND id >= ?4 AND status IN ('queued', 'generating') AND {terms}
      ORDER BY id DESC LIMIT {most}
    ) AS unfinished
    UNION
    SELECT id FROM (
      SELECT request_id AS id FROM unindexed_requests WHERE request_id < ?1 AND request_id >= ?4
      ORDER BY request_id DESC LIMIT {most}
    ) AS passed
    UNION
    SELECT id FROM (
      SELECT id FROM requests
      WHERE id < ?1 AND id >= (SELECT greatest(?4, request_id || '0') FROM search_mark)
      ORDER BY id DESC LIMIT {most}
    ) AS later
  ) AS recent CROSS JOIN requests ON requests.id = recent.id
  WHERE {terms} AND {has_words}
  ORDER BY requests.id DESC LIMIT ?2
) AS lettered
"""


def words_of(text: str) -> list[str]:
    """The words to search for; one that ends with `*` stands for all that begin like it."""
    return WORD.findall(text)


def found(
    indexed: str, has_words: str, owner: str | None, status: Status | None, tag: Tag | None
) -> str:
    """The ids of a page: those of an engine's index, and of what is not in it yet."""
    terms = ["true" if owner is None else "owner = ?3"]
    terms += [] if status is None else [f"status = '{status}'"]
    terms += [] if tag is None else [f"tag = '{tag}'"]
    all_terms = " AND ".join(terms)
    return _FOUND.format(
        indexed=indexed.format(terms=all_terms),
        terms=all_terms,
        most=MAX_SEARCHED_ROWS,
        has_words=has_words,
    )


def marks_of(owner: str | None, status: Status | None, tag: Tag | None) -> list[str]:
    """Words of an index for a filter: a rare filter and a frequent word meet inside the index."""
    marks = [] if tag is None else [f"t{tag}"]
    marks += [] if status is None else [f"s{status}"]
    return marks + ([] if owner is None else [f"o{owner.encode().hex()}"])


def patterns_of(words: Sequence[str], pattern: Callable[[str, bool], str]) -> str:
    """Patterns for words where only ASCII letters are lower case: a JSON array.

    `pattern` makes one of the letters of a word, and of whether only its beginning counts.
    """
    return encode(
        [
            pattern("".join(map(_either_case, word.rstrip("*"))), word.endswith("*"))
            for word in words
        ]
    ).decode()


def _either_case(letter: str) -> str:
    if letter.isascii():
        return letter.lower()
    return f"[{letter}{letter.lower()}{letter.upper()}]"
