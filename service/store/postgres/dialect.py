"""Statements as PostgreSQL runs them: sql/statements.py has what is rendered here."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import count

from service.store.sql.statements import ROWS, ROWS_OF_PARAMETER

_PARAMETER = re.compile(r"'[^']*'|--[^\n]*|\?\d*")
_NUMBERED = re.compile(r"\$(\d+)")
_ITEMS = re.compile(r"\bjson_items\(")
_MACROS = (
    (re.compile(r"\bCROSS JOIN\b"), "JOIN"),  # in this order: see join_collapse_limit
    (re.compile(r"\bINDEXED BY \w+"), ""),
    (
        re.compile(r"\bjson_rows\((([^(),]*)[^()]*)\)"),
        r"coalesce(json_agg(json_build_array(\1) ORDER BY \2), '[]')",
    ),
    (re.compile(r"\bjson_sorted\(([^()]*)\)"), r"coalesce(json_agg(\1 ORDER BY \1), '[]')"),
    (re.compile(r"\bjson_list\(([^()]*)\)"), r"coalesce(json_agg(\1), '[]')"),
    (re.compile(r"\bjson_text\(([^(),]*), ([^()]*)\)"), r"CAST(\1 AS json)->>\2"),
)
_VALUES = {
    "text": '(value->>{}) COLLATE "C"',
    "int": "CAST(value->>{} AS bigint)",
    "real": "CAST(value->>{} AS double precision)",
    "flag": "CAST(CAST(value->>{} AS boolean) AS int)",
    "json": "value->>{}",
}


@lru_cache(maxsize=1024)
def render(sql: str, columns: str = "") -> str:
    """A statement; `columns` are those of the rows of its `Write`."""
    sql = ROWS.sub(lambda found: f"{found[1]} {_rows('?1', columns)} AS rows", sql)
    sql = ROWS_OF_PARAMETER.sub(lambda found: _rows(found[1], found[2]), sql)
    for macro, replacement in _MACROS:
        sql = macro.sub(replacement, sql)
    while found := _ITEMS.search(sql):
        sql = _with_items(sql, found)
    numbers = count(1)
    return _PARAMETER.sub(lambda found: _parameter(found[0], numbers), sql)


@lru_cache(maxsize=1024)
def render_query(sql: str) -> tuple[str, tuple[int, ...]]:
    """A query, and which of its parameters it uses: PostgreSQL knows no type of the others."""
    rendered = render(sql)
    used = sorted({int(found) for found in _NUMBERED.findall(rendered)})
    numbers = {str(number): str(place) for place, number in enumerate(used, 1)}
    dense = _NUMBERED.sub(lambda found: f"${numbers[found[1]]}", rendered)
    return dense, tuple(number - 1 for number in used)


def _rows(parameter: str, columns: str) -> str:
    types = [column.split() for column in columns.split(",")]
    values = ", ".join(
        f"{_VALUES[kind].format(place)} AS {name}" for place, (name, kind) in enumerate(types)
    )
    source = f"jsonb_array_elements(CAST({parameter} AS jsonb)) WITH ORDINALITY"
    return f"(SELECT {values}, place - 1 AS number FROM {source} AS each (value, place))"


def _with_items(sql: str, found: re.Match[str]) -> str:
    """Replace one json_items(…) AS name."""
    depth, end = 1, found.end()
    while depth:
        depth += {"(": 1, ")": -1}.get(sql[end], 0)
        end += 1
    argument = sql[found.end() : end - 1]
    rest = re.sub(r"\A\s*AS (\w+)", r" AS \1 (value)", sql[end:])
    items = f"jsonb_array_elements_text(CAST({argument} AS jsonb))"
    return f"{sql[: found.start()]}{items}{rest}"


def _parameter(token: str, numbers: count[int]) -> str:
    if not token.startswith("?"):
        return token
    return f"${token[1:] or next(numbers)}"
