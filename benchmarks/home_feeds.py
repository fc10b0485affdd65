"""Measures home feeds: `python -m benchmarks.home_feeds [--posts N] [--followers N]`.

One author with many followers, a reader with 50 and one with 1,000 follows, and as many posts as
asked for. The bound of the fan-out is its script alone, sent to the same Redis over one connection.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import uvloop

from benchmarks.client import Client
from benchmarks.contenders import SIMULATED, Contender, running
from benchmarks.driver import Unchecked
from benchmarks.machine import load
from benchmarks.processes import cpu
from service.store.redis.connection import Command, RedisConnection
from service.store.redis.feeds.stored_feeds import BATCH_FEEDS, StoredHomeFeeds, home_key

AUTHORS = 2000
BIG, SMALL, SPAN_SECONDS = "big", "small", 3_000_000
READERS = {"reads 10": 10, "reads 50": 50, "reads 1000": 1000}
CHANGING = ("reads 10", "reads 1000")
CHANGES = 50  # of each sort, of each of them
PULLED = 5  # authors with too many followers, for the reader with 1,000 follows
ENTRIES = 20  # in each stored feed of the followers
ERROR = 400  # and above
REPEATS = 300  # of each read
BEYOND_PAGES = 11  # of 100 posts: Redis keeps 1,000
FLUSHED_READERS = 10_000  # after a flush

_POSTS = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :posts)
INSERT INTO posts (id, created_us, author, title, content, image_uri)
SELECT printf('post-%d', i), :first + i * (:span / :posts),
       printf('author %d', i * 7919 % :authors),
       'Post ' || i, 'Post ' || i || ': ' || :words, '/media/' || i || '.webp' FROM n
"""
_FOLLOWERS = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count)
INSERT INTO follows SELECT printf('fan %06d', i), :author, 1 FROM n
"""
_FOLLOWS = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count)
INSERT INTO follows SELECT :user, printf('author %d', i), 1 FROM n
"""


def fill(database: Path, posts: int, followers: int) -> None:
    """Write posts and follows into the SQLite of a stopped service."""
    now = time.time_ns() // 1000
    with closing(sqlite3.connect(database)) as connection, connection:
        values = {"posts": posts, "first": now - SPAN_SECONDS * 1_000_000, "authors": AUTHORS}
        values |= {"span": (SPAN_SECONDS - 10) * 1_000_000}
        connection.execute(_POSTS, {**values, "words": "words " * 40})
        connection.execute(_FOLLOWERS, {"count": followers, "author": BIG})
        connection.execute(_FOLLOWERS, {"count": 10, "author": SMALL})
        for user, count in READERS.items():
            connection.execute(_FOLLOWS, {"user": user, "count": count})
        pulled = [(f"author {n * 31}",) for n in range(PULLED)]
        connection.executemany("INSERT INTO pulled_authors VALUES (?)", pulled)


