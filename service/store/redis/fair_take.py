"""The Lua that gives waiting messages to workers, in the fair order: see fair_queue.py."""

from __future__ import annotations

from service.store.redis.fair_scripts import COMMON

# KEYS: the streams of a kind, the most urgent first. ARGV: group, how many messages each consumer
# takes at most, share of the lower priorities, seconds that a job takes, the number of free
# consumers; the number of finished jobs, and for each the number of its stream, its client, its
# seconds (-1: nothing was generated) and the seconds that its client was charged in advance; the
# number of clients that are passed over, and these; then the consumers.
#
# Returns whether clients share one of the streams (2: ask again at once), the messages, and for
# each that came out of a line its entry and what was charged.
TAKE = (
    """
local group, each = ARGV[1], tonumber(ARGV[2])
local given = {}

-- One client waits, with one priority: the stream is read as any other.
local some, only = 0, nil
for _, stream in ipairs(KEYS) do
  if redis.call('XLEN', stream) > 0 then
    some, only = some + 1, stream
  end
end
local keys = {}
for i, stream in ipairs(KEYS) do keys[i] = 'fair:' .. stream end
if some < 2 and redis.call('EXISTS', unpack(keys)) == 0 then
  local first = #ARGV + 1 - tonumber(ARGV[5])
  for i = only and first or #ARGV + 1, #ARGV do
    local got = redis.call('XREADGROUP', 'GROUP', group, ARGV[i], 'COUNT', each,
                           'STREAMS', only, '>')
    if not got then break end
    given[#given + 1] = got[1]
  end
  return {0, given, {}}
end
"""
    + COMMON
    + """
local NOT_PENDING = 1000000000000000  -- ms: XCLAIM leaves what a consumer has alone
local SKIPPED = 1000  -- entries without a message that one call removes from lines
local MEMORY = 0.8  -- of the cost of a client, for each finished job
local low, usual = tonumber(ARGV[3]), ARGV[4]
local streams, empty, charges, again, at, skipped = {}, {}, {}, false, 6, 0

local function exact(number) return string.format('%.17g', number) end
local function weight(client)
  return tonumber(redis.call('HGET', 'fair:weights', client) or 1)
end
local function cost(stream, client)
  return tonumber(redis.call('HGET', key(stream, ':costs'), client) or usual)
end

for _ = 1, tonumber(ARGV[at]) do
  local stream, client, seconds = KEYS[tonumber(ARGV[at + 1])], ARGV[at + 2], tonumber(ARGV[at + 3])
  local charged = tonumber(ARGV[at + 4])
  at = at + 4
  for _, set in ipairs({':clients', ':served'}) do
    if redis.call('ZSCORE', key(stream, set), client) then
      local more = (math.max(0, seconds) - charged) / weight(client)
      redis.call('ZINCRBY', key(stream, set), exact(more), client)
      if seconds >= 0 then
        local before = redis.call('HGET', key(stream, ':costs'), client) or seconds
        local mean = before * MEMORY + seconds * (1 - MEMORY)
        redis.call('HSET', key(stream, ':costs'), client, exact(mean))
      end
      break
    end
  end
end

at = at + 1
local held = {}
for i = at + 1, at + ARGV[at] do held[ARGV[i]] = true end
at = at + ARGV[at] + 1

local function known(number)
  local s, stream = streams[number], KEYS[number]
  if s then return s end
  s = {mode = redis.call('HGET', key(stream), 'mode')}
  streams[number] = s
  if s.mode then
    local f = redis.call('HMGET', key(stream), 'owner', 'from', 'to', 'now')
    s.owner, s.from, s.to, s.now = f[1], f[2], f[3], tonumber(f[4] or 0)
    if s.mode == 'open' then
      if s.from then s.from = last_delivered(stream, group) end
      redis.call('XGROUP', 'SETID', stream, group, '$')
      redis.call('HSET', key(stream), 'mode', 'fair')
    end
  end
  return s
end

-- The next entry of a client: what waited before there were lines, then its line.
local function pop(stream, s, client)
  if s.from and client == s.owner then
    local next = redis.call('XRANGE', stream, '(' .. s.from, s.to, 'COUNT', 1)[1]
    if next then
      s.from = next[1]
      redis.call('HSET', key(stream), 'from', s.from)
      if s.from == s.to then s.from = false end
      return next[1]
    end
    s.from = false
    redis.call('HDEL', key(stream), 'from')
  end
  return redis.call('LPOP', line(stream, client))
end

-- Nothing waits any more: from now on the stream is read as any other.
local function end_sharing(stream, s)
  redis.call('DEL', key(stream), key(stream, ':clients'), key(stream, ':served'),
             key(stream, ':costs'))
  s.mode = false
end

local function settle(stream, s, client, finish)
  if (s.from and client == s.owner) or redis.call('LLEN', line(stream, client)) > 0 then
    redis.call('ZADD', key(stream, ':clients'), exact(finish), client)
  else
    redis.call('ZREM', key(stream, ':clients'), client)
    if redis.call('EXISTS', key(stream, ':clients')) == 0 then return end_sharing(stream, s) end
    redis.call('ZREMRANGEBYSCORE', key(stream, ':served'), '-inf', '(' .. exact(s.now))
    redis.call('ZADD', key(stream, ':served'), exact(finish), client)
  end
end

-- The next message by virtual start time: start-time fair queueing.
local function claim(stream, s, consumer)
  local passed = 0
  while skipped < SKIPPED do
    local first = redis.call('ZRANGE', key(stream, ':clients'), passed, passed, 'WITHSCORES')
    local client, start = first[1], tonumber(first[2])
    if not client then
      if passed == 0 then end_sharing(stream, s) end
      return nil
    elseif held[client] then
      passed = passed + 1
    else
      local id = pop(stream, s, client)
      local got = id and redis.call('XCLAIM', stream, group, consumer, NOT_PENDING, id, 'FORCE')
      if got and got[1] then
        local charged = cost(stream, client)
        charges[#charges + 1], charges[#charges + 2] = id, exact(charged)
        s.now = math.max(s.now, start)
        settle(stream, s, client, start + charged / weight(client))
        return got[1]
      end
      skipped = skipped + 1
      if not id then settle(stream, s, client, start) end
      if not s.mode then return nil end
    end
  end
  again = true
  return nil
end

local function read(number, consumer, count)
  local stream, s = KEYS[number], known(number)
  if not s.mode then
    local got = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', count,
                           'STREAMS', stream, '>')
    return got and got[1]
  end
  local entries = {}
  while #entries < count and s.mode do
    local entry = claim(stream, s, consumer)
    if not entry then break end
    entries[#entries + 1] = entry
  end
  if s.mode then redis.call('HSET', key(stream), 'now', exact(s.now)) end
  return entries[1] and {stream, entries}
end

local lower = {}
local function lower_waits(number)
  if lower[number] == nil then
    lower[number] = false
    for i = number + 1, #KEYS do
      if redis.call('XLEN', KEYS[i]) > 0 then lower[number] = true end
    end
  end
  return lower[number]
end

-- From the most urgent stream, but for the share of the lower ones while they wait.
local function take(number, consumer, count)
  if number > #KEYS then return nil end
  if empty[number] == nil then empty[number] = redis.call('XLEN', KEYS[number]) == 0 end
  if not empty[number] then
    local shares, credit = low > 0 and lower_waits(number), 0
    if shares then
      credit = tonumber(redis.call('HGET', 'fair:credits', KEYS[number]) or 0)
      if credit + low > 1 - 1e-9 then
        local got = take(number + 1, consumer, 1)
        credit = got and credit + low - 1 or 0
        redis.call('HSET', 'fair:credits', KEYS[number], exact(credit))
        if got then return got end
      end
    end
    local got = read(number, consumer, count)
    if got then
      if shares then
        redis.call('HSET', 'fair:credits', KEYS[number], exact(credit + low * #got[2]))
      end
      return got
    end
    empty[number] = true
  end
  return take(number + 1, consumer, count)
end

for i = at, #ARGV do
  local got = take(1, ARGV[i], each)
  if not got then break end
  given[#given + 1] = got
end
if not given[1] then  -- the workers are about to wait: what comes must not be hidden from them
  for number, stream in ipairs(KEYS) do
    local s = known(number)
    if s.mode and redis.call('XLEN', stream) == 0 then end_sharing(stream, s) end
  end
end
local sharing = 0
for _, s in pairs(streams) do if s.mode then sharing = again and 2 or 1 end end
return {sharing, given, charges}
"""
)
