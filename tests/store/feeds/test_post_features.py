"""The rows that the ranking reads say of each post what its other tables say."""

from __future__ import annotations

import pytest

from service.messages import encode
from service.store.database import Database
from service.store.sql.feeds.candidates import BEGINNINGS
from service.store.sql.feeds.posts import MICROSECONDS, PostChange, Posts, UnpublishedPost
from service.store.sql.statements import Write
from tests.support.databases import OVER_BOTH

pytestmark = getattr(pytest.mark, OVER_BOTH)

FAR_US = 3_000_000_000 * MICROSECONDS
_SET_TIME = Write(
    "set time", "us int", ("UPDATE posts SET created_us = us FROM rows WHERE id = 'b'",)
)
_FEATURES = """
SELECT post_us, post_id, author, subjects, title, content_characters FROM post_features
ORDER BY post_us
"""
_POSTS = """
SELECT created_us, id, author,
       (SELECT json_sorted(subject) FROM post_subjects WHERE post_id = posts.id),
       title, length(content)
FROM posts ORDER BY created_us
"""


async def test_features_follow_every_change_of_a_post(database: Database) -> None:
    posts = Posts(database)

    async def ids() -> list[str]:
        found = await database.all(_FEATURES)
        assert found == await database.all(_POSTS)
        return [row[1] for row in found]

    await posts.publish(
        [
            UnpublishedPost("a", "ann", "First", "Words.", None, ["sea", "cats"]),
            UnpublishedPost("b", "ben", "Second", "", None, []),
        ]
    )
    await posts.publish([UnpublishedPost("a", "ann", "Again", "Words.", None, ["snow"])])
    assert await ids() == ["a", "b"]
    await posts.edit("a", PostChange("Other", "More words.", None, None, ["snow"]))
    assert await ids() == ["a", "b"]
    await posts.edit("a", PostChange("Other", None, None, None, []))
    await posts.publish([UnpublishedPost("c", "cas", "Third", "é" * 300, None, ["sea"])])
    assert await ids() == ["a", "b", "c"]
    await database.write(_SET_TIME, [(FAR_US,)])
    assert await posts.correct() == ["ben"]
    assert await ids() == ["a", "c", "b"]
    [(post, _, _)] = [row[:3] for row in await database.all(_FEATURES) if row[1] == "c"]
    asked = encode([post]).decode()
    assert await database.all(BEGINNINGS, asked, 200) == [(post, "é" * 200)]
    await posts.delete("a")
    assert await ids() == ["c", "b"]


async def test_features_follow_a_process_of_the_version_before(database: Database) -> None:
    write = {
        "publish": """INSERT INTO posts (id, created_us, author, title, content)
                      SELECT 'old', 5, 'ann', 'Title', 'Words.' FROM rows""",
        "say what it is about": """INSERT INTO post_subjects (post_id, subject)
                                   SELECT 'old', 'sea' FROM rows""",
        "edit": "UPDATE posts SET title = 'Other', content = 'W' FROM rows WHERE id = 'old'",
        "take a subject back": """DELETE FROM post_subjects
                                 WHERE post_id IN (SELECT 'old' FROM rows)""",
        "restamp": "UPDATE posts SET created_us = 9 FROM rows WHERE id = 'old'",
        "delete": "DELETE FROM posts WHERE id IN (SELECT 'old' FROM rows)",
    }
    for name, statement in write.items():
        await database.write(Write(name, "n int", (statement,)), [(1,)])
        assert await database.all(_FEATURES) == await database.all(_POSTS), name
    assert await database.all(_FEATURES) == []
