"""Statements are written once, in the SQL that engines share; macros stand for what they do not."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from service.store import sql
from service.store.sqlite.dialect import render

OF_ONE_ENGINE = ("json_each(", "json_group_array(", "json_array(", "->>", "iif(", "INSERT OR ")
UNARY_PLUS = re.compile(r"\b(AND|OR|ON|WHERE) \+")
FILES = sorted(Path(str(sql.__file__)).parent.rglob("*.py"))


def texts(path: Path) -> list[str]:
    """All strings of a file, but for docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if node not in documented
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_statement_has_words_of_one_engine(path: Path) -> None:
    found = [word for word in OF_ONE_ENGINE for text in texts(path) if word in text]
    found += [text for text in texts(path) if UNARY_PLUS.search(text)]
    assert not found


EACH = "(SELECT * FROM json_each(?{}) LIMIT -1)"
OF_WRITE = f"(SELECT value->>0 AS id, value->>1 AS at, key AS number FROM {EACH.format(1)})"
OF_PARAMETER = f"(SELECT value->>0 AS a, value->>1 AS b, key AS number FROM {EACH.format(2)})"


@pytest.mark.parametrize(
    ("sql", "rendered"),
    [
        ("SELECT rows.at FROM rows", f"SELECT rows.at FROM {OF_WRITE} AS rows"),
        ("SELECT v.a FROM rows(?2: a text, b int) AS v", f"SELECT v.a FROM {OF_PARAMETER} AS v"),
        ("SELECT json_rows(a, b) FROM t", "SELECT json_group_array(json_array(a, b)) FROM t"),
        ("SELECT json_sorted(a) FROM t", "SELECT json_group_array(a) FROM t"),
        (
            "SELECT greatest(octet_length(a), strpos(a, 'b')), json_text(c, 'd') FROM t",
            "SELECT max(length(CAST(a AS BLOB)), instr(a, 'b')), c->>'d' FROM t",
        ),
    ],
)
def test_macros_become_sql_of_sqlite(sql: str, rendered: str) -> None:
    assert render(sql, "id text, at real") == rendered
