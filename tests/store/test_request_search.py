"""Search in requests: exact with every filter, of one owner, at a cost that does not grow."""

from __future__ import annotations

import itertools
import random
from pathlib import Path
from typing import Any, get_args

import pytest

from service.messages import TAGS, UNFINISHED, Status
from service.request_ids import AFTER_ALL_IDS
from service.store.database import Database, Rows
from service.store.media.folder import MediaFolder
from service.store.redis.streams import Streams
from service.store.sql.requests.request_listing import RequestListing
from service.store.sql.requests.request_search import BATCH_REQUESTS, words_of
from service.store.sql.requests.requests import Requests
from service.store.sql.retention import Retention
from service.store.sql.statements import Write
from tests.store.test_request_listing import counting_steps

pytestmark = pytest.mark.over_both_engines

STATUSES: tuple[Status, ...] = get_args(Status)
OWNERS = (None, "ann", "bob's")
FILTERS = list(itertools.product(OWNERS, (None, *STATUSES), (None, *TAGS)))
WORDS = ("rain", "Sun", "fog", "zoë", "ox2")
MOST_STEPS = 20_000  # SQLite steps for a page of 20; one row more takes some 50

PUT = Write(
    "put",
    "id text, tag text, prompt text, owner text, status text, text text",
    (
        """
        INSERT INTO requests (id, tag, prompt, seed, owner, status, created_at)
        SELECT id, tag, prompt, 7, owner, status, 1 FROM rows
        """,
        """
        INSERT INTO parts (request_id, kind, status, text)
        SELECT id, 'text', 'completed', text FROM rows
        """,
    ),
)
REDRIVE = Write(
    "redrive",
    "id text",
    ("UPDATE requests SET status = 'queued' WHERE id IN (SELECT id FROM rows)",),
)


FINISH = Write(
    "finish",
    "id text",
    ("UPDATE requests SET status = 'completed' WHERE id IN (SELECT id FROM rows)",),
)
PASSED = "SELECT request_id FROM unindexed_requests"


def id_of(n: int) -> str:
    return f"{n:013x}{'0' * 32}"


async def index_all(database: Database) -> None:
    while await database.words.index() == BATCH_REQUESTS:
        pass


async def indexed(database: Database, word: str) -> list[str]:
    """The ids of the requests that the index finds."""
    if database.engine.startswith("SQLite"):
        sql = f"SELECT rowid FROM request_words WHERE request_words MATCH '{word}'"
        return [id_of(row >> 8) for (row,) in await database.backlog.all(sql)]
    sql = f"SELECT request_id FROM request_words WHERE words @@ CAST('{word}' AS tsquery)"
    return sorted(id_ for (id_,) in await database.backlog.all(sql))


async def test_every_search_is_exact_whatever_is_indexed(database: Database) -> None:
    chance = random.Random(3)
    rows = [
        (
            id_of(n),
            chance.choice(TAGS),
            " ".join(chance.choices(WORDS, k=2)),
            chance.choice(OWNERS),
            chance.choice(STATUSES),
            f"#{chance.choice(WORDS)}.",
        )
        for n in range(600)
    ]
    await database.write(PUT, rows)
    listing = RequestListing(database)
    for parts in range(4):  # nothing is indexed, then a part, then all, then less again
        if parts == 3:
            await database.write(FINISH, [(row[0],) for row in rows if row[4] in UNFINISHED])
            rows = [
                (*row[:4], "completed" if row[4] in UNFINISHED else row[4], row[5]) for row in rows
            ]
            assert await database.all(PASSED)
        for owner, status, tag in FILTERS:
            for words in (["RAIN"], ["sun", "fog"], ["zoë", "ox*"]):
                begins = [word.lower().removesuffix("*") for word in words]
                expected = [
                    id_
                    for id_, of_tag, prompt, of, with_status, text in reversed(rows)
                    if owner in {None, of}
                    and status in {None, with_status}
                    and tag in {None, of_tag}
                    if all(begin in f"{prompt} {text}".lower() for begin in begins)
                ]
                ids: list[str] = []
                before = AFTER_ALL_IDS
                while page := await listing.page(owner, status, tag, before, 50, words=words):
                    ids += [listed.id for listed in page]
                    before = page[-1].id
                assert ids == expected, (owner, status, tag, words)
        await database.words.index()
        if parts:
            await index_all(database)


async def test_a_state_that_changed_is_searched_as_it_is(database: Database) -> None:
    await database.write(PUT, [(id_of(1), "text", "rain", "ann", "failed", "")])
    await index_all(database)
    listing = RequestListing(database)
    await database.write(REDRIVE, [(id_of(1),)])
    for status, count in {None: 1, "queued": 1, "failed": 0}.items():
        page = await listing.page("ann", status, None, AFTER_ALL_IDS, 9, words=["rain"])  # type: ignore[arg-type]
        assert len(page) == count, status


