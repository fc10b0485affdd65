"""Home feeds in Redis: post bodies in a hash, a sorted set of microseconds as its index.

A hash alone cannot answer "newer than T" without reading all of it. Everything here can be
rebuilt from SQLite, and is, when a feed is asked for that is not there. Redis has the newest posts
of a feed; what is older is read from SQLite. Of users without posts nothing is kept.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence

import msgspec

from service.store.errors import RedisUnavailable
from service.store.redis.connection import RedisConnection
from service.store.redis.feed_cache import CachedFeed, FeedCache
from service.store.sql.posts import LATEST, Post, Posts

EXPIRE_SECONDS = (
    30 * 24 * 3600
)  # seconds until a feed that nobody reads leaves Redis; reading rebuilds it

# The hash's field '' is the mark of the feed: its state and how often it was changed. The states:
# absent = not here, 'building TOKEN' = posts may be added while the older ones are on their way
# from SQLite, 'whole N RUN TOKEN' = may be read while this run of the server lasts, and has the
# newest N posts. The token is of whoever built it: when Redis was flushed meanwhile it is gone, and
# no two feeds ever have the same mark. What a server that was started again has may be older than
# what this one was told, so its feeds are built anew; and so is a feed that somebody with another
# limit adds to.

# ARGV: how the state of a whole feed begins, a state for building. Returns the mark that is there.
_BUILD = """
local mark = redis.call('HGET', KEYS[2], '') or ''
if mark:sub(1, #ARGV[1]) == ARGV[1] or mark:match('^building %x+ %d+$') then return mark end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[2], '', ARGV[2] .. ' 0')
return ARGV[2] .. ' 0'
"""

# ARGV: how many to keep, the state that must be there ('' = any), the state to set ('' = the same),
# then score, id, body for each post.
_INSERT = """
local mark = redis.call('HGET', KEYS[2], '') or ''
local state, changes = mark:match('^(.*) (%d+)$')
if not state or (ARGV[2] ~= '' and state ~= ARGV[2]) then return 0 end
if (state:match('^whole (%d+) ') or ARGV[1]) ~= ARGV[1] then
  redis.call('DEL', KEYS[1], KEYS[2])
  return 0
end
for i = 4, #ARGV, 3 do
  redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i + 1])
  redis.call('HSET', KEYS[2], ARGV[i + 1], ARGV[i + 2])
