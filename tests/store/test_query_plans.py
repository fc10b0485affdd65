"""The statements of the hot path find requests by their primary key."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest

from service.store.sql import events
from service.store.sql.feeds import (
    candidates,
    interactions,
    new_authors,
    post_vectors,
    served_posts,
    visible_posts,
)
from service.store.sql.feeds.feed_events import ENTRIES, POSTS, READERS, REMOVALS
from service.store.sql.feeds.feed_line import HEAD
from service.store.sql.requests import request_cancellation, request_results, requests
from service.store.sql.statements import Write
from service.store.sqlite import migrations
from service.store.sqlite.dialect import render

WRITES = {
    render(statement, write.rows): write.name
    for module in (events, request_results, requests)
    for write in vars(module).values()
    if isinstance(write, Write)
    for statement in write.statements
}
STATEMENTS = {
    **WRITES,
    **{
        render(statement, request_cancellation.END_ROWS): "end"
        for statement in request_cancellation.END
    },
}


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


PARAMETERS = ("ann", 0, 1, 20, "[]")


@pytest.mark.parametrize("statistics", [False, True], ids=["no statistics", "statistics"])
@pytest.mark.parametrize("name", ["NEWEST_VISIBLE", "NEWEST_OF_FOLLOWED", "MERGED", "BY_TIME"])
def test_a_home_feed_scans_no_posts_and_no_relations(
    tmp_path: Path, name: str, *, statistics: bool
) -> None:
    migrations.migrate(tmp_path / "feedmill.db")
    statement = render(getattr(visible_posts, name))
    with contextlib.closing(migrations.connect(tmp_path / "feedmill.db")) as connection:
        if statistics:
            connection.execute("ANALYZE")
        found = connection.execute(
            f"EXPLAIN QUERY PLAN {statement}", PARAMETERS[: _parameters(statement)]
        ).fetchall()
    steps = [step for *_, step in found]
    own = ("posts", "found", "follows", "mutes", "muted_subjects", "post_subjects")
    for table in own:
        assert not [step for step in steps if step.startswith(f"SCAN {table}")], steps
    if name.startswith("NEWEST"):  # the index of authors has all that they need
        searches = [step for step in steps if step.startswith("SEARCH posts")]
        assert searches, steps
        assert all("COVERING INDEX posts_of_author" in step for step in searches), steps


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        (candidates.FOR_ANYONE, ("ann", 0, 1, 9, "", "", "", 0, 0, 0)),
        (candidates.BY_TASTE, ("ann", "[]", "[]", "[]")),
        (interactions.ACTS, ("ann", 300)),
    ],
)
def test_a_ranked_list_reads_no_whole_post(
    tmp_path: Path, statement: str, parameters: tuple[object, ...]
) -> None:
    migrations.migrate(tmp_path / "feedmill.db")
    with contextlib.closing(migrations.connect(tmp_path / "feedmill.db")) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {render(statement)}", parameters).fetchall()
    steps = [step for *_, step in plan]
    posts = [step for step in steps if re.match("(SEARCH|SCAN) posts ", step)]
    assert all("COVERING INDEX" in step or "PRIMARY KEY" in step for step in posts), posts
    assert any("features USING INTEGER PRIMARY KEY" in step for step in steps), steps


def _parameters(statement: str) -> int:
    """The highest number of a parameter."""
    return max(int(number) for number in re.findall(r"\?(\d)", statement))


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        (POSTS, ("ann", 0, 1, 100)),
        (REMOVALS, ("ann", 0, 1, 100, 0)),
        (ENTRIES, (0, 1, 200)),
        (READERS, ('["ann"]', 0, 1)),
        (HEAD, (1,)),
        (new_authors.VOICES, ("ann", *[0] * 9)),
    ],
)
def test_what_feeds_ask_for_is_found_by_indexes(
    tmp_path: Path, statement: str, parameters: tuple[object, ...]
) -> None:
    migrations.migrate(tmp_path / "feedmill.db")
    with contextlib.closing(migrations.connect(tmp_path / "feedmill.db")) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {render(statement)}", parameters).fetchall()
    tables = (
        *("posts", "deleted_posts", "feed_markers", "follows", "mutes", "post_subjects"),
        *("new_authors", "interactions"),
    )
    scans = [step for *_, step in plan if step.startswith(tuple(f"SCAN {t}" for t in tables))]
    assert not scans


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        (interactions.LIKES, (0, 500)),
        (interactions.LIKES_OF, ("ann", 1, 40)),
        (interactions.ACTS, ("ann", 300)),
        (served_posts.LATELY, ("ann", 0)),
        (post_vectors.OF_POSTS, ("[1]", "small")),
        (candidates.TITLES, ("[1]",)),
    ],
)
def test_what_users_did_is_found_by_its_indexes(
    tmp_path: Path, statement: str, parameters: tuple[object, ...]
) -> None:
    migrations.migrate(tmp_path / "feedmill.db")
    with contextlib.closing(migrations.connect(tmp_path / "feedmill.db")) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {render(statement)}", parameters).fetchall()
    steps = [step for *_, step in plan]
    own = ("VIRTUAL TABLE", "SCAN newest")  # what was found before
    scans = [step for step in steps if "SCAN" in step and not any(name in step for name in own)]
    assert not [*scans, *(step for step in steps if "TEMP B-TREE" in step)], steps
