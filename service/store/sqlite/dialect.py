"""Statements as SQLite runs them: sql/statements.py has what is rendered here."""

from __future__ import annotations

import re
from functools import lru_cache

from service.store.sql.statements import ROWS, ROWS_OF_PARAMETER

_MACROS = (
    (re.compile(r"\bjson_items\("), "json_each("),
    (re.compile(r"\bjson_rows\(([^()]*)\)"), r"json_group_array(json_array(\1))"),
    (re.compile(r"\bjson_(list|sorted)\("), "json_group_array("),
    (re.compile(r"\bjson_text\(([^(),]*), ([^()]*)\)"), r"\1->>\2"),
    (re.compile(r"\boctet_length\(([^()]*)\)"), r"length(CAST(\1 AS BLOB))"),
    (re.compile(r"\bgreatest\("), "max("),
    (re.compile(r"\bleast\("), "min("),
    (re.compile(r"\bstrpos\("), "instr("),
)


@lru_cache(maxsize=1024)  # more than there are: all are constants, or put together from few parts
def render(sql: str, columns: str = "") -> str:
    """A statement; `columns` are those of the rows of its `Write`."""
    sql = ROWS.sub(lambda found: f"{found[1]} {_rows('?1', columns)} AS rows", sql)
    sql = ROWS_OF_PARAMETER.sub(lambda found: _rows(found[1], found[2]), sql)
    for macro, replacement in _MACROS:
        sql = macro.sub(replacement, sql)
    return sql


def _rows(parameter: str, columns: str) -> str:
    names = [column.split()[0] for column in columns.split(",")]
    values = ", ".join(f"value->>{place} AS {name}" for place, name in enumerate(names))
    # LIMIT: so that SQLite makes the text of each `value` once, and not for every column
    return f"(SELECT {values}, key AS number FROM (SELECT * FROM json_each({parameter}) LIMIT -1))"
