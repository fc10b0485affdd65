"""PostgreSQL's plans do not depend on statistics: no hot statement reads what it does not need."""

from __future__ import annotations

import importlib
import itertools
import json
import pkgutil
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from service.messages import TAGS
from service.request_ids import AFTER_ALL_IDS
from service.store import sql
from service.store.postgres.connection import Hosts
from service.store.postgres.dialect import render, render_query
from service.store.sql import events
from service.store.sql.requests import request_cancellation, request_results, requests
from service.store.sql.requests.request_listing import FINISHED, page_sql
from service.store.sql.statements import Write, json_of
from tests.support.postgres import Cluster

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUERY = re.compile(r"\s*(SELECT|WITH)\b")
PART = re.compile(r"\{|\brows\b(?!\()")  # of a statement, or of a write
NUMBERS = itertools.count()
BATCH = 32
LIMIT = 20
UNFINISHED_REQUESTS = 500  # of FILLS, beside 20,000 finished ones
MOST_FOR_A_PAGE = 20  # rows that a page reads for each that it shows, of all its ranges together
MOST_FOR_A_ROW = 4  # rows of all tables that a write reads for one of its own
STATISTICS = ("missing", "empty", "stale", "fresh")
OUT_OF_DATE = {  # when the tables are analyzed: before they are filled, half full, full
    "empty": (0,),
    "stale": (1,),
    "fresh": (2,),
}
FILLS = (
    """
    INSERT INTO requests (id, tag, prompt, seed, status, owner, created_at, started_at, finished_at)
    SELECT lpad(to_hex(n), 13, '0') || repeat('0', 32),
      (ARRAY['text', 'image', 'instagram'])[n % 3 + 1], 'a prompt', 7,
      (ARRAY['completed', 'failed', 'cancelled', 'expired'])[n / 3 % 4 + 1],
      (ARRAY['ann', 'bob', NULL])[n / 12 % 3 + 1], n, n, n + 1
    FROM generate_series(1, 20000) AS n;
    INSERT INTO parts (request_id, kind, status, text)
    SELECT id, 'text', 'completed', 'a text' FROM requests;
    INSERT INTO events SELECT id, 1000001, 'started', '{}' FROM requests
    """,
    """
    INSERT INTO requests (id, tag, prompt, seed, status, owner, created_at)
    SELECT lpad(to_hex(n), 13, '0') || repeat('0', 32), 'text', 'a prompt', 7,
      (ARRAY['queued', 'generating'])[n % 2 + 1], (ARRAY['ann', 'bob', NULL])[n % 3 + 1], n
    FROM generate_series(20001, 20500) AS n;
    INSERT INTO parts (request_id, kind, status)
    SELECT id, 'text', 'generating' FROM requests WHERE status = 'generating'
    """,
)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=STATISTICS)
async def connection(
    postgres_cluster: Cluster, request: pytest.FixtureRequest
) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the service makes it, to 20,500 requests with such statistics."""
    url = await postgres_cluster.take()
    connection = await Hosts(url).connect()
    for moment in range(len(FILLS) + 1):
        if moment in OUT_OF_DATE.get(request.param, ()):
            await connection.execute("ANALYZE")
        if moment < len(FILLS):
            await connection.execute(FILLS[moment])
    yield connection
    connection.terminate()
    await postgres_cluster.drop(url)


async def rows_read(connection: asyncpg.Connection, rendered: str, *parameters: Any) -> int:
    """How many rows of tables a statement reads with the plan for any parameters."""
    values, name = ", ".join(map(literal, parameters)), f"tried_{next(NUMBERS)}"
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(f"PREPARE {name} AS {rendered}")
        explained = await connection.fetchval(
            f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE {name}{f'({values})' if values else ''}"
        )
    finally:
        await transaction.rollback()
    return sum(rows_of(json.loads(explained)[0]["Plan"]))


def rows_of(node: dict[str, Any]) -> Iterator[int]:
    if "Relation Name" in node and node["Node Type"] != "ModifyTable":
        removed = node.get("Rows Removed by Filter", 0)
        yield round((node["Actual Rows"] + removed) * node["Actual Loops"])
    for inner in node.get("Plans", ()):
        yield from rows_of(inner)


def literal(value: Any) -> str:
    return str(value) if isinstance(value, int | float) else f"'{value}'"


def id_of(n: int) -> str:
    return f"{n:013x}{'0' * 32}"


def rows_for(columns: str, first: int) -> str:
    """Rows of a write for requests from this one on."""
    examples: dict[str, Any] = {
        "text": "t",
        "int": 1,
        "real": 2.0,
        "flag": False,
        "json": {"image": "u"},
        "kind": "text",
        "tag": "text",
        "status": "completed",
        "priority": "normal",
        "now": 1e9,
        "retry_at": None,
    }
    names = [column.split() for column in columns.split(",")] if columns else []
    ids = [id_of(n) for n in range(first, first + BATCH)]
    return json_of(
        [
            [
                id_ if name in {"id", "request_id"} else examples.get(name, examples[kind])
                for name, kind in names
            ]
            for id_ in ids
        ]
    )


WRITES = {
    **{
        write.name: write
        for module in (events, request_results, requests)
        for write in vars(module).values()
        if isinstance(write, Write)
    },
    "end": Write("end", request_cancellation.END_ROWS, request_cancellation.END),
}


@pytest.mark.parametrize("name", WRITES)
async def test_a_write_reads_the_rows_that_it_is_about(
    connection: asyncpg.Connection, name: str
) -> None:
    write = WRITES[name]
    # those that are generated, or new ones
    rows = rows_for(write.rows, 30_001 if name.startswith("accept") else 20_001)
    for statement in write.statements:
        rendered = render(statement, write.rows)
        read = await rows_read(connection, rendered, *((rows,) if "$1" in rendered else ()))
        assert read <= MOST_FOR_A_ROW * BATCH, statement


PAGES = [*itertools.product((None, "ann"), (None, "queued", *FINISHED), (None, *TAGS))]


async def test_a_page_does_not_read_the_history(connection: asyncpg.Connection) -> None:
    for owner, status, tag in PAGES:
        rendered, used = render_query(page_sql(owner, status, tag))
        parameters = [AFTER_ALL_IDS, LIMIT, *([] if owner is None else [owner])]
        read = await rows_read(connection, rendered, *(parameters[place] for place in used))
        # PostgreSQL may pass the unfinished ones on its way, once for each tag, but no history
        assert read <= 3 * UNFINISHED_REQUESTS + MOST_FOR_A_PAGE * LIMIT, (owner, status, tag)


def queries() -> Iterator[tuple[str, str]]:
    """Name and text of every query that is a constant."""
    for module in pkgutil.walk_packages(sql.__path__, f"{sql.__name__}."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, str) and QUERY.match(value) and not PART.search(value):
                yield f"{module.name.rpartition('.')[2]}.{name}", value


async def test_every_query_is_understood(connection: asyncpg.Connection) -> None:
    refused = {}
    for name, query in queries():
        try:
            await connection.prepare(render_query(query)[0])
        except asyncpg.PostgresError as error:
            refused[name] = str(error)
    assert refused == {}
