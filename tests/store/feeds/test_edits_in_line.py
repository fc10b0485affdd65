"""Edits of posts stand in the line of feeds; priorities change as long as a part waits."""

from __future__ import annotations

import pytest

from service.request_ids import new_id
from service.store.database import Database
from service.store.sql.feeds.feed_events import FeedEvents
from service.store.sql.feeds.posts import PostChange, Posts, UnpublishedPost
from service.store.sql.requests.request_priorities import RequestPriorities
from service.store.sql.requests.request_records import Request
from service.store.sql.requests.requests import Requests
from tests.support.databases import OVER_BOTH

pytestmark = getattr(pytest.mark, OVER_BOTH)


async def test_an_edit_is_the_newest_in_the_line(database: Database) -> None:
    posts, events = Posts(database), FeedEvents(database)
    [first] = await posts.publish([UnpublishedPost("a", "rosa", "As it was", "C", None)])
    [second] = await posts.publish([UnpublishedPost("b", "rosa", "Later", "C", None)])
    await posts.edit("a", PostChange("As it is", None, None, None, []))
    head = await posts.head()
    edited = await posts.get("a")
    assert edited is not None
    assert edited.edited_us == head > second.created_us
    missed, until = await events.missed("rosa", second.created_us, head, second.created_us)
    fresh, readers, _ = await events.fresh(["rosa", "emil"], second.created_us, head)
    assert [(event.us, event.name, event.about) for event in missed] == [(head, "edited", edited)]
    assert (fresh, until, readers) == (missed, head, [(head, "rosa")])
    unknown, _ = await events.missed("rosa", 0, head, 0)
    assert [(event.name, event.us) for event in unknown] == [
        ("post", first.created_us),
        ("post", second.created_us),
    ]


async def test_a_priority_changes_as_long_as_a_part_waits(database: Database) -> None:
    requests, priorities = Requests(database), RequestPriorities(database)
    request = Request(new_id(), "text", "p", 1, 1.0, {})
    await requests.accept(request)
    assert await priorities.change(request.id, "high")
    record = await requests.record(request.id)
    assert record is not None
    assert record.request.priority == "high"
    assert not await priorities.change(new_id(), "low")
