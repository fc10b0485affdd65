"""Outboxes in Redis: the posts of each author, which is the feed that `POST /feed` reads.

An outbox is a sorted set whose members and scores are the microseconds of posts, and a hash with
the body of each: the only bodies in Redis. Redis has the newest posts, older ones are read from
SQLite; nothing is kept for users without posts. An outbox that is missing in Redis is rebuilt from
SQLite when it is read.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence

import msgspec

from service.store.errors import RedisUnavailable
from service.store.redis.connection import RedisConnection
from service.store.redis.feeds.feed_cache import CachedFeed, FeedCache
from service.store.sql.feeds.posts import LATEST, Post, Posts

MAX_INSERT_ATTEMPTS = 3  # then a feed that is built again and again is dropped
EXPIRE_SECONDS = 30 * 24 * 3600  # until an unread feed leaves Redis; reading rebuilds it

# The hash's field '' is the mark of the feed: its state and a count of its changes. The states:
# absent = not in Redis; 'building TOKEN' = posts may be added while older ones are read from
# SQLite; 'outbox N RUN TOKEN' = whole: readable during this run of the server, has the newest N
# posts. Each build has a random token: it is gone after a flush of Redis, and no two builds have
# the same mark. A restarted server may have lost the latest writes, so its feeds are rebuilt. So is
# a feed when a process with another limit N adds to it, and one that an older version stored.

# ARGV: the prefix of a whole feed's state, a state for building. Returns the present mark.
_BUILD = """
local mark = redis.call('HGET', KEYS[2], '') or ''
if mark:sub(1, #ARGV[1]) == ARGV[1] or mark:match('^building %x+ %d+$') then return mark end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[2], '', ARGV[2] .. ' 0')
return ARGV[2] .. ' 0'
"""

# ARGV: how many to keep, the expected state or only its token, the state to set ('' = unchanged),
# then score, id, body for each post.
_INSERT = """
local mark = redis.call('HGET', KEYS[2], '') or ''
local state, changes = mark:match('^(.*) (%d+)$')
if not state or (state ~= ARGV[2] and state:match('%x+$') ~= ARGV[2]) then return 0 end
if (state:match('^outbox (%d+) ') or ARGV[1]) ~= ARGV[1] then
  redis.call('DEL', KEYS[1], KEYS[2])
  return 0
end
for i = 4, #ARGV, 2 do
  redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i])
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
end
local over = redis.call('ZRANGE', KEYS[1], 0, -1 - ARGV[1])
for _, time in ipairs(over) do
  redis.call('ZREM', KEYS[1], time)
  redis.call('HDEL', KEYS[2], time)