class Measured:
    """The running service, with a connection to its Redis and its database."""

    def __init__(self, contender: Contender, followers: int) -> None:
        self.contender = contender
        self.client = Client(contender.url)
        self.redis = RedisConnection(f"unix://{contender.folder}/data/redis/redis.sock")
        self.stored = StoredHomeFeeds(self.redis, 1000)
        self.fans = [f"fan {number:06d}" for number in range(followers)]
        self.database = sqlite3.connect(contender.database, timeout=30, isolation_level=None)
        self.rows: list[tuple[str, str]] = []

    def note(self, name: str, figure: str) -> None:
        self.rows.append((name, figure))
        print(f"{name}: {figure}", flush=True)

    async def get(self, **query: str | int) -> dict[str, object]:
        words = {name.replace("_", "-"): value for name, value in query.items()}
        status, body = await self.client.get(f"/feed?{urlencode(words)}")
        return checked(status, body)

    async def send(self, path: str, **query: str) -> dict[str, object]:
        words = {name.replace("_", "-"): value for name, value in query.items()}
        status, body = await self.client.post(f"{path}?{urlencode(words)}")
        return checked(status, body)

    async def store_feeds(self) -> None:
        """A stored feed with some posts for every follower."""
        run = (await self.redis.server())[:12]
        rows = self.database.execute("SELECT user_id, version FROM follow_versions")
        versions = dict(rows.fetchall())
        times = [str(10**15 + n) for n in range(ENTRIES) for _ in range(2)]
        for at in range(0, len(self.fans), 500):
            commands: list[Command] = [
                (
                    "ZADD",
                    home_key(fan),
                    -1 - ENTRIES,
                    f"w1000.{run}.00000000.{versions[fan]}.0",
                    *times,
                )
                for fan in self.fans[at : at + 500]
            ]
            await self.redis.call(*commands)

    async def bound(self) -> tuple[float, float]:
        """Followers per second, and µs of CPU for each, of the script alone."""
        before, began = self._cpu(), time.perf_counter()
        now = time.time_ns() // 1000
        for at in range(0, len(self.fans), BATCH_FEEDS):
            await self.stored.deliver([(now, self.fans[at : at + BATCH_FEEDS])])
        took = time.perf_counter() - began
        return len(self.fans) / took, 1e6 * (self._cpu() - before) / len(self.fans)

    def _cpu(self) -> float:
        return cpu(self.contender.pid) + time.process_time()

    async def publish(self, author: str) -> tuple[float, int]:
        """Seconds until publishing answers, and the microsecond of the post."""
        began = time.perf_counter()
        query = {"user_id": author, "title": "A post", "content": "Words. " * 20}
        post = await self.send("/feed/posts", **query)
        took = time.perf_counter() - began
        [(created_us,)] = self.database.execute(
            "SELECT created_us FROM posts WHERE id = ?", (post["id"],)
        ).fetchall()
        return took, int(created_us)

    async def spread(self, created_us: int) -> None:
        """Wait until every stored feed has a post."""
        while self.is_under_way(created_us):  # noqa: ASYNC110 - another process ends it
            await asyncio.sleep(0.005)

    def is_under_way(self, created_us: int) -> bool:
        """Whether a stored feed may be without this post."""
        ask = "SELECT 1 FROM fanouts WHERE created_us = ? AND done_at IS NULL"
        return self.database.execute(ask, (created_us,)).fetchone() is not None

    async def has(self, user: str, created_us: int) -> bool:
        """Whether the stored feed of a user has a post."""
        found = await self.redis.one("ZSCORE", home_key(user), str(created_us))
        return found is not None

    async def fan_out(self) -> tuple[float, float, float]:
        """Seconds until publishing answers, followers per second, µs of CPU for each."""
        before, began = cpu(self.contender.pid), time.perf_counter()
        answered, created_us = await self.publish(BIG)
        await self.spread(created_us)
        took = time.perf_counter() - began
        used = cpu(self.contender.pid) - before
        return answered, len(self.fans) / took, 1e6 * used / len(self.fans)

    async def reads(
        self, prepare: Callable[[], Awaitable[object]] | None = None, **query: str | int
    ) -> str:
        """Latencies of a read; `prepare` runs before each."""
        seconds = []
        for _ in range(REPEATS if prepare is None else REPEATS // 10):
            if prepare is not None:
                await prepare()
            began = time.perf_counter()
            await self.get(**query)
            seconds.append(time.perf_counter() - began)
        return shown(seconds)


def checked(status: int, body: bytes) -> dict[str, object]:
    """The answer. Raises Unchecked if it is an error."""
    if status >= ERROR:
        raise Unchecked(f"{status}: {body!r}")
    return dict(json.loads(body))


def shown(seconds: Sequence[float]) -> str:
    """p50 and p99 in milliseconds."""
    ordered = sorted(1000 * value for value in seconds)
    return f"p50 {statistics.median(ordered):.1f} · p99 {ordered[int(len(ordered) * 0.99)]:.1f} ms"


async def measure_fan_out(service: Measured) -> None:
    """The fan-out beside its bound, in turns."""
    await service.store_feeds()
    await service.publish("author 0")  # the first post loads what finds subjects
    bounds, outs = [], []
    for _ in range(3):
        bounds.append(await service.bound())
        outs.append(await service.fan_out())
    speed, bound = statistics.median(o[1] for o in outs), statistics.median(b[0] for b in bounds)
    service.note("fan-out, followers/s", f"{speed:,.0f} ({speed / bound:.2f} x {bound:,.0f})")
    service.note(
        "CPU per follower",
        f"{statistics.median(o[2] for o in outs):.1f} µs "
        f"(bound {statistics.median(b[1] for b in bounds):.1f})",
    )
    service.note("until publishing answers", shown([o[0] for o in outs]))
    service.note("until all is written", f"{len(service.fans) / speed:.2f} s")
    [used] = await service.redis.call(("MEMORY", "USAGE", home_key(service.fans[0])))
    service.note("bytes of a feed with 23 posts", f"{used}")


async def measure_during_fan_out(service: Measured) -> None:
    """A small author, and readers, while a post goes to all followers."""
    small, reads = [], []
    for _ in range(3):
        _, created_us = await service.publish(BIG)
        began = time.perf_counter()
        _, other = await service.publish(SMALL)
        while not await service.has("fan 000009", other):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.001)
        small.append(time.perf_counter() - began)
        while service.is_under_way(created_us):
            began = time.perf_counter()
            await service.get(user_id="reads 50")
            reads.append(time.perf_counter() - began)
    service.note("10-follower author during a fan-out, in Redis", shown(small))
    service.note("GET /feed during a fan-out", shown(reads))


