"""The Lua of the fair queue, except for its reads: see fair_queue.py for what the keys are."""

from __future__ import annotations

# Where a group is on its stream.
LAST_DELIVERED = """
local function last_delivered(stream, group)
  local rows = redis.pcall('XINFO', 'GROUPS', stream)
  for _, row in ipairs(rows.err and {} or rows) do
    local f = {}
    for i = 1, #row, 2 do f[row[i]] = row[i + 1] end
    if f['name'] == group then return f['last-delivered-id'] end
  end
  return '0-0'
end
"""

# Functions of all scripts but that of reads. While one client waits on a stream, `fair:sole` has
# its name. Otherwise `fair:<stream>` is a hash: its `mode` is "open" until a worker takes, and
# "fair" afterwards, when all that waits is hidden from XREADGROUP.
COMMON = (
    LAST_DELIVERED
    + """
-- Wake a worker that waits, in any process: it does not see what is hidden.
local function bell_of(stream)
  local pool = stream:match('^content:model:[^:]+') or stream:match('^content:%a+')
  return 'fair:' .. pool .. ':bell'
end
local function ring(stream) redis.call('XADD', bell_of(stream), 'MAXLEN', 1, '*', 'm', '') end
local function group_of(stream)
  return (stream:match('^content:model:([^:]+)') or stream:match('^content:(%a+)')) .. '-workers'
end
local function key(stream, what) return 'fair:' .. stream .. (what or '') end
local function line(stream, client) return key(stream, ':line:') .. client end
"""
)

# Adds messages to their streams, and notes who waits where as soon as more than one client does.
ADD = (
    COMMON
    + """
local streams = {}

local function known(stream)
  local s = streams[stream]
  if not s then
    s = {mode = redis.call('HGET', key(stream), 'mode')}
    s.sole = not s.mode and redis.call('HGET', 'fair:sole', stream)
    streams[stream] = s
  end
  return s
end

-- All that waits on the stream is the client's, or from now on each client has a line.
local function share(stream, s, client)
  local from = last_delivered(stream, group_of(stream))
  if not redis.call('XRANGE', stream, '(' .. from, '+', 'COUNT', 1)[1] then
    redis.call('HSET', 'fair:sole', stream, client)
    s.sole = client
    return
  end
  local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1][1]
  s.mode = 'open'
  redis.call('HSET', key(stream), 'mode', s.mode, 'owner', s.sole or '', 'from', from, 'to', last)
  redis.call('ZADD', key(stream, ':clients'), 0, s.sole or '')
  redis.call('HDEL', 'fair:sole', stream)
end

local function join(stream, s, client)
  local f = redis.call('HMGET', key(stream), 'now', 'joined')
  local now, joined = tonumber(f[1] or 0), tonumber(f[2] or 0)
  local served = redis.call('ZSCORE', key(stream, ':served'), client)
  local start = tonumber(served or 0)
  if served then redis.call('ZREM', key(stream, ':served'), client) end
  if start <= now then
    start = math.max(now, joined + 1e-9)  -- first come, first served among clients
    redis.call('HSET', key(stream), 'joined', string.format('%.17g', start))
  end
  redis.call('ZADD', key(stream, ':clients'), string.format('%.17g', start), client)
end

local function add(stream, client, payload)
  local s = known(stream)
  if not s.mode and s.sole ~= client then share(stream, s, client) end
  local id = redis.call('XADD', stream, '*', 'm', payload)
  if s.mode then
    s.last = id
    redis.call('RPUSH', line(stream, client), id)
    if not redis.call('ZSCORE', key(stream, ':clients'), client) then join(stream, s, client) end
  end
end

local function hide()
  for stream, s in pairs(streams) do
    if s.mode == 'fair' and s.last then
      redis.call('XGROUP', 'SETID', stream, group_of(stream), s.last)
      ring(stream)
    end
  end
end
"""
)

