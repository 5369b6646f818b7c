-- Decides any number of token buckets together, in one step of Redis: when one
-- of them refuses, nothing is taken from any.
--
-- The arithmetic is that of libpartner/lp_bucket.h, on integers below 2^53,
-- which a Lua number holds exactly.  Time is Redis' own, in microseconds.
--
-- KEYS  one bucket each, all different.  The value is "<tat> <frac>", absent
--       when the bucket is full; the key expires once it is full again, by the
--       absolute PXAT of Redis 6.2, because a relative expiry begins at a whole
--       millisecond and could come early.  What has another form counts as
--       full.
-- ARGV  cost, then for each key: tokens, period, burst (as lp_rate_init()
--       leaves them).  Cost 0 asks for the state alone and writes nothing.
-- Gives a flat array of integers: seconds and microseconds of now, then for
--       each key: whether this bucket alone admits (1, 0), and the state after
--       the decision: remaining tokens, microseconds until the cost fits (0:
--       now, -1: never), microseconds until the bucket is full.

-- Lua's own % and math.floor(a / b) round where fmod is exact.
local function divide(a, b)
    local rest = math.fmod(a, b)
    return (a - rest) / b, rest
end

local function wait(tokens, debt)
    local whole, rest = divide(debt, tokens)
    return rest > 0 and whole + 1 or whole
end

-- What is missing in the bucket, in 1/tokens of a microsecond.
local function debt_of(value, now, tokens, full)
    if type(value) ~= 'string' then
        return 0
    end

    local tat, frac = string.match(value, '^(%d+) (%d+)$')
    tat, frac = tonumber(tat), tonumber(frac)

    if not tat or tat < now or tat > 2 ^ 53 then
        return 0
    end

    if tat - now > divide(full, tokens) then
        return full
    end

    return math.min((tat - now) * tokens + math.min(frac, tokens - 1), full)
end

if #KEYS == 0 or #ARGV ~= 1 + 3 * #KEYS then
    return redis.error_reply('ERR a cost and three numbers a key are needed')
end

local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local cost = tonumber(ARGV[1])
local buckets = {}
local take = cost > 0

for i, key in ipairs(KEYS) do
    local tokens = tonumber(ARGV[3 * i - 1])
    local period = tonumber(ARGV[3 * i])
    local burst = tonumber(ARGV[3 * i + 1])
    local full = burst * period
    local debt = debt_of(redis.pcall('GET', key), now, tokens, full)
    local retry = 0

    if cost > burst then
        retry = -1
    else
        local most = (burst - cost) * period
        if debt > most then
            retry = wait(tokens, debt - most)
        end
    end

    take = take and retry == 0
    buckets[i] = {tokens, period, full, debt, retry}
end

local answer = {tonumber(clock[1]), tonumber(clock[2])}

for i, bucket in ipairs(buckets) do
    local tokens, period, full, debt, retry = unpack(bucket)

    if take then
        debt = debt + cost * period
        local whole, rest = divide(debt, tokens)
        local value = string.format('%.0f %.0f', now + whole, rest)
        local expiry = divide(now + wait(tokens, debt) + 999, 1000)
        redis.call('SET', KEYS[i], value,
                   'PXAT', string.format('%.0f', expiry))
    end

    answer[#answer + 1] = retry == 0 and 1 or 0
    answer[#answer + 1] = (divide(full - debt, period))
    answer[#answer + 1] = retry
    answer[#answer + 1] = wait(tokens, debt)
end

return answer
