"""Stored home feeds in Redis: which posts of followed authors a user sees, without own posts.

A feed is one sorted set. Each post is an entry whose member and score are its microsecond. The
first entry is the head: its score is -1 less the number of posts, its member

    STATE MAX_POSTS . RUN . TOKEN . VERSION . BASE

STATE is `b` while older posts are read from SQLite, then `w` (whole). RUN is the run of the Redis
server, TOKEN random for each build, VERSION that of the user's follows. The feed has every post of
these follows from BASE on, and from its oldest entry on once it has MAX_POSTS of them; so a reader
continues in SQLite without a seam. A feed whose head or number of entries is wrong is not used.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from service.store.redis.connection import RedisConnection
from service.store.redis.script import Script

BATCH_FEEDS = 200  # feeds in one script: 2 ms of Redis
BUILD_SECONDS = 15  # until a build whose process died makes way for another

HOME = "feed:home:"
"""The prefix of the keys of home feeds."""

_HEAD = """
local function head(key)
  local found = redis.pcall('ZRANGE', key, 0, 0, 'WITHSCORES')  -- of any type
  if not found[1] then return nil end
  local state, most, run, token, version, base =
    found[1]:match('^([bw])(%d+)%.(%w*)%.(%x+)%.(%d+)%.(%d+)$')
  if not state then return nil end
  return {member = found[1], count = -found[2] - 1, state = state, most = tonumber(most),
          run = run, token = token, version = version, base = base}
end
local function set(key, old, state, version, base, count)
  redis.call('ZREM', key, old.member)
  redis.call('ZADD', key, -1 - count, state .. old.most .. '.' .. old.run .. '.' .. old.token
             .. '.' .. version .. '.' .. base)
end
-- keeps the newest posts; returns how many there are
local function trim(key, most)
  local over = redis.call('ZCARD', key) - 1 - most
  if over > 0 then redis.call('ZREMRANGEBYRANK', key, 1, over) end
  return redis.call('ZCARD', key) - 1
