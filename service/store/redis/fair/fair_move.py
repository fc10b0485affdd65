"""The Lua that moves a waiting message to the stream of another priority: see fair_queue.py."""

from __future__ import annotations

from service.store.redis.fair.fair_scripts import ADD

# KEYS: the stream on which an entry waits, and that of its new priority. ARGV: the group, the
# entry, its client, the id of its request, its new message, and a prefix of consumers: one of them
# has it pending and gives it back; "" for none. Returns 0 if it does not wait any more, else 1.
#
# Among the messages of its client it takes the place that it has by its id, as they are older and
# younger. A line is a list, so there that is an insertion; what waits without a line, in the order
# of the stream, gets a line from there on.
MOVE = (
    ADD
    + """
local from, to = KEYS[1], KEYS[2]
local group, entry, client, request, message, holders = unpack(ARGV)
local PAGE = 200

local function order(id)
  local milliseconds, number = id:match('(%d+)-(%d+)')
  return tonumber(milliseconds), tonumber(number)
end
local function is_after(one, other)
  local a, b = order(one)
  local c, d = order(other)
  return a > c or a == c and b > d
end

local function is_younger(fields) return fields[2]:match('"id":"([^"]+)"') > request end
local function waits_younger(stream, id)
  local found = redis.call('XRANGE', stream, id, id)[1]
  return found and is_younger(found[2])
end

-- The bounds of what waits on a stream without lines, and whose it is; false: nothing does.
local function unlined(stream, s)
  if not s.mode then
    local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
    return last and last_delivered(stream, group), last and last[1], s.sole
  end
  local f = redis.call('HMGET', key(stream), 'owner', 'from', 'to')
  if not f[2] or f[2] == f[3] then return false end
  return s.mode == 'open' and last_delivered(stream, group) or f[2], f[3], f[1]
end

local function waits()
  if not redis.call('XRANGE', from, entry, entry)[1] then return false end
  local holder = redis.call('XPENDING', from, group, entry, entry, 1)[1]
  if holder or holders ~= '' then
    return holder and holders ~= '' and holder[2]:sub(1, #holders) == holders
  end
  local s = known(from)
  if s.mode ~= 'fair' then return is_after(entry, last_delivered(from, group)) end
  local first, last = unlined(from, s)
  return first and is_after(entry, first) and not is_after(entry, last)
    or redis.call('LPOS', line(from, client), entry) ~= false
end

-- Give all that waits on a stream to lines, as a worker's first read of it does.
local function part(stream, s, first, last)
  if not s.mode then
    redis.call('HSET', key(stream), 'owner', client, 'to', last)
    redis.call('ZADD', key(stream, ':clients'), 0, client)
    redis.call('HDEL', 'fair:sole', stream)
  end
  redis.call('HSET', key(stream), 'mode', 'fair')
  if first then redis.call('HSET', key(stream), 'from', first) end
  s.mode = 'fair'
end

-- The younger ones at the end of what the client has without a line, the youngest first; and the
-- one before them.
local function younger_at_end(stream, first, last)
  local found, at = {}, last
  while true do
    local rows = redis.call('XREVRANGE', stream, at, '(' .. first, 'COUNT', PAGE)
    for _, row in ipairs(rows) do
      if not is_younger(row[2]) then return found, row[1] end
      found[#found + 1] = row[1]
    end
    if #rows < PAGE then return found, first end
    at = '(' .. rows[#rows][1]
  end
end

-- The first of a line that is younger, by halving.
local function pivot_of(stream, list)
  local low, high = 0, redis.call('LLEN', list)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if waits_younger(stream, redis.call('LINDEX', list, middle)) then high = middle
    else low = middle + 1 end
  end
  return redis.call('LINDEX', list, low)
end

local function insert(stream)
  local s, list = known(stream), line(stream, client)
  local pivot = s.mode and pivot_of(stream, list)
  local is_first = pivot and pivot == redis.call('LINDEX', list, 0)
  local first, last, owner = unlined(stream, s)
  local younger, before = {}, nil
  if first and owner == client and (is_first or redis.call('EXISTS', list) == 0) then
    younger, before = younger_at_end(stream, first, last)
  end
  if not pivot and not younger[1] then return add(stream, client, message) end
  local id = redis.call('XADD', stream, '*', 'm', message)
  s.last = id
  part(stream, s, first, last)
  if not younger[1] and not is_first then
    return redis.call('LINSERT', list, 'BEFORE', pivot, id)
  end
  for at = 1, #younger, PAGE do
    redis.call('LPUSH', list, unpack(younger, at, math.min(at + PAGE - 1, #younger)))
  end
  if younger[1] then redis.call('HSET', key(stream), 'to', before) end
  redis.call('LPUSH', list, id)
end

if not waits() then return 0 end
insert(to)
hide()
local lined = redis.call('HGET', key(from), 'mode')
if lined then redis.call('LREM', line(from, client), 1, entry) end
redis.call('XACK', from, group, entry)
redis.call('XDEL', from, entry)
return 1
"""
)
