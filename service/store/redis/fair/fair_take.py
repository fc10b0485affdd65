"""The Lua that gives waiting messages to workers, in the fair order: see fair_queue.py."""

from __future__ import annotations

from service.store.redis.fair.fair_scripts import LAST_DELIVERED

# KEYS: the streams of a kind, the most urgent first. ARGV: group, bell, how many messages each
# consumer takes at most, share of the lower priorities, seconds that a job takes, the number of
# free consumers; the number of finished jobs, and for each the number of its stream, its client,
# its seconds (-1: nothing was generated) and the seconds that its client was charged in advance;
# the number of clients that are passed over, and these; then the consumers.
#
# Returns whether clients share one of the streams (2: ask again at once); for each message the
# number of its stream, its entry, and name and value of its field; and for each of them what was
# charged, "" for one that did not come out of a line. These lists are flat, as making a table and
# a reply of it costs more than most commands. Numbers in commands are exact: Redis writes all
# digits.
TAKE = (
    """
local group, bell, each = ARGV[1], ARGV[2], tonumber(ARGV[3])
local first = #ARGV + 1 - tonumber(ARGV[6])
local first_held = 9 + 4 * tonumber(ARGV[7])
local held, holding = {}, tonumber(ARGV[first_held - 1])
for i = first_held, first_held + holding - 1 do held[ARGV[i]] = true end
local given, count = {}, 0

local function give(number, entry)
  local fields = entry[2]
  given[count + 1], given[count + 2], given[count + 3] = number, entry[1], fields[1]
  given[count + 4] = fields[2]
  count = count + 4
end

-- Gives messages of a stream in their order, and returns how many; none if all that waits is of one
-- client that is held.
local function give_in_order(number, consumer, most)
  local stream = KEYS[number]
  if holding > 0 and held[redis.call('HGET', 'fair:sole', stream)] then return 0 end
  local got = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', most,
                         'STREAMS', stream, '>')
  if not got then return 0 end
  local entries = got[1][2]
  for i = 1, #entries do give(number, entries[i]) end
  return #entries
end

-- One client waits, with one priority: the stream is read as any other.
local some, only, lengths, keys = 0, nil, {}, {}
for i, stream in ipairs(KEYS) do
  keys[i] = 'fair:' .. stream
  lengths[i] = redis.call('XLEN', stream)
  if lengths[i] > 0 then some, only = some + 1, i end
end
if some < 2 and redis.call('EXISTS', unpack(keys)) == 0 then
  for i = only and first or #ARGV + 1, #ARGV do
    if give_in_order(only, ARGV[i], each) == 0 then break end
  end
  return {0, given, {}}
end
"""
    + LAST_DELIVERED
    + """
local NOT_PENDING = '1000000000000000'  -- ms: XCLAIM leaves what a consumer has alone
local SKIPPED = 1000  -- entries without a message that one call removes from lines
local REMEMBERED = 1000  -- clients that no longer wait: beyond them the earliest are forgotten
local FORGET_MORE = 100  -- than are beyond, so that not every call forgets
local FORGET_AT_ONCE = 1000  -- clients that one call forgets at most
local MEMORY = 0.8  -- of the cost of a client, for each finished job
local low, usual = tonumber(ARGV[4]), ARGV[5]
local streams, charges, again, at, skipped = {}, {}, false, 7, 0
local wanted = tonumber(ARGV[6]) * each

-- Set right what clients were charged for the jobs that are done, and what their jobs cost.
local finished = {}
for _ = 1, tonumber(ARGV[at]) do
  local number = tonumber(ARGV[at + 1])
  local f = finished[number] or {clients = {}, jobs = {}}
  finished[number] = f
  f.clients[#f.clients + 1] = ARGV[at + 2]
  f.jobs[#f.jobs + 1] = {tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])}
  at = at + 4
end
for number, f in pairs(finished) do
  local weights = redis.call('HMGET', 'fair:weights', unpack(f.clients))
  local costs = redis.call('HMGET', keys[number] .. ':costs', unpack(f.clients))
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
    local scores, update = redis.call('ZMSCORE', keys[number] .. name, unpack(f.clients)), {}
    for i, client in ipairs(f.clients) do
      if scores[i] and more[client] then
        update[#update + 1] = tonumber(scores[i]) + more[client]
        update[#update + 1] = client
        more[client] = nil
        if means[client] then
          set[#set + 1], set[#set + 2] = client, means[client]
        end
      end
    end
    if update[1] then redis.call('ZADD', keys[number] .. name, unpack(update)) end
  end
  if set[1] then redis.call('HSET', keys[number] .. ':costs', unpack(set)) end
end

-- Nothing waits any more: from now on the stream is read as any other.
local function end_sharing(s)
  for _, client in ipairs(redis.call('ZRANGE', s.clients, 0, -1)) do
    redis.call('DEL', s.line .. client)  -- what is listed was taken in another way
  end
  redis.call('DEL', s.key, s.clients, s.served, s.costs)
  s.mode = false
end

-- The clients that can be next, by their start times: as many as there are workers, and one more.
local function load(s)
  local last = wanted + holding
  local rows = redis.call('ZRANGE', s.clients, 0, last, 'WITHSCORES')
  local names = {}
  for i = 1, #rows, 2 do names[#names + 1] = rows[i] end
  s.next, s.all, s.bound = {}, #names <= last, tonumber(rows[#rows])
  if not names[1] then return end
  local costs = redis.call('HMGET', s.costs, unpack(names))
  local weights = redis.call('HMGET', 'fair:weights', unpack(names))
  for i, name in ipairs(names) do
    if not held[name] then
      s.next[#s.next + 1] = {name = name, line = s.line .. name, start = tonumber(rows[2 * i]),
                             cost = costs[i] or usual, weight = tonumber(weights[i] or 1)}
    end
  end
end

-- Anyone can make up clients: what is kept of those that no longer wait has a bound.
local function forget(s)
  local beyond = redis.call('ZCARD', s.served) - REMEMBERED
  if beyond <= 0 then return end
  local most = math.min(beyond + FORGET_MORE, FORGET_AT_ONCE)
  local rows = redis.call('ZPOPMIN', s.served, most)
  local names = {}
  for i = 1, #rows, 2 do names[#names + 1] = rows[i] end
  redis.call('HDEL', s.costs, unpack(names))
end

local function save(s)
  local wait, gone, served = {}, {}, {}
  for _, client in pairs(s.changed) do
    if client.gone then
      local n = #gone
      gone[n + 1] = client.name
      served[2 * n + 1], served[2 * n + 2] = client.start, client.name
    else
      local n = #wait
      wait[n + 1], wait[n + 2] = client.start, client.name
      if client.ahead then redis.call('LPUSH', client.line, client.ahead) end
      client.ahead = nil
    end
  end
  s.changed = {}
  if wait[1] then redis.call('ZADD', s.clients, unpack(wait)) end
  if gone[1] then
    redis.call('ZREM', s.clients, unpack(gone))
    if s.all and not s.next[1] and redis.call('EXISTS', s.clients) == 0 then
      return end_sharing(s)
    end
    redis.call('ZADD', s.served, unpack(served))
    forget(s)
  end
  redis.call('HSET', s.key, 'now', s.now, 'from', s.from or s.to)
end

local function known(number)
  local s = streams[number]
  if s then return s end
  local key = keys[number]
  local f = redis.call('HMGET', key, 'mode', 'owner', 'from', 'to', 'now')
  s = {mode = f[1], changed = {}}
  streams[number] = s
  if s.mode then
    s.key, s.line = key, key .. ':line:'
    s.clients, s.served, s.costs = key .. ':clients', key .. ':served', key .. ':costs'
    s.owner, s.from, s.to, s.now = f[2], f[3], f[4], tonumber(f[5] or 0)
    s.from = s.from ~= s.to and s.from
    if s.mode == 'open' then
      if s.from then s.from = last_delivered(KEYS[number], group) end
      redis.call('XGROUP', 'SETID', KEYS[number], group, '$')
      redis.call('HSET', key, 'mode', 'fair')
    end
    load(s)
  end
  return s
end

-- The next entry of a client, and whether it has more: what waited before there were lines, then
-- its line. One more is taken from this, to see whether there is one; `save` puts it back.
local function pop(number, s, client)
  if s.from and client.name == s.owner then
    local next = redis.call('XRANGE', KEYS[number], '(' .. s.from, s.to, 'COUNT', 1)[1]
    if next then
      s.from = next[1] ~= s.to and next[1]
      return next[1], s.from or redis.call('EXISTS', client.line) == 1
    end
    s.from = false
  end
  local ids = redis.call('LPOP', client.line, client.ahead and 1 or 2) or {}
  local id, ahead = client.ahead or ids[1], client.ahead and ids[1] or ids[2]
  client.ahead = ahead
  return id, ahead
end

-- Gives a consumer the next message by virtual start time (start-time fair queueing), if any.
local function give_next(number, s, consumer)
  while skipped < SKIPPED do
    if not s.next[1] and not s.all then
      save(s)
      if s.mode then load(s) end
    end
    local client = s.mode and table.remove(s.next, 1)
    if not client then return false end
    local id, more = pop(number, s, client)
    local entry = id and redis.call('XCLAIM', KEYS[number], group, consumer, NOT_PENDING, id,
                                    'FORCE')[1]
    s.changed[client.name] = client
    client.gone = not more
    if entry then
      give(number, entry)
      charges[count / 4] = client.cost
      s.now = math.max(s.now, client.start)
      client.start = client.start + tonumber(client.cost) / client.weight
    else
      skipped = skipped + 1
    end
    -- of those that are not loaded, some may come first: see `load`
    if more and (s.all or client.start <= s.bound) then
      local place = #s.next
      while place > 0 and s.next[place].start > client.start do place = place - 1 end
      table.insert(s.next, place + 1, client)
    end
    if entry then return true end
  end
  again = true
  return false
end

local function give_of(number, consumer, most)
  local s = known(number)
  if s.mode then
    local got = 0
    while got < most and give_next(number, s, consumer) do got = got + 1 end
    return got
  end
  local got = give_in_order(number, consumer, most)
  for i = count / 4 - got + 1, count / 4 do charges[i] = '' end
  return got
end

-- From the most urgent stream, but for the share of the lower ones while they wait.
local empty, waits_below = {}, {}
for i = some > 1 and #KEYS or 0, 1, -1 do
  empty[i] = lengths[i] == 0
  waits_below[i - 1] = waits_below[i] or not empty[i]
end

local function take(number, consumer, most)
  if number > #KEYS then return 0 end
  if lengths[number] > 0 and not empty[number] then
    local shares, credit = low > 0 and waits_below[number], 0
    if shares then
      credit = tonumber(redis.call('HGET', 'fair:credits', KEYS[number]) or 0)
      if credit + low > 1 - 1e-9 then
        local got = take(number + 1, consumer, 1)
        credit = got > 0 and credit + low - 1 or 0
        redis.call('HSET', 'fair:credits', KEYS[number], credit)
        if got > 0 then return got end
      end
    end
    local got = give_of(number, consumer, most)
    if got > 0 then
      if shares then redis.call('HSET', 'fair:credits', KEYS[number], credit + low * got) end
      return got
    end
    empty[number] = true
  end
  return take(number + 1, consumer, most)
end

for i = first, #ARGV do
  if take(1, ARGV[i], each) == 0 then break end
end
if count == 0 then  -- the workers are about to wait: what comes must not be hidden from them
  for number in ipairs(KEYS) do known(number) end
end
local sharing = 0
for number, s in pairs(streams) do
  if s.mode and next(s.changed) then save(s) end
  if s.mode and count == 0 and lengths[number] == 0 then end_sharing(s) end
  if s.mode then sharing = again and 2 or 1 end
end
-- There may be more for others. While the bell has an entry, none of them waits.
if sharing > 0 and count > 0 and redis.call('XLEN', bell) == 0 then
  redis.call('XADD', bell, 'MAXLEN', 1, '*', 'm', '')
end
return {sharing, given, charges}
"""
)
