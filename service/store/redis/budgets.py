"""Budgets in Redis: what all processes have used of a pool's, and what they may begin next.

`budget:<pool>` is a hash with the sums, `budget:<pool>:window` a sorted set of what was used in the
last minute, `budget:<pool>:running` a hash of the jobs that each process runs.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

from service.store.redis.connection import RedisConnection
from service.store.redis.script import Script

PREFIX = "budget:"
KEPT_SECONDS = 172_800  # for which the keys of a pool that is not used are kept
FRESH_SECONDS = 5.0  # after which a process that does not report is taken for dead

# The clock is that of Redis, the same for all. `epoch` shows whether Redis was emptied: a process
# that has seen one and does not find it again blocks the pool for a minute, as what others have
# used is not known then.
_TAKE = """
local hash, window, nodes = KEYS[1], KEYS[2], KEYS[3]
local node, epoch, new_epoch = ARGV[1], ARGV[2], ARGV[3]
local want, minute, kept = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local most = {r = tonumber(ARGV[7]), t = tonumber(ARGV[8]), c = tonumber(ARGV[9])}
local day, known = ARGV[10], tonumber(ARGV[11])
local tokens, cost, running = tonumber(ARGV[12]), tonumber(ARGV[13]), tonumber(ARGV[14])
local usual = {t = tonumber(ARGV[15]), c = tonumber(ARGV[16])}
local unused, granted_at = tonumber(ARGV[19]), tonumber(ARGV[20])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local found = redis.call('HMGET', hash,
  'epoch', 'blocked', 'requests', 'tokens', 'day', 'cost', 'usual', 'usual_cost', 'number')
local blocked = tonumber(found[2] or '0')
if epoch ~= '' and epoch ~= found[1] then blocked = now + minute end
epoch = found[1] or new_epoch
local used = {r = tonumber(found[3] or '0'), t = tonumber(found[4] or '0'), c = 0}
if found[5] == day then used.c = tonumber(found[6]) end
if usual.t == 0 then usual.t = tonumber(found[7] or '0') end
if usual.c == 0 then usual.c = tonumber(found[8] or '0') end
local number = tonumber(found[9] or '0') + 1

for _, old in ipairs(redis.call('ZRANGEBYSCORE', window, '-inf', now - minute)) do
  local kind, count = old:match('^(%a):(-?%d+):')
  used[kind] = used[kind] - count
end
redis.call('ZREMRANGEBYSCORE', window, '-inf', now - minute)
if tokens > 0 then
  used.t = used.t + tokens
  redis.call('ZADD', window, now, string.format('t:%d:%d', tokens, number))
end
if unused > 0 and granted_at > now - minute then  -- what was granted and has not begun
  used.r = used.r - unused
  redis.call('ZADD', window, granted_at, string.format('r:%d:%d', -unused, number))
end
used.c = math.max(used.c + cost, known)

local all = running
local others = redis.call('HGETALL', nodes)
for i = 1, #others, 2 do
  local count, at = others[i + 1]:match('^(%d+) (%d+)$')
  if now - at > tonumber(ARGV[17]) then
    redis.call('HDEL', nodes, others[i])
  elseif others[i] ~= node then
    all = all + count
  end
end

local function room(kind)
  if most[kind] == 0 then return want + 1 end
  local left = most[kind] - used[kind]
  if left <= 0 then return 0 end
  if kind == 'r' then return left end
  if usual[kind] == 0 then return want + 1 end
  local jobs = math.floor(left / usual[kind] - all + 1e-9)
  if used[kind] == 0 and all == 0 then return math.max(1, jobs) end
  return jobs
end
local grant = math.max(0, math.min(want, room('r'), room('t'), room('c')))
if blocked > now then grant = 0 end
if grant > 0 and most.r > 0 then
  used.r = used.r + grant
  redis.call('ZADD', window, now, string.format('r:%d:%d', grant, number))
end

-- until when the sum of a kind has fallen by so much
local function free(kind, over)
  local entries = redis.call('ZRANGE', window, 0, -1, 'WITHSCORES')
  for i = 1, #entries, 2 do
    local of, count = entries[i]:match('^(%a):(-?%d+):')
    if of == kind then
      over = over - count
      if over <= 0 then return entries[i + 1] + minute - now end
    end
  end
  return minute
end
local why, wait = '', 0
local function waits(reason, milliseconds)
  if milliseconds > wait then why, wait = reason, milliseconds end
end
if blocked > now then waits('emptied', blocked - now) end
if most.r > 0 and used.r >= most.r then waits('requests', free('r', used.r - most.r + 1)) end
if most.t > 0 and used.t > 0 and used.t + usual.t > most.t then
  waits('tokens', free('t', used.t + usual.t - most.t))
end
if most.c > 0 and used.c > 0 and used.c + usual.c > most.c then
  waits('cost', tonumber(ARGV[18]))
end

redis.call('HSET', nodes, node, string.format('%d %.0f', running + grant, now))
redis.call('HSET', hash, 'epoch', epoch, 'blocked', string.format('%.0f', blocked),
  'requests', used.r, 'tokens', used.t, 'day', day, 'cost', string.format('%.17g', used.c),
  'usual', string.format('%.17g', usual.t), 'usual_cost', string.format('%.17g', usual.c),
  'number', number)
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, kept) end
return {grant, epoch, why, math.ceil(wait), now}
"""


class Used(NamedTuple):
    """What a process reports: tokens and cost since its last report, and its running jobs.

    `known_cost` is what it knows of the cost of the day. The usual tokens and cost are those of one
    job; 0 if it has seen none.
    """

    tokens: int
    cost: float
    known_cost: float
    running: int
    usual_tokens: float
    usual_cost: float


class Most(NamedTuple):
    """The limits: requests and tokens a minute, and the cost of a day; 0 is any number."""

    requests: int
    tokens: int
    cost: float


class Period(NamedTuple):
    """The day, in days since the epoch, the seconds until it ends, and those of a minute."""

    day: int
    day_left: float
    minute: float


class BudgetGrant(NamedTuple):
    """How many jobs may begin; why no more may, "" if they may, and for how many seconds."""

    jobs: int
    why: str
    seconds: float


class SharedBudget:
    """The budget of a pool, over all processes; `node` is the name of this one.

    Of the jobs that the latest grant allowed, those that have not begun are given back.
    """

    def __init__(self, connection: RedisConnection, pool: str, node: str) -> None:
        self._connection = connection
        self._keys = [PREFIX + pool, f"{PREFIX}{pool}:window", f"{PREFIX}{pool}:running"]
        self._node = node
        self._epoch = ""
        self._granted_at = 0  # by the clock of Redis
        self._script = Script(_TAKE)

    async def take(
        self, want: int, most: Most, used: Used, period: Period, unused: int
    ) -> BudgetGrant:
        """Report what was used, and take up to so many jobs. Raises RedisUnavailable."""
        jobs, epoch, why, milliseconds, now = await self._script.call(
            self._connection,
            self._keys,
            *(self._node, self._epoch, secrets.token_hex(8)),
            *(want, int(period.minute * 1000), KEPT_SECONDS),
            *(*most[:2], repr(most.cost), period.day, repr(used.known_cost)),
            *(used.tokens, repr(used.cost), used.running),
            *(repr(used.usual_tokens), repr(used.usual_cost)),
            *(int(FRESH_SECONDS * 1000), int(period.day_left * 1000)),
            *(unused if most.requests else 0, self._granted_at),
        )
        if jobs:
            self._granted_at = now
        self._epoch = epoch.decode()
        return BudgetGrant(jobs, why.decode(), milliseconds / 1000)
