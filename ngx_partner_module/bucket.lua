-- Decides any number of token buckets together, in one step of Redis: when one
-- of them refuses, nothing is taken from any.  And lends a gateway tokens that
-- it may spend by itself for a while.
--
-- The arithmetic is that of libpartner/lp_bucket.h, on integers below 2^53,
-- which a Lua number holds exactly.  Time is Redis' own, in microseconds.
--
-- What is out on lease may be spent at any moment, so it counts as missing
-- until the node says that it was spent, gives it back, or its time is over:
-- a bucket never refills beyond burst - leases.  Else a full bucket and full
-- leases together would admit twice the burst at once.
--
-- KEYS  one bucket each, all different.  The value is
--       "<tat> <frac> <tokens> <period>", and for each node that has a lease
--       " <node> <sequence> <tokens out> <end>"; absent when the bucket is
--       full.  The key expires when it is full again, by the absolute PXAT of
--       Redis 6.2, because a relative expiry begins at a whole millisecond and
--       could come early.  What has another form counts as full.
-- ARGV  cost, then for each key: tokens, period, burst (as lp_rate_init()
--       leaves them) and 1 when its refusal refuses nobody (dry run).  Cost 0
--       asks for the state alone.
--       With leases: cost, node (16 hexadecimal digits), a sequence number
--       that grows with each call of the node, microseconds that a lease
--       lasts, then for each key the same four, and: how much of its lease
--       the node has left (-1: it says nothing and wants nothing), and how
--       much it wants, or gives back when negative.  What is late (has an old
--       sequence) changes no lease.
-- Gives a flat array of integers: seconds and microseconds of now, then for
--       each key: whether this bucket alone admits (1, 0), and the state after
--       the decision: remaining tokens, microseconds until the cost fits (0:
--       now, -1: never), microseconds until the bucket is surely full; and
--       with leases the tokens granted.

local MAX = 2 ^ 53

-- Lua's own % and math.floor(a / b) round where fmod is exact.
local function divide(a, b)
    local rest = math.fmod(a, b)
    return (a - rest) / b, rest
end

local function ceil_divide(a, b)
    local whole, rest = divide(a, b)
    return rest > 0 and whole + 1 or whole
end

-- What is missing in the bucket, in 1/tokens of a microsecond, but for leases;
-- and whether that is less than what stands there: after a clock that went
-- back, or for a burst that became smaller.
local function debt_of(b, now, tat, frac, tokens, period)
    if tat < now then
        return 0
    end

    frac = math.min(frac, tokens - 1)

    if tokens == b.tokens and period == b.period then
        if tat - now > divide(b.full, tokens) then
            return b.full, true
        end

        return math.min((tat - now) * tokens + frac, b.full)
    end

    -- Another rate finds as many whole tokens missing.
    if tat - now > divide(MAX, tokens) then
        return b.full, true
    end

    local missing = ceil_divide((tat - now) * tokens + frac, period)
    return math.min(missing, b.burst) * b.period, missing > b.burst
end

local function remaining(b)
    return (divide(b.full - b.debt, b.period))
end

