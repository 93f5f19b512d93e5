import { createHash } from 'node:crypto';

/** A Lua script and its digest, by which a server runs a script that it has seen before. */
export interface RedisScript {
  readonly source: string;
  readonly sha1: string;
}

/** Computes the digest of a script. */
export function buildScript(source: string): RedisScript {
  return { source, sha1: createHash('sha1').update(source).digest('hex') };
}

// A key holds `claim:<token>` (with an expiry: the lease) or `done:<milliseconds since 1970>:<token>`. The token identifies one run of
// the work and makes every script safe to repeat: clients resend commands when a connection drops before the answer. Every answer is a
// word, because Upstash's client parses answers as JSON. `ARGV[1]` is the token.

/** KEYS, token, leaseMs. Processed wins over held, and a refusal writes nothing. */
export const CLAIM = buildScript(`
local claim = 'claim:' .. ARGV[1]
local values = redis.call('MGET', unpack(KEYS))
local held = false
for i = 1, #KEYS do
  local value = values[i]
  if value and value ~= claim then
    if string.sub(value, 1, 5) == 'done:' then return 'duplicate' end
    held = true
  end
end
if held then return 'busy' end
for i = 1, #KEYS do redis.call('SET', KEYS[i], claim, 'PX', ARGV[2]) end
return 'claimed'
`);

/** KEYS, token, leaseMs. Does not revive a claim that ended: a worker that renews late has stalled. */
export const RENEW = buildScript(`
local claim = 'claim:' .. ARGV[1]
local values = redis.call('MGET', unpack(KEYS))
for i = 1, #KEYS do
  if values[i] ~= claim then return 'lost' end
end
for i = 1, #KEYS do redis.call('PEXPIRE', KEYS[i], ARGV[2]) end
return 'renewed'
`);

/**
 * KEYS: the callback's, then one index for each of its issuances. ARGV: token, time, ttlMs (0: for ever), and one nonce
 * for each index. Refuses when another worker claimed or finished any key. Marks a key that is merely gone (its lease
 * ended and no other worker came), because otherwise a redelivery would do the work again.
 */
export const COMMIT = buildScript(`
local claim, done = 'claim:' .. ARGV[1], 'done:' .. ARGV[2] .. ':' .. ARGV[1]
local nonces = #ARGV - 3
local count = #KEYS - nonces
local values = redis.call('MGET', unpack(KEYS, 1, count))
local marks = {}
for i = 1, count do
  local value = values[i]
  if value and value ~= claim and value ~= done then return 'lost' end
  marks[2 * i - 1] = KEYS[i]
  marks[2 * i] = done
end
redis.call('MSET', unpack(marks))
for i = 1, nonces do redis.call('HSET', KEYS[count + i], ARGV[3 + i], ARGV[2]) end
if ARGV[3] ~= '0' then
  for i = 1, #KEYS do redis.call('PEXPIRE', KEYS[i], ARGV[3]) end
end
return 'done'
`);

/** KEYS, token. Frees only claims that are still this run's. */
export const RELEASE = buildScript(`
local claim = 'claim:' .. ARGV[1]
local values = redis.call('MGET', unpack(KEYS))
for i = 1, #KEYS do
  if values[i] == claim then redis.call('DEL', KEYS[i]) end
end
return 'released'
`);

/** KEYS: a redemption's key and the index of its transaction's issuances. Answers in lines: a word, the key's value, then nonces and times alternating. */
export const FIND = buildScript(`
local lines = { 'found', redis.call('GET', KEYS[1]) or '' }
for _, text in ipairs(redis.call('HGETALL', KEYS[2])) do lines[#lines + 1] = text end
return table.concat(lines, '\\n')
`);