async def measure_reads(service: Measured) -> None:
    """Reads of stored feeds, beyond them, and of feeds that are gone."""
    for user in READERS:
        await service.get(user_id=user)
        service.note(f"GET /feed, {user}", await service.reads(user_id=user))
        cursor: object = ""
        for _ in range(BEYOND_PAGES):
            if cursor is not None:
                after = {"cursor": str(cursor)} if cursor else {}
                cursor = (await service.get(user_id=user, limit=100, **after))["next"]
        if cursor is not None:  # else the user follows authors with fewer posts than Redis keeps
            beyond = await service.reads(user_id=user, cursor=str(cursor))
            service.note(f"{user}, beyond Redis", beyond)

        async def drop(key: str = home_key(user)) -> None:
            await service.redis.one("DEL", key)

        service.note(f"{user}, rebuilt", await service.reads(drop, user_id=user))


async def measure_changes(service: Measured) -> None:
    """From a change to the end of the next read."""
    changes: list[tuple[str, str, str]] = [
        ("follow", "/feed/follow", "POST"),
        ("unfollow", "/feed/follow", "DELETE"),
        ("mute", "/feed/mute", "POST"),
    ]
    for user in CHANGING:
        for name, path, method in changes:
            seconds = []
            for number in range(CHANGES):
                query = urlencode({"user-id": user, "author-id": f"author {1500 + number}"})
                began = time.perf_counter()
                ask = service.client.post if method == "POST" else service.client.delete
                status, body = await ask(f"{path}?{query}")
                checked(status, body)
                await service.get(user_id=user)
                seconds.append(time.perf_counter() - began)
            service.note(f"{name}, {user}, with the next read", shown(seconds))


async def measure_flush(service: Measured) -> None:
    """Many readers after the loss of all feeds."""
    await service.redis.one("FLUSHALL")
    waiting = service.fans[:FLUSHED_READERS]
    seconds: list[float] = []

    async def reader() -> None:
        while waiting:
            fan = waiting.pop()
            began = time.perf_counter()
            await service.get(user_id=fan)
            seconds.append(time.perf_counter() - began)

    await asyncio.gather(*(reader() for _ in range(8)))
    keys = [("EXISTS", home_key(fan)) for fan in service.fans[:FLUSHED_READERS]]
    there = sum(await service.redis.call(*keys))
    service.note("FLUSHALL, first reads of 8 clients", f"{shown(seconds)}, {there} feeds rebuilt")


async def main(posts: int, followers: int, folder: Path) -> list[tuple[str, str]]:
    """Measure everything; returns the rows of the table."""
    settings = (*SIMULATED, f"feed.fanout_limit={followers + 1}", "limits.rate=100000")
    async with running("service", folder, *settings) as contender:
        database = contender.database  # a start makes the schema
    fill(database, posts, followers)
    async with running("service", folder, *settings) as contender:
        service = Measured(contender, followers)
        try:
            await measure_fan_out(service)
            await measure_during_fan_out(service)
            await measure_reads(service)
            await measure_changes(service)
            await measure_flush(service)
        finally:
            service.client.close()
            service.redis.close()
            service.database.close()
    return service.rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--followers", type=int, default=100_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="feedmill-bench-") as name:
        print(f"load average {load()}")
        found = uvloop.run(main(arguments.posts, arguments.followers, Path(name)))
    print("\n| | |\n|---|---|")
    print("\n".join(f"| {name} | {figure} |" for name, figure in found))
    print(f"load average {load()}")