# ARGV: the stream that the messages come from, its group, how many of its entries are done, these;
# then for each stream and client these two, how many messages, and their texts. Most are of the
# client that is known to be alone, for whom nothing else is defined. What is done leaves last: if a
# command is refused, because Redis is full, nothing has changed.
DISPATCH = (
    """
local last_done = 3 + ARGV[3]
local at = last_done + 1
while at <= #ARGV do
  local stream, last = ARGV[at], at + 2 + ARGV[at + 2]
  if redis.call('HGET', 'fair:sole', stream) ~= ARGV[at + 1] then break end
  for i = at + 3, last do redis.call('XADD', stream, '*', 'm', ARGV[i]) end
  at = last + 1
end
if at <= #ARGV then
"""
    + ADD
    + """
while at <= #ARGV do
  local last = at + 2 + ARGV[at + 2]
  for i = at + 3, last do add(ARGV[at], ARGV[at + 1], ARGV[i]) end
  at = last + 1
end
hide()
end
redis.call('XACK', ARGV[1], ARGV[2], unpack(ARGV, 4, last_done))
redis.call('XDEL', ARGV[1], unpack(ARGV, 4, last_done))
"""
)

# ARGV: group, then entries that were delivered and that no consumer has pending: they are added to
# the end of their stream again. Returns how many were still so.
GIVE_AGAIN = (
    ADD
    + """
local again, count = KEYS[1], 0
for i = 2, #ARGV do
  local entry = redis.call('XRANGE', again, ARGV[i], ARGV[i])[1]
  if entry and #redis.call('XPENDING', again, ARGV[1], ARGV[i], ARGV[i], 1) == 0 then
    local good, message = pcall(cjson.decode, entry[2][2])
    local client = good and type(message) == 'table' and message['client'] or ''
    if ARGV[1]:sub(-8) == '-workers' and entry[2][1] == 'm' then
      add(again, client, entry[2][2])
    else
      redis.call('XADD', again, '*', unpack(entry[2]))
    end
    redis.call('XDEL', again, ARGV[i])
    count = count + 1
  end
end
hide()
return count
"""
)

# KEYS: a stream. ARGV: group, an entry. Of the 1,000 entries after that one those that were
# delivered and are not pending; and the last of them all, or "" at the end of what was delivered.
NOT_PENDING = (
    COMMON
    + """
local last = last_delivered(KEYS[1], ARGV[1])
local page = redis.call('XRANGE', KEYS[1], '(' .. ARGV[2], last, 'COUNT', 1000)
if #page == 0 then return {{}, ''} end
local ends, pending, found = page[#page][1], {}, {}
for _, row in ipairs(redis.call('XPENDING', KEYS[1], ARGV[1], page[1][1], ends, 1000000)) do
  pending[row[1]] = true
end
for _, entry in ipairs(page) do
  if not pending[entry[1]] then found[#found + 1] = entry[1] end
end
return {found, #page < 1000 and '' or ends}
"""
)

# KEYS: a stream. ARGV: group, how many entries to remove at most: the newest that wait. Returns how
# many were removed.
SHED = (
    COMMON
    + """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local stream, count = KEYS[1], tonumber(ARGV[2])
if redis.call('HGET', key(stream), 'mode') ~= 'fair' then
  local ids, after = {}, '(' .. last_delivered(stream, ARGV[1])
  for _, entry in ipairs(redis.call('XREVRANGE', stream, '+', after, 'COUNT', count)) do
    ids[#ids + 1] = entry[1]
  end
  return #ids > 0 and redis.call('XDEL', stream, unpack(ids)) or 0
end
for _, client in ipairs(redis.call('ZREVRANGE', key(stream, ':clients'), 0, -1)) do
  local ids = {}
  while #ids < count do
    local id = redis.call('RPOP', line(stream, client))
    if not id then break end
    ids[#ids + 1] = id
  end
  local f = redis.call('HMGET', key(stream), 'owner', 'from', 'to')
  if #ids == 0 and f[2] and client == f[1] then
    local rows = redis.call('XREVRANGE', stream, f[3], '(' .. f[2], 'COUNT', count)
    for _, entry in ipairs(rows) do ids[#ids + 1] = entry[1] end
  end
  if #ids > 0 then return redis.call('XDEL', stream, unpack(ids)) end
end
return 0
"""
)
