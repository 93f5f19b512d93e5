import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Digest } from '../../src/digest/digest.js';
import * as node from '../../src/digest/node.js';

// The other implementation is an ES module down to its library, so it is bundled as a worker's build does.
import { loadInWorker } from '../support/worker.js';

let pure: Digest;
beforeAll(async () => {
  pure = (await loadInWorker('src/digest/pure.ts')) as unknown as Digest;
});

describe.each([
  ['node', () => node],
  ['pure', () => pure],
] as const)('%s', (_name, find) => {
  test('the digests of any text and any bytes', () => {
    const digest = find();
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (text, bytes) => {
        expect(digest.sha1Hex(text)).toBe(createHash('sha1').update(text).digest('hex'));
        expect(digest.sha1Hex(bytes)).toBe(createHash('sha1').update(bytes).digest('hex'));
        expect(digest.sha256Hex(text)).toBe(createHash('sha256').update(text).digest('hex'));
      }),
    );
  });

  test('equal bytes; another byte at any place and another length are different, and nothing throws', () => {
    const { isEqualBytes } = find();
    const bytes = Uint8Array.from({ length: 40 }, (_, at) => at);
    expect(isEqualBytes(bytes, Uint8Array.from(bytes))).toBe(true);
    expect(isEqualBytes(new Uint8Array(), new Uint8Array())).toBe(true);
    expect(isEqualBytes(bytes, bytes.subarray(1))).toBe(false);
    for (let at = 0; at < 40; at += 1) expect(isEqualBytes(bytes, bytes.with(at, 99))).toBe(false);
  });
});
