// `#digest` under the `node` import condition: Node, Bun and Deno.
import { hash, timingSafeEqual } from 'node:crypto';
import type { Digest } from './digest.js';

export const sha1Hex: Digest['sha1Hex'] = (data) => hash('sha1', data, 'hex');

export const sha256Hex: Digest['sha256Hex'] = (text) => hash('sha256', text, 'hex');

export const isEqualBytes: Digest['isEqualBytes'] = (a, b) => a.length === b.length && timingSafeEqual(a, b);
