"""The statements of the hot path find requests by their primary key."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from service.store.sql import events, migrations, request_cancellation, request_results, requests
from service.store.sqlite.database import Write

WRITES = {
    statement: write.name
    for module in (events, request_results, requests)
    for write in vars(module).values()
    if isinstance(write, Write)
    for statement in write.statements
}
STATEMENTS = {**WRITES, **dict.fromkeys(request_cancellation.END, "end")}


@pytest.mark.parametrize("statistics", [False, True], ids=["no statistics", "statistics"])
def test_no_write_searches_the_index_of_unfinished_requests(
    tmp_path: Path, *, statistics: bool
) -> None:
    migrations.migrate(tmp_path / "feedmill.db")
    with contextlib.closing(migrations.connect(tmp_path / "feedmill.db")) as connection:
        if statistics:
            connection.execute("ANALYZE")
        for statement, name in STATEMENTS.items():
            parameters = ["[]"] * statement.count("?")
            plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            for *_, step in plan:
                assert "INDEX unfinished" not in step, (name, step)
                assert not step.startswith("SCAN requests"), (name, step)
