"""docs/queueing.md: its table is what the simulation prints."""

from __future__ import annotations

from benchmarks.fair_simulation import simulate
from tests.support.running import HOME


async def test_the_table_is_that_of_the_simulation() -> None:
    page = (HOME / "docs" / "queueing.md").read_text(encoding="utf-8")
    assert await simulate() in page
