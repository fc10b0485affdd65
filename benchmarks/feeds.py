"""The feeds of the benchmark: the same posts in the service and in the bound."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from service.store.sql.feeds.posts import MICROSECONDS, Post

USERS = 10
SIZES = (100, 1000)  # posts in a feed
RETURNED = 20  # posts in an answer
FIRST = 1_760_000_000 * MICROSECONDS  # time of the oldest post

FEEDS = {f"reader{size}n{number}": size for size in SIZES for number in range(USERS)}
"""How many posts each user has."""


def posts_of(user: str, count: int) -> list[Post]:
    """Posts one second apart, oldest first; no two posts of all users have the same time."""
    offset = list(FEEDS).index(user)
    return [
        Post(
            f"{user}p{number}",
            FIRST + number * MICROSECONDS + offset,
            user,
            f"Post {number} of {user}",
            f"Post {number} of {user}: " + "words " * 12,
            f"/media/{user}-{number}.webp",
        )
        for number in range(count)
    ]


def store(database: Path) -> None:
    """Write all posts into the SQLite of a service; a feed is built when it is first read."""
    with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
        connection.executemany(
            "INSERT INTO posts (id, created_us, author, title, content, image_uri) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [
                (post.id, post.created_us, post.author, post.title, post.content, post.image_uri)
                for user, count in FEEDS.items()
                for post in posts_of(user, count)
            ],
        )


def questions(size: int) -> list[tuple[str, bytes]]:
    """For each feed of this size: the target, and the answer with the newest RETURNED posts."""
    targets = []
    for user, count in FEEDS.items():
        if count != size:
            continue
        posts = posts_of(user, count)
        after = posts[-RETURNED - 1].created_us
        seconds, micros = divmod(after, MICROSECONDS)
        target = f"/feed/?user-id={user}&timestamp={seconds}.{micros:06d}"
        newest = reversed(posts[-RETURNED:])
        targets.append((target, b"[" + b",".join(post.body() for post in newest) + b"]"))
    return targets