-- For each lease the tokens that were out until it ended, in 1/tokens of a
-- microsecond: they are missing then, and come back from then on.
local function floors(b)
    local list = {}

    for _, lease in pairs(b.leases) do
        local out = 0
        for _, other in pairs(b.leases) do
            if other.ends >= lease.ends then
                out = out + other.out
            end
        end

        list[#list + 1] = {lease.ends, math.min(out, b.burst) * b.period}
    end

    return list
end

local function read(b, value, now)
    b.debt, b.leases = 0, {}

    if type(value) ~= 'string' then
        return
    end

    local tat, frac, tokens, period, rest = string.match(value,
        '^(%d+) (%d+) (%d+) (%d+)(.*)$')
    tat, frac = tonumber(tat), tonumber(frac)
    tokens, period = tonumber(tokens), tonumber(period)

    if not tat or tat > MAX or tokens < 1 or tokens > MAX or period < 1 then
        return
    end

    b.debt, b.cut = debt_of(b, now, tat, frac, tokens, period)

    if rest == '' then
        return
    end

    for node, sequence, out, ends in string.gmatch(rest,
        ' (%x+) (%d+) (%d+) (%d+)')
    do
        b.leases[node] = {sequence = tonumber(sequence),
            out = tonumber(out), ends = tonumber(ends)}
    end

    for _, floor in ipairs(floors(b)) do
        local back = math.max(now - floor[1], 0)

        if back <= divide(floor[2], b.tokens) then
            b.debt = math.max(b.debt, floor[2] - back * b.tokens)
        end
    end

    for node, lease in pairs(b.leases) do
        if lease.ends <= now then
            b.leases[node] = nil
        end
    end
end

-- Microseconds until the bucket is full even if no lease comes back early.
local function until_full(b, now)
    local longest = ceil_divide(b.debt, b.tokens)

    if next(b.leases) then
        for _, floor in ipairs(floors(b)) do
            longest = math.max(longest,
                floor[1] - now + ceil_divide(floor[2], b.tokens))
        end
    end

    return longest
end

-- What the node says of its lease; false when it is late.
local function report(b, node, sequence)
    local lease = b.leases[node] or {sequence = 0, out = 0}

    if b.held < 0 or sequence <= lease.sequence then
        return false
    end

    if b.want < 0 then
        local back = math.max(math.min(-b.want, lease.out - b.held), 0)
        b.debt = math.max(b.debt - back * b.period, 0)
    end

    b.leases[node] = {sequence = sequence, out = b.held, ends = 0}

    local out = 0
    for _, other in pairs(b.leases) do
        out = out + other.out
    end

    b.debt = math.max(b.debt, math.min(out, b.burst) * b.period)
    return true
end

local function lend(b, node, now, life)
    local lease = b.leases[node]
    local granted = math.max(math.min(b.want, remaining(b)), 0)

    b.debt = b.debt + granted * b.period
    lease.out = lease.out + granted
    lease.ends = now + life

    if lease.out == 0 then
        b.leases[node] = nil
    end

    return granted
end

local function write(b, key, now)
    local whole, rest = divide(b.debt, b.tokens)
    local value = string.format('%.0f %.0f %.0f %.0f', now + whole, rest,
        b.tokens, b.period)

    for node, lease in pairs(b.leases) do
        value = value .. string.format(' %s %.0f %.0f %.0f', node,
            lease.sequence, lease.out, lease.ends)
    end

    redis.call('SET', key, value, 'PXAT', string.format('%.0f',
        (divide(now + until_full(b, now) + 999, 1000))))
end

local leasing = #KEYS > 0 and #ARGV == 4 + 6 * #KEYS

if #KEYS == 0 or not leasing and #ARGV ~= 1 + 4 * #KEYS then
    return redis.error_reply('ERR a cost and numbers for each key are needed')
end

local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local cost = tonumber(ARGV[1])
local node, sequence, life = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local first, stride = leasing and 4 or 1, leasing and 6 or 4
local buckets = {}
local take = cost > 0

for i, key in ipairs(KEYS) do
    local at = first + stride * (i - 1)
    local b = {
        tokens = tonumber(ARGV[at + 1]), period = tonumber(ARGV[at + 2]),
        burst = tonumber(ARGV[at + 3]), dry = ARGV[at + 4] == '1', retry = 0
    }

    b.full = b.burst * b.period
    read(b, redis.pcall('GET', key), now)

    if leasing then
        b.held, b.want = tonumber(ARGV[at + 5]), tonumber(ARGV[at + 6])
        b.heard = report(b, node, sequence)
    end

    if cost > b.burst then
        b.retry = -1
    else
        local most = (b.burst - cost) * b.period
        if b.debt > most then
            b.retry = ceil_divide(b.debt - most, b.tokens)
        end
    end

    take = take and (b.retry == 0 or b.dry)
    buckets[i] = b
end

local answer = {tonumber(clock[1]), tonumber(clock[2])}

for i, b in ipairs(buckets) do
    local taken = take and b.retry == 0
    local granted = 0

    if taken then
        b.debt = b.debt + cost * b.period
    end

    if b.heard then
        if not take and cost > 0 then
            b.want = 0
        end

        granted = lend(b, node, now, life)
    end

    -- Unless it is written down, a bucket that was cut never refills: it
    -- would be cut to the same at each refusal until the clock has caught up.
    if taken or b.heard or b.cut and cost > 0 then
        write(b, KEYS[i], now)
    end

    answer[#answer + 1] = b.retry == 0 and 1 or 0
    answer[#answer + 1] = remaining(b)
    answer[#answer + 1] = b.retry
    answer[#answer + 1] = until_full(b, now)

    if leasing then
        answer[#answer + 1] = granted
    end
end

return answer