end
local function add(key, from)
  for at = from, #ARGV, 500 do
    local pairs = {}
    for i = at, math.min(at + 499, #ARGV) do
      pairs[#pairs + 1] = ARGV[i]
      pairs[#pairs + 1] = ARGV[i]
    end
    redis.call('ZADD', key, unpack(pairs))
  end
end
"""

# ARGV: MAX_POSTS, RUN, later than, earlier than, limit, milliseconds to live. Returns the version,
# the time from which on it is complete, and the posts, newest first; nil without a whole feed.
_READ = Script(
    _HEAD
    + """
local h = head(KEYS[1])
if not h or h.state ~= 'w' or h.most ~= tonumber(ARGV[1]) or h.run ~= ARGV[2] then
  return false
end
if h.count ~= redis.call('ZCARD', KEYS[1]) - 1 then
  redis.call('DEL', KEYS[1])
  return false
end
local left, most = redis.call('PTTL', KEYS[1]), tonumber(ARGV[6])
-- a renewal is a write, and the append-only file grows
if left < 0.9 * most or left > most then redis.call('PEXPIRE', KEYS[1], most) end
local floor = h.base
if h.count >= h.most then
  local oldest = redis.call('ZRANGE', KEYS[1], 1, 1)[1]
  if tonumber(oldest) > tonumber(floor) then floor = oldest end
end
return {h.version, floor, redis.call('ZRANGE', KEYS[1], '(' .. ARGV[4], '(' .. ARGV[3],
                                     'BYSCORE', 'REV', 'LIMIT', 0, ARGV[5])}
"""
)

# ARGV: MAX_POSTS, RUN, token, version, seconds that the build may take. Returns 'whole' if there is
# a feed of this version, 'building' if another process builds it, else begins a build.
_BEGIN = Script(
    _HEAD
    + """
local h = head(KEYS[1])
if h and h.most == tonumber(ARGV[1]) and h.run == ARGV[2] then
  if h.state == 'b' then return 'building' end
  if h.version == ARGV[4] and h.count == redis.call('ZCARD', KEYS[1]) - 1 then return 'whole' end
end
redis.call('DEL', KEYS[1])
redis.call('ZADD', KEYS[1], -1, 'b' .. ARGV[1] .. '.' .. ARGV[2] .. '.' .. ARGV[3] .. '.'
           .. ARGV[4] .. '.0')
redis.call('EXPIRE', KEYS[1], ARGV[5])
return 'begun'
"""
)

# ARGV: token, BASE, milliseconds to live, posts. Ends the build with this token; 0 if it is gone.
_FINISH = Script(
    _HEAD
    + """
local h = head(KEYS[1])
if not h or h.state ~= 'b' or h.token ~= ARGV[1] then return 0 end
add(KEYS[1], 4)
set(KEYS[1], h, 'w', h.version, ARGV[2], trim(KEYS[1], h.most))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""
)

# ARGV: the version before and after, 1 to add and 0 to remove, posts of the author. A feed of
# another version is dropped.
_CHANGE = Script(
    _HEAD
    + """
local h = head(KEYS[1])
if not h then return 0 end
if h.version == ARGV[2] then return 1 end
if h.version ~= ARGV[1] then return redis.call('DEL', KEYS[1]) end
local base = h.base
if ARGV[3] == '1' then
  add(KEYS[1], 4)
  redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, '(' .. base)
else
  if h.count >= h.most then
    local oldest = redis.call('ZRANGE', KEYS[1], 1, 1)[1]
    if tonumber(oldest) > tonumber(base) then base = oldest end
  end
  for i = 4, #ARGV do redis.call('ZREM', KEYS[1], ARGV[i]) end
end
set(KEYS[1], h, h.state, ARGV[2], base, trim(KEYS[1], h.most))
return 1
"""
)

# ARGV: MAX_POSTS, then for each post the number of the next keys that get it, and the post. Adds it
# to the feeds that exist, and returns their number. This is most of what a fan-out costs: a feed
# takes two commands, three when it is full, and its head is read as text.
_DELIVER = Script("""
local call, most, written = redis.call, ARGV[1], 0
local size = #most + 2
local whole, building, full = 'w' .. most .. '.', 'b' .. most .. '.', -1 - most
local post
local at, last = 0, 0
for i, key in ipairs(KEYS) do
  if i > last then
    at = at + 2
    last, post = last + ARGV[at], ARGV[at + 1]
  end
  local found = redis.pcall('ZRANGE', key, 0, 0, 'WITHSCORES')  -- of any type
  local member = found[1]
  if member then
    local start = member:sub(1, size)
    if start == whole or start == building then
      written = written + 1
      local score = found[2]
      if score + 0 > full then
        -- the post, and the head that counts it
        if call('ZADD', key, post, post, score - 1, member) == 0 then
          call('ZADD', key, score, member)  -- the feed had the post
        end
      elseif call('ZADD', key, post, post) == 1 then
        call('ZREMRANGEBYRANK', key, 1, 1)
      end
    else
      call('DEL', key)
    end
  end
end
return written
""")


def home_key(user: str) -> str:
    """ZSET: the head, and the microseconds of posts."""
    return f"{HOME}{user}"


class StoredPage(msgspec.Struct, frozen=True):
    """Posts of a stored feed, newest first: all that its follows have from `floor` on."""

    version: int
    floor: int
    times: Sequence[int]


class StoredHomeFeeds:
    """The home feeds in Redis, each with the `max_posts` newest posts."""

    def __init__(self, connection: RedisConnection, max_posts: int) -> None:
        self._redis = connection
        self.max_posts = max_posts

    async def aclose(self) -> None:
        """Close the connection."""
        self._redis.close()

    async def read(
        self, user: str, after_us: int, before_us: int, limit: int, seconds: float
    ) -> StoredPage | None:
        """Posts between two times; None without a whole feed. It then lives for `seconds` more."""
        found = await _READ.call(
            self._redis,
            [home_key(user)],
            self.max_posts,
            await self._run(),
            after_us,
            before_us,
            limit,
            int(seconds * 1000),
        )
        if found is None:
            return None
        version, floor, times = found
        return StoredPage(int(version), int(floor), [int(time) for time in times])

    async def begin(self, user: str, version: int) -> str | None:
        """Begin to build a feed; its token, "" if the feed is whole, None if it is being built."""
        token = secrets.token_hex(4)
        found = await _BEGIN.call(
            self._redis,
            [home_key(user)],
            self.max_posts,
            await self._run(),
            token,
            version,
            BUILD_SECONDS,
        )
        return {b"begun": token, b"whole": ""}.get(found)

    async def finish(self, user: str, token: str, times: Sequence[int], seconds: float) -> bool:
        """End a build with the newest posts; False if the feed was dropped in between."""
        base = times[-1] if len(times) >= self.max_posts else 0
        live = int(seconds * 1000)
        found = await _FINISH.call(self._redis, [home_key(user)], token, base, live, *times)
        return bool(found)

    async def change(
        self, user: str, versions: tuple[int, int], times: Sequence[int], *, followed: bool
    ) -> None:
        """Add or remove the posts of an author, in one step."""
        await _CHANGE.call(self._redis, [home_key(user)], *versions, int(followed), *times)

    async def deliver(self, posts: Sequence[tuple[int, Sequence[str]]]) -> int:
        """Add each post to the feeds of its users, of those who have one; returns how many do.

        This is the only place that knows the batch. A cluster needs a script for each key instead.
        """
        written = 0
        for part in _batches(posts):
            keys = [home_key(user) for _, users in part for user in users]
            runs = [number for post, users in part for number in (len(users), post)]
            written += await _DELIVER.call(self._redis, keys, self.max_posts, *runs)
        return written

    async def drop(self, users: Sequence[str]) -> None:
        """Remove these feeds."""
        if users:
            await self._redis.one("DEL", *(home_key(user) for user in users))

    async def _run(self) -> str:
        run = self._redis.run
        return (await self._redis.server() if run is None else run)[:12]


def _batches(
    posts: Iterable[tuple[int, Sequence[str]]],
) -> Iterator[list[tuple[int, Sequence[str]]]]:
    """Posts and users, in parts of at most BATCH_FEEDS users."""
    part: list[tuple[int, Sequence[str]]] = []
    room = BATCH_FEEDS
    for post, users in posts:
        rest = users
        while rest:
            part.append((post, rest[:room]))
            rest = rest[room:]
            room -= len(part[-1][1])
            if not room:
                yield part
                part, room = [], BATCH_FEEDS
    if part:
        yield part