async def test_what_finishes_after_the_index_has_passed_it_is_indexed_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, between, after = id_of(1), id_of(2), id_of(4)
    rows = [(id_, "text", "rain", None, "queued", "fog") for id_ in (late, between)]
    await database.write(PUT, [*rows, (id_of(3), "text", "sun", None, "completed", "")])
    read = database.all

    async def slowly(sql: str, *parameters: Any) -> Rows:
        found = await read(sql, *parameters)
        await database.write(FINISH, [(between,)])
        return found

    monkeypatch.setattr(database, "all", slowly)
    await database.words.index()
    monkeypatch.undo()
    assert await indexed(database, "fog") == [between]
    await database.write(FINISH, [(late,)])
    await database.write(PUT, [(after, "text", "rain", None, "queued", "fog")])
    await database.write(FINISH, [(after,)])
    assert await read(PASSED) == [(late,)]  # one after the mark needs no row
    page = await RequestListing(database).page(None, None, None, AFTER_ALL_IDS, 9, words=["fog"])
    assert [listed.id for listed in page] == [after, between, late]
    await database.words.index()
    assert await indexed(database, "fog") == [late, between, after]
    assert await read(PASSED) == []


async def test_what_comes_and_finishes_before_the_mark_moves_past_it_is_indexed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes, or two calls, may store requests in another order than that of their ids."""
    await database.write(PUT, [(id_of(n), "text", "sun", None, "completed", "") for n in (1, 9)])
    read = database.all

    async def slowly(sql: str, *parameters: Any) -> Rows:
        found = await read(sql, *parameters)
        monkeypatch.undo()
        rows = [(id_of(n), "text", "rain", None, "queued", "fog") for n in (2, 3)]
        await database.write(PUT, rows)
        await database.write(FINISH, [(id_of(2),)])
        return found

    monkeypatch.setattr(database, "all", slowly)
    await index_all(database)
    await database.write(FINISH, [(id_of(3),)])
    page = await RequestListing(database).page(None, None, None, AFTER_ALL_IDS, 9, words=["fog"])
    assert [listed.id for listed in page] == [id_of(3), id_of(2)]
    await index_all(database)
    assert await indexed(database, "fog") == [id_of(2), id_of(3)]
    assert await read(PASSED) == []


async def test_words_of_a_removed_request_go_also_after_a_kill(
    database: Database, tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    media, streams = MediaFolder(tmp_path / "media"), Streams(redis_url)
    retention = Retention(database, media, streams, Requests(database).removed)

    async def killed(*_: object) -> int:
        raise ConnectionAbortedError

    await database.write(PUT, [(id_of(n), "text", "rain", None, "failed", "") for n in range(3)])
    await index_all(database)
    await database.write(PUT, [(id_of(3), "text", "rain", None, "failed", "")])  # not indexed
    assert await retention.remove([id_of(0), id_of(3)]) == 2
    monkeypatch.setattr(Retention, "_clear", killed)  # what follows the commit
    with pytest.raises(ConnectionAbortedError):
        await retention.remove([id_of(1)])
    assert await database.all(PASSED) == [(id_of(0),), (id_of(1),)]
    await index_all(database)
    assert await indexed(database, "rain") == [id_of(2)]
    assert await database.all(PASSED) == []


async def test_requests_with_one_row_id_are_both_found(database: Database) -> None:
    twins = [f"{7:013x}ab{'0' * 30}", f"{7:013x}ab{'1' * 30}"]
    rows = zip(twins, ("rain", "fog"), strict=True)
    await database.write(PUT, [(id_, "text", word, "ann", "failed", "") for id_, word in rows])
    await index_all(database)
    listing = RequestListing(database)
    for id_, word in zip(twins, ("rain", "fog"), strict=True):
        page = await listing.page("ann", None, None, AFTER_ALL_IDS, 9, words=[word])
        assert id_ in [listed.id for listed in page]


@pytest.mark.of_sqlite
async def test_the_cost_of_a_page_does_not_grow_with_the_history(database: Database) -> None:
    finished = [status for status in STATUSES if status not in UNFINISHED]
    kinds = list(itertools.product(TAGS, OWNERS, finished))
    rows = [  # in long runs: each has all others before it
        (id_of(n), tag, "rain", owner, status, "fog")
        for n, (tag, owner, status) in enumerate(kind for kind in kinds for _ in range(160))
    ]
    await database.write(PUT, rows)
    await index_all(database)
    listing, steps = RequestListing(database), counting_steps(database)
    for owner, status, tag in FILTERS:
        page = await listing.page(owner, status, tag, AFTER_ALL_IDS, 20, words=["rain", "fog"])
        assert len(page) == (0 if status in UNFINISHED else 20)
        assert steps() < MOST_STEPS, (owner, status, tag)


def test_words_are_what_stands_between_other_signs() -> None:
    assert words_of("  Rain-drops, 7! été* _x") == ["Rain", "drops", "7", "été*", "x"]
