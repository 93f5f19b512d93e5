import { findBaseUrlProblem, joinUrl } from '../../src/check/base-url.js';
import { isLoopbackHost } from '../../src/check/loopback.js';
import { withinTimeLimit } from '../../src/check/time-limit.js';
import { warnOnce } from '../../src/check/warn.js';

test.each([
  ['localhost', true],
  ['game.localhost', true],
  ['127.0.0.1', true],
  ['127.255.255.255', true],
  ['[::1]', true],
  ['localhost.example.org', false],
  ['127.0.0.1.example.org', false],
  ['128.0.0.1', false],
  ['[::2]', false],
  ['notlocalhost', false],
])('%s is on this machine: %s', (host, expected) => {
  expect(isLoopbackHost(host)).toBe(expected);
  expect(isLoopbackHost(new URL(`http://${host}`).hostname)).toBe(expected);
});

const rule = { example: 'https://api.example.org', data: "players' data", allowInsecure: false };

test.each<[unknown, RegExp | null]>([
  ['https://api.kiip.me', null],
  ['https://api.kiip.me/path/', null],
  ['http://localhost:8126', null],
  ['http://sandbox:8126', /must begin with https:, because players' data would travel in the clear/],
  ['ftp://x', /must begin with https:/],
  ['https://user:secret@api.kiip.me', /must not hold a user/],
  ['https://api.kiip.me/?a=1', /must not hold/],
  ['https://api.kiip.me/#a', /must not hold/],
  ['api.kiip.me', /must be an absolute URL such as 'https:\/\/api\.example\.org'/],
  ['', /must be an absolute URL/],
  [5, /must be an absolute URL/],
  [null, /must be an absolute URL/],
])('base URL %j', (text, problem) => {
  const found = findBaseUrlProblem(text, rule);
  if (problem === null) expect(found).toBeNull();
  else expect(found).toMatch(problem);
  expect(found ?? '').not.toContain('secret');
});

test('allowInsecure lets http: go anywhere, and nothing else', () => {
  expect(findBaseUrlProblem('http://sandbox:8126', { ...rule, allowInsecure: true })).toBeNull();
  expect(findBaseUrlProblem('ftp://sandbox', { ...rule, allowInsecure: true })).not.toBeNull();
});

test.each([
  ['https://a.org', '/x/', 'https://a.org/x/'],
  ['https://a.org/', '/x', 'https://a.org/x'],
  ['https://a.org/base', '/x/', 'https://a.org/base/x/'],
  ['https://a.org:8443/base/', '/x/', 'https://a.org:8443/base/x/'],
])('%s and %s', (base, path, expected) => {
  expect(joinUrl(new URL(base), path)).toBe(expected);
});

test('a warning is said once for each topic', () => {
  const emit = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  for (let i = 0; i < 3; i += 1) {
    warnOnce('KIIP_TEST', 'first', 'topic-1');
    warnOnce('KIIP_TEST', 'second', 'topic-2');
  }
  const heard = emit.mock.calls.map(([message]) => message);
  emit.mockRestore();
  expect(heard).toEqual(['first', 'second']);
});

test('a time limit: the result, the failure, or the error of the limit', async () => {
  const late = (): Error => new Error('too late');
  await expect(withinTimeLimit(Promise.resolve(7), 1_000, late)).resolves.toBe(7);
  await expect(withinTimeLimit(Promise.reject(new Error('broken')), 1_000, late)).rejects.toThrow('broken');
  await expect(withinTimeLimit(new Promise(() => undefined), 5, late)).rejects.toThrow('too late');
});
