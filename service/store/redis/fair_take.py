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
# each that came out of a line its stream, its entry and what was charged.
TAKE = (
    """
local group, each = ARGV[1], tonumber(ARGV[2])
local given, first = {}, #ARGV + 1 - tonumber(ARGV[5])
local first_held = 8 + 4 * tonumber(ARGV[6])
local held, holding = {}, tonumber(ARGV[first_held - 1])
for i = first_held, first_held + holding - 1 do held[ARGV[i]] = true end

-- The messages of a stream, in their order; none if all that waits is of one client that is held.
local function in_order(stream, consumer, count)
  if holding > 0 and held[redis.call('HGET', 'fair:sole', stream)] then return nil end
  local got = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', count,
                         'STREAMS', stream, '>')
  return got and got[1]
end

-- One client waits, with one priority: the stream is read as any other.
local some, only, lengths = 0, nil, {}
for i, stream in ipairs(KEYS) do
  lengths[i] = redis.call('XLEN', stream)
  if lengths[i] > 0 then some, only = some + 1, stream end
end
local keys = {}
for i, stream in ipairs(KEYS) do keys[i] = 'fair:' .. stream end
if some < 2 and redis.call('EXISTS', unpack(keys)) == 0 then
  for i = only and first or #ARGV + 1, #ARGV do
    local got = in_order(only, ARGV[i], each)
    if not got then break end
    given[#given + 1] = got
  end
  return {0, given, {}}
end
"""
    + COMMON
    + """
local NOT_PENDING = 1000000000000000  -- ms: XCLAIM leaves what a consumer has alone
local SKIPPED = 1000  -- entries without a message that one call removes from lines
local REMEMBERED = 1000  -- clients that no longer wait: beyond them the earliest are forgotten
local FORGET_MORE = 100  -- than are beyond, so that not every call forgets
local FORGET_AT_ONCE = 1000  -- clients that one call forgets at most
local MEMORY = 0.8  -- of the cost of a client, for each finished job
local low, usual = tonumber(ARGV[3]), ARGV[4]
local streams, empty, charges, again, at, skipped = {}, {}, {}, false, 6, 0
local wanted = tonumber(ARGV[5]) * each

local function exact(number) return string.format('%.17g', number) end

-- Set right what clients were charged for the jobs that are done, and what their jobs cost.
local finished = {}
for _ = 1, tonumber(ARGV[at]) do
  local stream = KEYS[tonumber(ARGV[at + 1])]
  local f = finished[stream] or {clients = {}, jobs = {}}
  finished[stream] = f
  f.clients[#f.clients + 1] = ARGV[at + 2]
  f.jobs[#f.jobs + 1] = {tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])}
  at = at + 4
end
for stream, f in pairs(finished) do
  local weights = redis.call('HMGET', 'fair:weights', unpack(f.clients))
  local costs = redis.call('HMGET', key(stream, ':costs'), unpack(f.clients))
  local means, more = {}, {}
  for i, client in ipairs(f.clients) do
    local seconds, charged = unpack(f.jobs[i])
    more[client] = (more[client] or 0)
      + (math.max(0, seconds) - charged) / tonumber(weights[i] or 1)
    if seconds >= 0 then
      local mean = means[client] or tonumber(costs[i] or seconds)
      means[client] = mean * MEMORY + seconds * (1 - MEMORY)
    end
  end
  local set = {}
  for _, name in ipairs({':clients', ':served'}) do
    local scores, update = redis.call('ZMSCORE', key(stream, name), unpack(f.clients)), {}
    for i, client in ipairs(f.clients) do
      if scores[i] and more[client] then
        update[#update + 1] = exact(tonumber(scores[i]) + more[client])
        update[#update + 1] = client
        more[client] = nil
        if means[client] then
          set[#set + 1], set[#set + 2] = client, exact(means[client])
        end
      end
    end
    if update[1] then redis.call('ZADD', key(stream, name), unpack(update)) end
  end
  if set[1] then redis.call('HSET', key(stream, ':costs'), unpack(set)) end
end

-- Nothing waits any more: from now on the stream is read as any other.
local function end_sharing(stream, s)
  for _, client in ipairs(redis.call('ZRANGE', key(stream, ':clients'), 0, -1)) do
    redis.call('DEL', line(stream, client))  -- what is listed was taken in another way
  end
  redis.call('DEL', key(stream), key(stream, ':clients'), key(stream, ':served'),
             key(stream, ':costs'))
  s.mode = false
end

-- The clients that can be next, by their start times: as many as there are workers, and one more.
local function load(stream, s)
  local last = wanted + holding
  local rows = redis.call('ZRANGE', key(stream, ':clients'), 0, last, 'WITHSCORES')
  local names = {}
  for i = 1, #rows, 2 do names[#names + 1] = rows[i] end
  s.next, s.all, s.bound = {}, #names <= last, tonumber(rows[#rows])
  if not names[1] then return end
  local costs = redis.call('HMGET', key(stream, ':costs'), unpack(names))
  local weights = redis.call('HMGET', 'fair:weights', unpack(names))
  for i, name in ipairs(names) do
    if not held[name] then
      s.next[#s.next + 1] = {name = name, start = tonumber(rows[2 * i]), taken = 0,
                             cost = costs[i] or usual, weight = tonumber(weights[i] or 1)}
    end
  end
end

-- Anyone can make up clients: what is kept of those that no longer wait has a bound.
local function forget(stream)
  local beyond = redis.call('ZCARD', key(stream, ':served')) - REMEMBERED
  if beyond <= 0 then return end
  local count = math.min(beyond + FORGET_MORE, FORGET_AT_ONCE)
  local rows = redis.call('ZPOPMIN', key(stream, ':served'), count)
  local names = {}
  for i = 1, #rows, 2 do names[#names + 1] = rows[i] end
  redis.call('HDEL', key(stream, ':costs'), unpack(names))
end

local function save(stream, s)
  local wait, gone, served, lines = {}, {}, {}, {}
  for _, client in pairs(s.changed) do
    local list = client.gone and served or wait
    list[#list + 1], list[#list + 2] = exact(client.start), client.name
    if client.gone then
      gone[#gone + 1], lines[#lines + 1] = client.name, line(stream, client.name)
    elseif client.taken > 0 then
      redis.call('LPOP', line(stream, client.name), client.taken)
      client.taken = 0
    end
  end
  s.changed = {}
  if lines[1] then redis.call('DEL', unpack(lines)) end
  if wait[1] then redis.call('ZADD', key(stream, ':clients'), unpack(wait)) end
  if gone[1] then
    redis.call('ZREM', key(stream, ':clients'), unpack(gone))
    if s.all and not s.next[1] and redis.call('EXISTS', key(stream, ':clients')) == 0 then
      return end_sharing(stream, s)
    end
    redis.call('ZADD', key(stream, ':served'), unpack(served))
    forget(stream)
  end
  redis.call('HSET', key(stream), 'now', exact(s.now), 'from', s.from or s.to)
end

local function known(number)
  local s, stream = streams[number], KEYS[number]
  if s then return s end
  local f = redis.call('HMGET', key(stream), 'mode', 'owner', 'from', 'to', 'now')
  s = {mode = f[1], changed = {}}
  streams[number] = s
  if s.mode then
    s.owner, s.from, s.to, s.now = f[2], f[3], f[4], tonumber(f[5] or 0)
    s.from = s.from ~= s.to and s.from
    if s.mode == 'open' then
      if s.from then s.from = last_delivered(stream, group) end
      redis.call('XGROUP', 'SETID', stream, group, '$')
      redis.call('HSET', key(stream), 'mode', 'fair')
    end
    load(stream, s)
  end
  return s
end

-- The next entry of a client, and whether it has more: what waited before there were lines, then
-- its line, from which `save` removes what was taken.
local function pop(stream, s, client)
  if s.from and client.name == s.owner then
    local next = redis.call('XRANGE', stream, '(' .. s.from, s.to, 'COUNT', 1)[1]
    if next then
      s.from = next[1] ~= s.to and next[1]
      return next[1], s.from or redis.call('EXISTS', line(stream, client.name)) == 1
    end
    s.from = false
  end
  local taken = client.taken
  local ids = redis.call('LRANGE', line(stream, client.name), taken, taken + 1)
  client.taken = taken + 1
  return ids[1], ids[2]
end

local function insert(s, client)
  if not s.all and client.start > s.bound then return end  -- others may come first: see `load`
  local place = #s.next
  while place > 0 and s.next[place].start > client.start do place = place - 1 end
  table.insert(s.next, place + 1, client)
end

-- The next message by virtual start time: start-time fair queueing.
local function claim(stream, s, consumer)
  while skipped < SKIPPED do
    if not s.next[1] and not s.all then
      save(stream, s)
      if s.mode then load(stream, s) end
    end
    local client = s.mode and table.remove(s.next, 1)
    if not client then return nil end
    local id, more = pop(stream, s, client)
    local got = id and redis.call('XCLAIM', stream, group, consumer, NOT_PENDING, id, 'FORCE')
    s.changed[client.name] = client
    client.gone = not more
    local claimed = got and got[1]
    if claimed then
      local n = #charges
      charges[n + 1], charges[n + 2], charges[n + 3] = stream, id, client.cost
      s.now = math.max(s.now, client.start)
      client.start = client.start + tonumber(client.cost) / client.weight
    else
      skipped = skipped + 1
    end
    if not client.gone then insert(s, client) end
    if claimed then return claimed end
  end
  again = true
  return nil
end

local function read(number, consumer, count)
  local stream, s = KEYS[number], known(number)
  if not s.mode then return in_order(stream, consumer, count) end
  local entries = {}
  while #entries < count do
    local entry = claim(stream, s, consumer)
    if not entry then break end
    entries[#entries + 1] = entry
  end
  return entries[1] and {stream, entries}
end

local lower = {}
local function lower_waits(number)
  if lower[number] == nil then
    lower[number] = false
    for i = number + 1, #KEYS do
      if lengths[i] > 0 then lower[number] = true end
    end
  end
  return lower[number]
end

-- From the most urgent stream, but for the share of the lower ones while they wait.
local function take(number, consumer, count)
  if number > #KEYS then return nil end
  if empty[number] == nil then empty[number] = lengths[number] == 0 end
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

for i = first, #ARGV do
  local got = take(1, ARGV[i], each)
  if not got then break end
  given[#given + 1] = got
end
if not given[1] then  -- the workers are about to wait: what comes must not be hidden from them
  for number in ipairs(KEYS) do known(number) end
end
local sharing = 0
for number, s in pairs(streams) do
  if s.mode and next(s.changed) then save(KEYS[number], s) end
  if s.mode and not given[1] and lengths[number] == 0 then end_sharing(KEYS[number], s) end
  if s.mode then sharing = again and 2 or 1 end
end
-- There may be more for others. While the bell has an entry, none of them waits.
if sharing > 0 and given[1] and redis.call('XLEN', bell_of(KEYS[1])) == 0 then ring(KEYS[1]) end
return {sharing, given, charges}
"""
)
