"""Home feeds in Redis: post bodies in a hash, a sorted set of microseconds as its index.

A hash alone cannot answer "newer than T" without reading all of it. Everything here can be
rebuilt from SQLite, and is, when a feed is asked for that is not there.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from service.store.posts import Post, Posts
from service.store.redis_connection import RedisAway, RedisConnection

EXPIRE = 30 * 24 * 3600  # seconds until a feed that nobody reads leaves Redis; reading rebuilds it

# The hash's field '' tells the state of the feed: absent = not here, 'building …' = posts may be
# added while the older ones are on their way from SQLite, 'whole N RUN' = may be read while this
# run of the server lasts, and has the newest N posts. Whoever builds knows the mark: when Redis was
# flushed meanwhile it is gone. What a server that was started again has may be older than what
# this one was told, so its feeds are built anew.

# ARGV: the mark of a whole feed, a mark for building. Returns the mark that is there now.
_BUILD = """
local mark = redis.call('HGET', KEYS[2], '')
if mark and (mark == ARGV[1] or mark:sub(1, 8) == 'building') then return mark end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[2], '', ARGV[2])
return ARGV[2]
"""

# ARGV: how many to keep, the mark that must be there ('' = any), the mark to set ('' = none), then
# score, id, body for each post.
_INSERT = """
local mark = redis.call('HGET', KEYS[2], '')
if not mark or (ARGV[2] ~= '' and mark ~= ARGV[2]) then return 0 end
for i = 4, #ARGV, 3 do
  redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i + 1])
  redis.call('HSET', KEYS[2], ARGV[i + 1], ARGV[i + 2])
end
local over = redis.call('ZRANGE', KEYS[1], 0, -1 - ARGV[1])
for _, id in ipairs(over) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
end
if ARGV[3] ~= '' then redis.call('HSET', KEYS[2], '', ARGV[3]) end
return 1
"""

# The microsecond of the newest post in a feed, -1 if it has none; nil when the feed is not here.
_NEWEST = """
if redis.call('HEXISTS', KEYS[2], '') == 0 then return false end
return redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2] or '-1'
"""

# ARGV: after (exclusive), limit, seconds to live, the mark of a whole feed. Nil when the feed is
# not here, or only half of it: somebody may have deleted the other.
_READ = """
if redis.call('HGET', KEYS[2], '') ~= ARGV[4] then return false end
if redis.call('HLEN', KEYS[2]) - 1 ~= redis.call('ZCARD', KEYS[1]) then
  redis.call('DEL', KEYS[1], KEYS[2])
  return false
end
-- once an hour is enough: it is a write, which the append-only file keeps
if redis.call('TTL', KEYS[1]) < ARGV[3] - 3600 then
  redis.call('EXPIRE', KEYS[1], ARGV[3])
  redis.call('EXPIRE', KEYS[2], ARGV[3])
end
local ids = redis.call('ZRANGE', KEYS[1], '+inf', '(' .. ARGV[1], 'BYSCORE', 'REV',
                       'LIMIT', 0, ARGV[2])
if #ids == 0 then return {} end
return redis.call('HMGET', KEYS[2], unpack(ids))
"""


def index_key(user: str) -> str:
    """ZSET: post id by the microsecond it was created."""
    return f"feed:index:{user}"


def bodies_key(user: str) -> str:
    """HASH: post id → the post as JSON."""
    return f"feed:posts:{user}"


class Feeds:
    """Reads and grows home feeds; `max_posts` newest posts are kept in each."""

    def __init__(self, connection: RedisConnection, posts: Posts, *, max_posts: int) -> None:
        self._redis = connection
        self._posts = posts
        self._max_posts = max_posts

    async def aclose(self) -> None:
        """End the connection."""
        self._redis.close()

    async def read(self, user: str, after_us: int) -> list[bytes]:
        """Posts later than `after_us`, newest first, each as a JSON object.

        Without Redis they come from SQLite.
        """
        try:
            found = await self._read(user, after_us)
            if found is None:
                await self._rebuild(user)
                found = await self._read(user, after_us)
        except RedisAway:
            found = None
        if found is None:
            posts = await self._posts.newest(user, after_us, self._max_posts)
            return [post.body() for post in posts]
        return found

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

    async def _whole(self) -> str:
        return f"whole {self._max_posts} {await self._redis.server()}"

    async def _read(self, user: str, after_us: int) -> list[bytes] | None:
        whole = await self._whole()
        keys = (2, index_key(user), bodies_key(user))
        found: list[bytes] | None = await self._redis.one(
            "EVAL", _READ, *keys, after_us, self._max_posts, EXPIRE, whole
        )
        return found

    async def _rebuild(self, user: str) -> None:
        keys = (2, index_key(user), bodies_key(user))
        # what is published between the two steps is added by insert, for the feed is there
        building = f"building {secrets.token_hex(8)}"
        whole = await self._whole()
        mark = await self._redis.one("EVAL", _BUILD, *keys, whole, building)
        posts = await self._posts.newest(user, -1, self._max_posts)
        await self._insert(user, posts, mark, whole)

    async def _insert(
        self, user: str, posts: Sequence[Post], expected: str | bytes, whole: str
    ) -> None:
        rows = [part for post in posts for part in (post.created_us, post.id, post.body())]
        keys = (2, index_key(user), bodies_key(user))
        await self._redis.one("EVAL", _INSERT, *keys, self._max_posts, expected, whole, *rows)
