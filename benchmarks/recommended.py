"""Measures recommended feeds: `python -m benchmarks.recommended [--posts N] [--events N]`.

As many posts and events as asked for, readers with 10, 50 and 1,000 follows. The bound of a list
is the numpy and Python of the ranking alone, over as many candidates, in the driver.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import uvloop
from aiohttp import ClientSession

from benchmarks.client import Client
from benchmarks.contenders import SIMULATED, Contender, running
from benchmarks.home_feeds import checked, shown
from benchmarks.machine import load
from benchmarks.processes import cpu, resident
from service.ranking.columns import columns
from service.ranking.learnt import Learnt
from service.ranking.pipeline import rank
from service.ranking.scores import Situation
from service.ranking.taste import taste_of
from service.ranking.types import Act, Candidate
from service.ranking.weights import Weights
from service.recommendations import LIST_POSTS

AUTHORS, USERS, SUBJECTS, SPAN_SECONDS = 2000, 20_000, 400, 3_000_000
READERS = {"10 follows": ("ten", 10), "50 follows": ("few", 50), "1,000 follows": ("many", 1000)}
LISTS = 100  # readers with so many follows; each asks for one list
CANDIDATES = 400
BATCH, BATCHES, CALLERS = 100, 200, 8
RESTS_SECONDS = 0.5  # with little CPU time: the likes are counted
LIKES_OF_10 = 1  # of ten events that many are likes

_POSTS = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :posts)
INSERT INTO posts (id, created_us, author, title, content, image_uri)
SELECT printf('post-%08d', i), :first + i * (:span / :posts),
       printf('author %d', i * 7919 % :authors),
       'Post ' || i, 'Post ' || i || ': ' || :words, NULL FROM n
"""
_SUBJECTS = """
INSERT OR IGNORE INTO post_subjects
SELECT id, printf('subject %d', abs(random()) % :subjects) FROM posts, (VALUES (1), (2), (3))
"""
_FEATURES = """
INSERT INTO post_features SELECT created_us, id, author,
  (SELECT json_group_array(subject) FROM post_subjects WHERE post_id = posts.id),
  title, length(content) FROM posts ORDER BY created_us
"""
_FOLLOWS = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count)
INSERT INTO follows SELECT :user, printf('author %d', i), 1 FROM n
"""
# three quarters are about the newest tenth of the posts; the readers are among the users
_EVENTS = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :events),
drawn AS (
  SELECT i, CASE abs(random()) % 4 WHEN 0 THEN abs(random()) % :posts
            ELSE :posts - 1 - abs(random()) % max(1, :posts / 10) END AS post,
         abs(random()) % :users AS user, i % 10 < :likes AS likes FROM n)
INSERT OR IGNORE INTO interactions (user_id, post_us, sort, kind, author, seq)
SELECT printf(CASE user % 3 WHEN 0 THEN 'ten %d' WHEN 1 THEN 'few %d' ELSE 'many %d' END, user / 3),
       :first + post * (:span / :posts), CASE likes WHEN 1 THEN 'like' ELSE 'view' END,
       CASE likes WHEN 1 THEN 'like' ELSE 'view' END,
       printf('author %d', post * 7919 % :authors), :now - :events + i FROM drawn
ORDER BY 1, 2, 3
"""
_QUICKLY = ("PRAGMA cache_size = -1000000", "PRAGMA synchronous = OFF")
_INDEXES = """
SELECT name, sql FROM sqlite_schema WHERE tbl_name = 'interactions' AND sql LIKE 'CREATE INDEX%'
"""
_COUNTS = """
INSERT INTO post_counts SELECT post_us, sum(kind = 'view'), sum(kind = 'like')
FROM interactions GROUP BY post_us
"""


def fill(database: Path, posts: int, events: int) -> None:
    """Write posts, follows and events into the SQLite of a stopped service."""
    now = time.time_ns() // 1000
    span = (SPAN_SECONDS - 10) * 1_000_000
    values = {"posts": posts, "first": now - SPAN_SECONDS * 1_000_000, "span": span, "now": now}
    values |= {"authors": AUTHORS, "events": events, "users": USERS, "likes": LIKES_OF_10}
    with closing(sqlite3.connect(database)) as connection, connection:
        for pragma in _QUICKLY:
            connection.execute(pragma)
        connection.execute(_POSTS, {**values, "words": "words " * 40})
        connection.execute(_SUBJECTS, {"subjects": SUBJECTS})
        connection.execute(_FEATURES)
        for user, count in READERS.values():
            for number in range(LISTS):
                connection.execute(_FOLLOWS, {"user": f"{user} {number}", "count": count})
        indexes = connection.execute(_INDEXES).fetchall()
        for name, _ in indexes:  # made at the end, sorted, they cost a tenth
            connection.execute(f"DROP INDEX {name}")
        connection.execute(_EVENTS, values)
        for _, definition in indexes:
            connection.execute(definition)
        connection.execute(_COUNTS)