end
if ARGV[3] ~= '' then state = ARGV[3] end
redis.call('HSET', KEYS[2], '', state .. ' ' .. changes + 1)
return 1
"""

# The mark of a feed and the microsecond of its newest post, -1 if it has none; nil if it is not in
# Redis.
_NEWEST = """
local mark = redis.call('HGET', KEYS[2], '')
if not mark then return false end
return {mark, redis.call('ZRANGE', KEYS[1], -1, -1)[1] or '-1'}
"""

# ARGV: after (exclusive), limit, seconds to live, the prefix of a whole feed's state. Returns the
# mark, the newest post, and the requested posts: microseconds and bodies. Nil if the feed is not in
# Redis, or only one of its keys is (the other may have been deleted by hand).
_READ = """
local mark = redis.call('HGET', KEYS[2], '')
if not mark or mark:sub(1, #ARGV[4]) ~= ARGV[4] then return false end
if redis.call('HLEN', KEYS[2]) - 1 ~= redis.call('ZCARD', KEYS[1]) then
  redis.call('DEL', KEYS[1], KEYS[2])
  return false
end
-- once an hour is enough: it is a write, and the append-only file grows
if redis.call('TTL', KEYS[1]) < ARGV[3] - 3600 then
  redis.call('EXPIRE', KEYS[1], ARGV[3])
  redis.call('EXPIRE', KEYS[2], ARGV[3])
end
local found = redis.call('ZRANGE', KEYS[1], '+inf', '(' .. ARGV[1], 'BYSCORE', 'REV',
                         'LIMIT', 0, ARGV[2])
local newest = redis.call('ZRANGE', KEYS[1], -1, -1)
if #found == 0 then return {mark, newest, {}, {}} end
return {mark, newest, found, redis.call('HMGET', KEYS[2], unpack(found))}
"""


INDEX, BODIES = "feed:index:", "feed:posts:"
"""The prefixes of the keys of feeds."""


def index_key(user: str) -> str:
    """ZSET: the microseconds of the posts, each as member and score."""
    return f"{INDEX}{user}"


def bodies_key(user: str) -> str:
    """HASH: microsecond → the post as JSON."""
    return f"{BODIES}{user}"


class Page(msgspec.Struct, frozen=True):
    """Posts of a feed, newest first, each as a JSON object.

    If the query has more posts, they are older than `more` (microseconds).
    """

    bodies: Sequence[bytes]
    more: int | None = None


EMPTY = CachedFeed("", b"", (), -1, (), (), 0.0)


class Feeds:
    """Reads outboxes, and adds posts to them.

    Redis keeps the `max_posts` newest posts of each; an answer has at most `max_answer`.
    """

    def __init__(
        self,
        connection: RedisConnection,
        posts: Posts,
        *,
        max_posts: int,
        max_answer: int = 1000,
        is_full: Callable[[], bool] = lambda: False,
    ) -> None:
        """While `is_full` returns True, no feed is added to Redis."""
        self._redis = connection
        self._posts = posts
        self._max_posts = max_posts
        self._max_answer = max_answer
        self._is_full = is_full
        self._seen = FeedCache()
        self._stale: set[str] = set()  # users whose feeds in Redis are to be dropped

    async def aclose(self) -> None:
        """Close the connection."""
        self._redis.close()

    async def read_posts(
        self, user: str, after_us: int, before_us: int | None = None, *, client: str = ""
    ) -> Page:
        """Posts later than `after_us` (and earlier than `before_us`, if given), newest first.

        Of a feed that has not changed since the last read, only the mark is read. Posts beyond the
        bound of Redis, or all of them without Redis, come from SQLite. `client` is the caller.
        """
        after_us = await self._posts.after(after_us)
        seen = None
        if before_us is None and user not in self._stale:
            seen = await self._newest(user, after_us, client)
        if seen is None:
            return await self._from_database(
                user, after_us, LATEST if before_us is None else before_us, client
            )
        bodies = seen.after(after_us)
        if len(bodies) > self._max_answer:
            return Page(bodies[: self._max_answer], seen.times[-self._max_answer])
        if len(bodies) < self._max_posts:
            return Page(bodies)
        oldest = seen.times[-len(bodies)]
        left = self._max_answer - len(bodies)
        older = await self._from_database(user, after_us, oldest, client, left)
        return Page([*bodies, *older.bodies], older.more)

    async def _newest(self, user: str, after_us: int, client: str) -> CachedFeed | None:
        """The posts of a feed in Redis; None if Redis is away or has just lost the feed."""
        try:
            seen = self._seen.get(user, after_us)
            if seen is not None and seen.whole == await self._whole():
                is_now = await self._redis.call(
                    ("HGET", bodies_key(user), ""),
                    ("ZRANGE", index_key(user), -1, -1),
                )
                if is_now == [seen.mark, seen.newest]:  # unchanged
                    return seen
            found = await self._read(user, after_us)
            if found is None:
                if not await self._posts.has_any(user):
                    return EMPTY
                if self._is_full():
                    return None
                await self._rebuild(user, client)
                found = await self._read(user, after_us)
        except RedisUnavailable:
            return None
        return found

    async def _from_database(
        self, user: str, after_us: int, before_us: int, client: str, limit: int | None = None
    ) -> Page:
        limit = self._max_answer if limit is None else limit
        posts = await self._posts.newest(user, after_us, limit + 1, before_us, client=client)
        more = None
        if len(posts) > limit:
            more = posts[limit - 1].created_us if limit else before_us
        return Page([post.body() for post in posts[:limit]], more)

    async def insert(self, user: str, posts: Sequence[Post]) -> None:
        """Add posts to a feed that is in Redis; a missing feed is built when it is read.

        Adds posts between these and the newest in the feed as well: another process may have
        published them and not inserted them yet, and readers would never see them. If the feed is
        rebuilt in between, one of these posts may have been deleted: they are read again.
        """
        keys = (2, index_key(user), bodies_key(user))
        for _ in range(MAX_INSERT_ATTEMPTS):
            found = await self._redis.one("EVAL", _NEWEST, *keys)
            if found is None:
                return
            token = b" ".join(found[0].split()[-2:-1])
            between = await self._posts.newest(user, int(found[1]), self._max_posts)
            if not between:
                between = [post for given in posts if (post := await self._posts.get(given.id))]
            if await self._insert(user, between, token, ""):
                return
        await self.forget([user])

    async def forget(self, users: Sequence[str]) -> None:
        """Drop these feeds from Redis, and those that an earlier call could not drop.

        Until it succeeds they are read from SQLite. Reading rebuilds them.
        """
        self._stale.update(users)
        stale = sorted(self._stale)
        keys = [key(user) for user in stale for key in (index_key, bodies_key)]
        if keys:
            await self._redis.one("DEL", *keys)
            self._stale.difference_update(stale)

    async def _whole(self) -> str:
        run = self._redis.run
        return f"outbox {self._max_posts} {await self._redis.server() if run is None else run} "

    async def _read(self, user: str, after_us: int) -> CachedFeed | None:
        keys = (2, index_key(user), bodies_key(user))
        whole = await self._whole()
        found = await self._redis.one(
            "EVAL", _READ, *keys, after_us, self._max_posts, EXPIRE_SECONDS, whole
        )
        if found is None:
            return None
        mark, newest, times, bodies = found
        times = [int(time_) for time_ in reversed(times)]
        seen = CachedFeed(whole, mark, newest, after_us, times, bodies, time.monotonic())
        self._seen.put(user, seen)
        return seen

    async def _rebuild(self, user: str, client: str = "") -> None:
        keys = (2, index_key(user), bodies_key(user))
        # posts published between the two steps are added by `insert`, since the feed exists
        building = f"building {secrets.token_hex(8)}"
        whole = await self._whole()
        mark: bytes = await self._redis.one("EVAL", _BUILD, *keys, whole, building)
        state = mark.decode().rpartition(" ")[0]
        posts = await self._posts.newest(user, -1, self._max_posts, client=client)
        await self._insert(user, posts, state, whole + state.rpartition(" ")[2])

    async def _insert(
        self, user: str, posts: Sequence[Post], expected: str | bytes, state: str
    ) -> bool:
        """Add posts to a feed; False if it is not in the expected state."""
        rows = [part for post in posts for part in (post.created_us, post.body())]
        keys = (2, index_key(user), bodies_key(user))
        return bool(
            await self._redis.one("EVAL", _INSERT, *keys, self._max_posts, expected, state, *rows)
        )
