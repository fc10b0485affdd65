"""Lists of requests: every filter is exact, and a page's cost depends only on its size."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from typing import get_args

import pytest

from service.messages import TAGS, UNFINISHED, Status, Tag
from service.request_ids import AFTER_ALL_IDS, new_id
from service.store.database import Database
from service.store.sql.events import Events
from service.store.sql.requests.dead_letters import DeadLetters
from service.store.sql.requests.request_listing import RequestListing, page_sql
from service.store.sql.requests.request_records import Request
from service.store.sql.requests.requests import Requests
from service.store.sql.statements import Write
from service.store.sqlite.reader import ReadThread

pytestmark = pytest.mark.over_both_engines

STATUSES: tuple[Status, ...] = get_args(Status)
OWNERS = (None, "ann", "bob")
FILTERS = list(itertools.product(OWNERS, (None, *STATUSES), (None, *TAGS)))
MOST_STEPS = 4_000  # SQLite steps for a page of 20; reading 6,000 rows takes 40,000

PUT = Write(
    "put",
    "id text, tag text, owner text, status text",
    (
        """
        INSERT INTO requests (id, tag, prompt, seed, owner, status, error, created_at, finished_at)
        SELECT id, tag, id, 7, owner, status, 'e', 1, 2 FROM rows
        """,
    ),
)

Row = tuple[str, Tag, str | None, Status]


def matching(
    rows: Sequence[Row], owner: str | None, status: Status | None, tag: Tag | None
) -> list[str]:
    """The ids of the rows that match a filter, newest first."""
    return [
        id_
        for id_, of_tag, of, with_status in reversed(rows)
        if owner in {None, of} and status in {None, with_status} and tag in {None, of_tag}
    ]


def in_runs(length: int) -> list[Row]:
    """Requests in long runs of equal rows, so that each run has all others before it.

    Few of them are unfinished, since the queues are bounded.
    """
    kinds = itertools.product(TAGS, OWNERS, STATUSES)
    rows = [kind for kind in kinds for _ in range(1 if kind[2] in UNFINISHED else length)]
    return [(f"{n:013x}", *kind) for n, kind in enumerate(rows)]


def counting_steps(database: Database) -> Callable[[], int]:
    """Count SQLite steps of lists; returns a function for the number since its last call."""
    steps = [0, 0]

    def count() -> None:
        steps[0] += 10

    def since() -> int:
        before, steps[1] = steps[1], steps[0]
        return steps[0] - before

    assert isinstance(database.lists, ReadThread)
    database.lists._connection.set_progress_handler(count, 10)  # noqa: SLF001 - not visible outside
    return since


async def test_every_filter_finds_its_requests_newest_first_page_by_page(
    database: Database,
) -> None:
    chance = random.Random(12)
    rows: list[Row] = [
        (f"{n:013x}", chance.choice(TAGS), chance.choice(OWNERS), chance.choice(STATUSES))
        for n in range(900)
    ]
    await database.write(PUT, rows)
    listing = RequestListing(database)
    for wanted in FILTERS:
        ids_of_pages: list[str] = []
        before = AFTER_ALL_IDS
        while page := await listing.page(*wanted, before, 17):
            ids_of_pages += [listed.id for listed in page]
            before = page[-1].id
        assert ids_of_pages == matching(rows, *wanted), wanted


@pytest.mark.of_sqlite
async def test_every_filter_has_its_index(database: Database) -> None:
    for owner, status, tag in FILTERS:
        parameters = (AFTER_ALL_IDS, 20, *(() if owner is None else (owner,)))
        sql = f"EXPLAIN QUERY PLAN {page_sql(owner, status, tag)}"
        steps = [str(step) for *_, step in await database.all(sql, *parameters)]
        scans = {step.split("_")[0] for step in steps if "SCAN" in step}
        assert scans <= {"SCAN page", "SCAN range"}, steps  # which are limited
        ranges = {step for step in steps if step.startswith("SEARCH requests") and "id<?" in step}
        if status is None and tag is None:
            whole = "COVERING INDEX of_owner (owner=? AND id<?)" if owner else "PRIMARY KEY (id<?)"
            assert ranges == {f"SEARCH requests USING {whole}"}
            continue
        finished = "finished_of_owner (owner=? AND " if owner else "finished ("
        allowed = set()
        if status not in UNFINISHED:
            allowed.add(f"{finished}tag=? AND status=? AND id<?)")
        if status is None or status in UNFINISHED:
            allowed.add("unfinished (id<?)")
        assert ranges == {f"SEARCH requests USING COVERING INDEX {index}" for index in allowed}


@pytest.mark.of_sqlite
async def test_the_cost_of_a_page_does_not_grow_with_the_history(database: Database) -> None:
    rows = in_runs(160)
    await database.write(PUT, rows)
    listing, steps = RequestListing(database), counting_steps(database)
    for wanted in FILTERS:
        page = await listing.page(*wanted, AFTER_ALL_IDS, 20)
        assert [listed.id for listed in page] == matching(rows, *wanted)[:20]
        assert steps() < MOST_STEPS, wanted


@pytest.mark.of_sqlite
async def test_a_group_is_found_without_reading_the_history(database: Database) -> None:
    await database.write(PUT, in_runs(160))
    requests = Requests(database)
    ids = [new_id() for _ in range(8)]
    await requests.accept_together(
        [Request(id_, "text", "rain", 7, 1.0, {}, owner="ann", group=ids[0]) for id_ in ids]
    )
    listing, steps = RequestListing(database), counting_steps(database)
    for owner, words, expected in (
        (None, (), ids[::-1]),
        ("ann", ("rai*",), ids[::-1]),
        ("bob", (), []),
        (None, ("snow",), []),
    ):
        page = await listing.page(owner, None, None, AFTER_ALL_IDS, 20, words=words, group=ids[0])
        assert [listed.id for listed in page] == expected
        assert steps() < MOST_STEPS


@pytest.mark.of_sqlite
async def test_dead_letters_are_found_without_reading_the_history(database: Database) -> None:
    rows = in_runs(160)
    await database.write(PUT, rows)
    letters, steps = DeadLetters(database, Events(database)), counting_steps(database)
    for tag in (None, *TAGS):
        page = await letters.page(tag, AFTER_ALL_IDS, 20)
        assert [letter.id for letter in page] == matching(rows, None, "failed", tag)[:20]
        assert steps() < MOST_STEPS, tag


async def test_a_listed_prompt_has_200_characters_at_most(database: Database) -> None:
    requests = Requests(database)
    for size in (200, 201, 5000):
        prompt = ("é" * size)[: size - 1] + "!"
        await requests.accept(Request(new_id(), "text", prompt, 7, 1.0, {}))
    page = await RequestListing(database).page(None, None, None, AFTER_ALL_IDS, 10)
    listed = [request.prompt for request in page]
    assert [len(prompt) for prompt in listed] == [200] * 3
    assert [prompt[-2:] for prompt in listed] == ["é…", "é…", "é!"]
