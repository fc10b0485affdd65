"""How statements are written: in the SQL that SQLite and PostgreSQL share, and with a few macros.

An engine renders each statement once. The macros look like functions and tables:

    FROM rows                      the rows of a `Write`, with its columns and their `number` from 0
    FROM rows(?2: id text) AS v    the rows of a parameter: a JSON array of arrays
    FROM json_items(?2) AS v       the items of a parameter or column: a JSON array; `v.value`
    json_rows(a, b)                rows of a group as a JSON array of arrays, in the order of `a`
    json_list(a), json_sorted(a)   values of one column; in the order of its index, where it has one
    json_text(body, 'type')        a text in a JSON object
    octet_length(a)                the length of a text in bytes
    greatest(a, b), least(a, b)    of values that are not NULL
    strpos(a, b)                   where the text b begins in a; 0 if it is not in it
    decode(a, 'hex')               the bytes of a text in hexadecimal
    CROSS JOIN b ON …              b is searched for each row before it, in this order
    INDEXED BY i                   SQLite has to use this index

Types of columns are `text`, `int`, `real`, `flag` (0 or 1, from a bool) and `json` (the text of any
value). Name the target of ON CONFLICT DO UPDATE and the table of a column that two tables have,
give every subquery in FROM a name, and write CASE where a condition becomes a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

ROWS = re.compile(r"\b(FROM|JOIN) rows\b(?!\()")
ROWS_OF_PARAMETER = re.compile(r"\brows\((\?\d): ([^()]*)\)")


@dataclass(frozen=True, slots=True)
class Consequence:
    """A statement that runs after those of a `Write`, in the same transaction, over other rows.

    `of` makes these from the rows of all callers and from what each statement has returned.
    """

    rows: str
    statement: str
    of: Callable[[Sequence[Sequence[Any]], Sequence[Sequence[Any]]], Sequence[Sequence[Any]]]


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """Statements that run together over the same rows.

    `rows` has the names and types of their columns: `id text, at real`. Several calls with the same
    object may run as one, over the rows of all callers.
    """

    name: str
    rows: str
    statements: tuple[str, ...]
    consequence: Consequence | None = None
    is_serial: bool = False
    """Whether such writes of all processes run one after the other: readers follow their order."""


_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def json_of(rows: Sequence[Sequence[Any]]) -> str:
    """Rows as JSON. No database keeps a NUL in a text: NULs become the replacement character."""
    return without_nuls(msgspec.json.encode(rows).decode())


def without_nuls(text: str) -> str:
    """JSON, or any other text, as a database keeps it."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    return _NUL.sub(r"\1\\ufffd", text) if r"\u0000" in text else text
