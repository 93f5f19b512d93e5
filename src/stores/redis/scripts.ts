import { createHash } from 'node:crypto';

/** A Lua script and its digest, by which a server that has seen it before runs it without reading it again. */
export interface RedisScript {
  readonly source: string;
  readonly sha1: string;
}

function script(source: string): RedisScript {
  return { source, sha1: createHash('sha1').update(source).digest('hex') };
}

// A key holds `claim:<token>` (with an expiry: the lease) or `done:<token>`. The token tells one run of the work from another, and makes
// every script safe to repeat: clients resend commands whose answer was lost with the connection.

/** KEYS, claim value, leaseMs. Processed wins over held, and a refusal writes nothing. */
export const CLAIM = script(`
local held = false
for i = 1, #KEYS do
  local value = redis.call('GET', KEYS[i])
  if value and string.sub(value, 1, 5) == 'done:' then return 'duplicate' end
  if value and value ~= ARGV[1] then held = true end
end
if held then return 'busy' end
for i = 1, #KEYS do redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2]) end
return 'claimed'
`);

/** KEYS, claim value, leaseMs. A claim that ended is not brought back to life: whoever renews late has stalled. */
export const RENEW = script(`
for i = 1, #KEYS do
  if redis.call('GET', KEYS[i]) ~= ARGV[1] then return 'lost' end
end
for i = 1, #KEYS do redis.call('PEXPIRE', KEYS[i], ARGV[2]) end
return 'renewed'
`);

/**
 * KEYS, claim value, done value, ttlMs (0: for ever). Refuses when any key is another worker's, claimed or done. A key that is merely gone
 * (the lease ended and nobody came) is marked: the work is done, and not to say so would have it done again.
 */
export const COMMIT = script(`
for i = 1, #KEYS do
  local value = redis.call('GET', KEYS[i])
  if value and value ~= ARGV[1] and value ~= ARGV[2] then return 'lost' end
end
for i = 1, #KEYS do
  if ARGV[3] == '0' then redis.call('SET', KEYS[i], ARGV[2])
  else redis.call('SET', KEYS[i], ARGV[2], 'PX', ARGV[3]) end
end
return 'done'
`);

/** KEYS, claim value. Frees only what is still this run's own claim. */
export const RELEASE = script(`
for i = 1, #KEYS do
  if redis.call('GET', KEYS[i]) == ARGV[1] then redis.call('DEL', KEYS[i]) end
end
return 'released'
`);
