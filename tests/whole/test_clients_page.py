"""docs/clients.md: the table has a row for every test of a client, and no other."""

from __future__ import annotations

import pytest

from tests.support.client_table import MARK, calls_of, table_in_docs
from tests.support.running import HOME


def test_the_table_is_that_of_the_tests(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("write_client_table"):
        pytest.skip("this run writes it")
    items = request.session.items
    rows = {call.row() for item in items for call in calls_of(item)}
    table = table_in_docs()
    assert rows <= {*table}, "write it with --write-client-table"
    assert len(table) == len({*table})
    marked = {
        file for file in (HOME / "tests").rglob("test_*.py") if f"mark.{MARK}" in file.read_text()
    }
    if marked <= {item.path for item in items} and not request.config.option.keyword:
        assert {*table} == rows