end
local over = redis.call('ZRANGE', KEYS[1], 0, -1 - ARGV[1])
for _, id in ipairs(over) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
end
if ARGV[3] ~= '' then state = ARGV[3] end
redis.call('HSET', KEYS[2], '', state .. ' ' .. changes + 1)
return 1
"""

# The microsecond of the newest post in a feed, -1 if it has none; nil when the feed is not here.
_NEWEST = """
if redis.call('HEXISTS', KEYS[2], '') == 0 then return false end
return redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2] or '-1'
"""

# ARGV: after (exclusive), limit, seconds to live, how the state of a whole feed begins. Returns the
# mark, the newest post's id and score, and the posts that were asked for: scores and bodies. Nil
# when the feed is not here, or only half of it: somebody may have deleted the other.
_READ = """
local mark = redis.call('HGET', KEYS[2], '')
if not mark or mark:sub(1, #ARGV[4]) ~= ARGV[4] then return false end
if redis.call('HLEN', KEYS[2]) - 1 ~= redis.call('ZCARD', KEYS[1]) then
  redis.call('DEL', KEYS[1], KEYS[2])
  return false
end
-- once an hour is enough: it is a write, which the append-only file keeps
if redis.call('TTL', KEYS[1]) < ARGV[3] - 3600 then
  redis.call('EXPIRE', KEYS[1], ARGV[3])
  redis.call('EXPIRE', KEYS[2], ARGV[3])
end
local found = redis.call('ZRANGE', KEYS[1], '+inf', '(' .. ARGV[1], 'BYSCORE', 'REV',
                         'LIMIT', 0, ARGV[2], 'WITHSCORES')
local newest = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
if #found == 0 then return {mark, newest, {}, {}} end
local ids, scores = {}, {}
for i = 1, #found, 2 do
  ids[#ids + 1] = found[i]
  scores[#scores + 1] = found[i + 1]
end
return {mark, newest, scores, redis.call('HMGET', KEYS[2], unpack(ids))}
"""


INDEX, BODIES = "feed:index:", "feed:posts:"
"""How the keys of feeds begin."""


def index_key(user: str) -> str:
    """ZSET: post id by the microsecond it was created."""
    return f"{INDEX}{user}"


def bodies_key(user: str) -> str:
    """HASH: post id → the post as JSON."""
    return f"{BODIES}{user}"


class Page(msgspec.Struct, frozen=True):
    """Posts of a feed, newest first, each as a JSON object.

    If there are more that were asked for, they are before `more` (microseconds).
    """

    bodies: Sequence[bytes]
    more: int | None = None


EMPTY = CachedFeed("", b"", (), -1, (), (), 0.0)


class Feeds:
    """Reads and grows home feeds.

    The `max_posts` newest posts of each are kept in Redis; an answer has `max_answer` at most.
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
        """While Redis `is_full` no feed is added to it."""
        self._redis = connection
        self._posts = posts
        self._max_posts = max_posts
        self._max_answer = max_answer
        self._is_full = is_full
        self._seen = FeedCache()

    async def aclose(self) -> None:
        """End the connection."""
        self._redis.close()

    async def read_posts(self, user: str, after_us: int, before_us: int | None = None) -> Page:
        """Posts later than `after_us`, newest first; those before `before_us`, if it is given.

        A feed that has not changed since it was read last is not read again, only its mark is.
        What is beyond the bound of Redis, and all without Redis, comes from SQLite.
        """
        after_us = self._posts.after(after_us)
        seen = await self._newest(user, after_us) if before_us is None else None
        if seen is None:
            return await self._from_database(
                user, after_us, LATEST if before_us is None else before_us
            )
        bodies = seen.after(after_us)
        if len(bodies) > self._max_answer:
            return Page(bodies[: self._max_answer], seen.times[-self._max_answer])
        if len(bodies) < self._max_posts:
            return Page(bodies)
        oldest = seen.times[-len(bodies)]
        older = await self._from_database(user, after_us, oldest, self._max_answer - len(bodies))
        return Page([*bodies, *older.bodies], older.more)

    async def _newest(self, user: str, after_us: int) -> CachedFeed | None:
        """What Redis has of a feed; None if it is away, or has just lost it."""
        try:
            seen = self._seen.get(user, after_us)
            if seen is not None and await self._is_still(seen, user):
                return seen
            found = await self._read(user, after_us)
            if found is None:
                if not self._posts.has_any(user):
                    return EMPTY
                if self._is_full():
                    return None
                await self._rebuild(user)
                found = await self._read(user, after_us)
        except RedisUnavailable:
            return None
        return found

    async def _from_database(
        self, user: str, after_us: int, before_us: int, limit: int | None = None
    ) -> Page:
        limit = self._max_answer if limit is None else limit
        posts = await self._posts.newest(user, after_us, limit + 1, before_us)
        more = None
        if len(posts) > limit:
            more = posts[limit - 1].created_us if limit else before_us
        return Page([post.body() for post in posts[:limit]], more)

    async def insert(self, user: str, posts: Sequence[Post]) -> None:
        """Add posts to a feed that is in Redis; one that is not is built when it is read.

        Posts between these and the newest in the feed are added as well: another process may have
        published them and not inserted them yet, and a reader would never go back for them.
        """
        keys = (2, index_key(user), bodies_key(user))
        newest = await self._redis.one("EVAL", _NEWEST, *keys)
        if newest is not None:
            between = await self._posts.newest(user, int(float(newest)), self._max_posts)
            await self._insert(user, between or posts, "", "")

    async def forget(self, users: Sequence[str]) -> None:
        """Drop these feeds from Redis: they are built again when they are read."""
        keys = [key(user) for user in users for key in (index_key, bodies_key)]
        if keys:
            await self._redis.one("DEL", *keys)

    async def _whole(self) -> str:
        run = self._redis.run
        return f"whole {self._max_posts} {await self._redis.server() if run is None else run} "

    async def _read(self, user: str, after_us: int) -> CachedFeed | None:
        keys = (2, index_key(user), bodies_key(user))
        whole = await self._whole()
        found = await self._redis.one(
            "EVAL", _READ, *keys, after_us, self._max_posts, EXPIRE_SECONDS, whole
        )
        if found is None:
            return None
        mark, newest, scores, bodies = found
        times = [int(float(score)) for score in reversed(scores)]
        seen = CachedFeed(whole, mark, newest, after_us, times, bodies, time.monotonic())
        self._seen.put(user, seen)
        return seen

    async def _is_still(self, seen: CachedFeed, user: str) -> bool:
        """Whether a feed is as it was seen: whole, and with the same newest post."""
        if seen.whole != await self._whole():
            return False
        found = await self._redis.call(
            ("HGET", bodies_key(user), ""), ("ZRANGE", index_key(user), -1, -1, "WITHSCORES")
        )
        return found == [seen.mark, seen.newest]

    async def _rebuild(self, user: str) -> None:
        keys = (2, index_key(user), bodies_key(user))
        # what is published between the two steps is added by insert, for the feed is there
        building = f"building {secrets.token_hex(8)}"
        whole = await self._whole()
        mark: bytes = await self._redis.one("EVAL", _BUILD, *keys, whole, building)
        state = mark.decode().rpartition(" ")[0]
        posts = await self._posts.newest(user, -1, self._max_posts)
        await self._insert(user, posts, state, whole + state.rpartition(" ")[2])

    async def _insert(self, user: str, posts: Sequence[Post], expected: str, state: str) -> None:
        rows = [part for post in posts for part in (post.created_us, post.id, post.body())]
        keys = (2, index_key(user), bodies_key(user))
        await self._redis.one("EVAL", _INSERT, *keys, self._max_posts, expected, state, *rows)