def bound() -> str:
    """The ranking alone: taste, scores and order of a list."""
    now = time.time()
    learnt = Learnt(Weights())
    first = int(now * 1e6)
    found = [
        Candidate(
            first - n * 1000,
            f"author {n % 97}",
            (f"subject {n % 31}", f"subject {n % 37}"),
            views=n % 300,
            likes=n % 9,
        )
        for n in range(CANDIDATES)
    ]
    for user in range(200):
        before: list[int] = []
        for step in range(20):
            post = found[(user * 7 + step * 13) % CANDIDATES].post
            learnt.like(post, before, now)
            before.append(post)
    acts = [
        Act("like" if n % 5 == 0 else "view", c.post, c.author, c.subjects)
        for n, c in enumerate(found[:300])
    ]
    seconds = []
    for seed in range(LISTS):
        began = time.perf_counter()
        rank(Situation(columns(found), taste_of(acts), learnt, Weights(), now), LIST_POSTS, seed)
        seconds.append(time.perf_counter() - began)
    return shown(seconds)


async def measure_lists(client: Client, note: Callable[[str, str], None]) -> None:
    """First pages, which make a list, and next pages."""
    for name, (user, _) in READERS.items():
        first: list[float] = []
        following: list[float] = []
        for number in range(LISTS):
            query = {"user-id": f"{user} {number}", "rank": "recommended", "limit": "20"}
            for seconds in (first, following):
                began = time.perf_counter()
                page = checked(*await client.get(f"/feed?{urlencode(query)}"))
                seconds.append(time.perf_counter() - began)
                query["cursor"] = str(page["next"])
        note(f"recommended, {name}: first page", shown(first))
        note(f"recommended, {name}: next page", shown(following))


async def measure_events(url: str, ids: list[str], note: Callable[[str, str], None]) -> None:
    """Events in batches, by several callers at once."""
    batches = [
        {
            "user-id": f"new {number}",
            "events": [
                {
                    "post-id": ids[(number * 131 + n) % len(ids)],
                    "kind": "view" if n % 10 else "like",
                }
                for n in range(BATCH)
            ],
        }
        for number in range(BATCHES)
    ]
    began = time.perf_counter()
    async with ClientSession(url) as http:

        async def caller() -> None:
            while batches:
                async with http.post("/feed/events", json=batches.pop()) as answer:
                    answer.raise_for_status()

        await asyncio.gather(*(caller() for _ in range(CALLERS)))
    took = time.perf_counter() - began
    note(f"events in batches of {BATCH}, durable", f"{BATCH * BATCHES / took:,.0f}/s")


async def main(posts: int, events: int, folder: Path) -> list[tuple[str, str]]:
    """Measure everything; returns the rows of the table."""
    rows: list[tuple[str, str]] = []

    def note(name: str, figure: str) -> None:
        rows.append((name, figure))
        print(f"{name}: {figure}", flush=True)

    async with running("service", folder, *SIMULATED) as contender:
        database = contender.database  # a start makes the schema
        empty = resident(contender.pid)
    fill(database, posts, events)
    with closing(sqlite3.connect(database)) as connection:
        newest = connection.execute("SELECT id FROM posts ORDER BY created_us DESC LIMIT 2000")
        ids = [id_ for (id_,) in newest]
    note("the ranking alone", bound())
    async with running("service", folder, *SIMULATED) as contender:
        client = Client(contender.url)
        try:
            took = await counted(contender, client)
            note("likes are counted after a start, within", f"{took:.1f} s")
            await measure_lists(client, note)
            await measure_events(contender.url, ids, note)
            note("memory, above an empty service", f"{resident(contender.pid) - empty:.0f} MiB")
        finally:
            client.close()
    return rows


async def counted(contender: Contender, client: Client) -> float:
    """Seconds until the learner rests, while feeds answer."""
    began = time.perf_counter()
    while True:
        before = cpu(contender.pid)
        checked(*await client.get("/feed?user-id=few+0&limit=1"))
        await asyncio.sleep(RESTS_SECONDS)
        if cpu(contender.pid) - before < RESTS_SECONDS / 10:
            return time.perf_counter() - began - RESTS_SECONDS


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=10_000_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="feedmill-bench-") as name:
        print(f"load average {load()}")
        found = uvloop.run(main(arguments.posts, arguments.events, Path(name)))
    print("\n| | |\n|---|---|")
    print("\n".join(f"| {name} | {figure} |" for name, figure in found))
    print(f"load average {load()}")
