import fc from 'fast-check';
import { parse as parseLossless } from 'lossless-json';
import { signCallback, verifyCallback, verifyCallbackFields, type CallbackEvent } from '../../src/callbacks/index.js';
import type { CallbackTexts } from '../../src/callbacks/parse/fields.js';
import { readAny, readJson, readPlain } from '../../src/callbacks/parse/json.js';
import { CallbackFormatError, CallbackSignatureError } from '../../src/errors/index.js';

const RUNS = 100_000;
const secret = 'the app secret';
const redemption = { content: 'coins', name: 'Gold “Coins”', quantity: '20', userId: 'a+b 7', transactionId: 'r-1' };
const issuance = {
  content: 'coins',
  quantity: '2.0',
  userId: 'ü',
  transactionId: 'r-2',
  nonce: 'n 1',
  origin: 'survey',
};

const wire = ({ userId, transactionId, ...rest }: typeof redemption | typeof issuance): Record<string, string> => ({
  ...rest,
  user_id: userId,
  transaction_id: transactionId,
  signature: signCallback({ ...rest, userId, transactionId }, secret),
});

/** The text a verified event stands for, put together here, not by the code under test. */
const signedText = (event: CallbackEvent): string =>
  event.type === 'issuance'
    ? event.content + event.quantityText + event.userId + event.transactionId + event.nonce + event.origin
    : event.content + event.name + event.quantityText + event.userId + event.transactionId;

const SIGNED = new Set([
  redemption.content + redemption.name + redemption.quantity + redemption.userId + redemption.transactionId,
  issuance.content + issuance.quantity + issuance.userId + issuance.transactionId + issuance.nonce + issuance.origin,
]);

/** A small generator with a seed: the same bodies on every run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
}

/** One to three changes that a proxy, an attacker or a broken sender could make to the bytes. */
function mutate(original: Buffer, pieces: readonly string[], pick: (below: number) => number): Buffer {
  let bytes = Buffer.from(original);
  for (let changes = 1 + pick(3); changes > 0; changes -= 1) {
    const at = pick(bytes.length + 1);
    const to = Math.min(bytes.length, at + 1 + pick(12));
    const [before, part, after] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)];
    const piece = Buffer.from(pieces[pick(pieces.length)] ?? '');
    switch (pick(6)) {
      case 0:
        bytes = Buffer.concat([before, Buffer.from([pick(256)]), bytes.subarray(at + 1)]);
        break;
      case 1:
        bytes = Buffer.concat([before, after]);
        break;
      case 2:
        bytes = Buffer.concat([before, part, part, after]);
        break;
      case 3:
        bytes = Buffer.concat([before, piece, bytes.subarray(at)]);
        break;
      case 4:
        bytes = Buffer.concat([before, piece, after]);
        break;
      default:
        bytes = Buffer.concat([after, part, before]);
    }
  }
  return bytes;
}

const JSON_PIECES = [
  '"',
  '\\',
  '\\u0000',
  '\\ud800',
  ',',
  ':',
  '{',
  '}',
  '[',
  ']',
  ' ',
  '\n',
  '0',
  '.0',
  'e1',
  '-',
  'null',
  'true',
  '"x":1,',
  '"__proto__":"x",',
  '"name":"y",',
  '"nonce":"",',
  '"user_id":',
  '"more":{"a":[1,"}"],"name":"z"},',
  '"list":[{"quantity":7},[],"\\""],',
  '[{"x":',
  '1e999',
  '\ufeff',
  '\u0001',
];
const FORM_PIECES = [
  '&',
  '=',
  '+',
  '%',
  '%2B',
  '%20',
  '%00',
  '%ff',
  '%zz',
  ' ',
  '&x=1',
  '&__proto__=x',
  '&name=y',
  '&nonce=',
  '&origin=',
  'user_id=',
  ';',
  '[]',
  '{',
  '\ufeff',
];

describe.each([
  [
    'json',
    'application/json',
    JSON_PIECES,
    (fields: Record<string, string>) => JSON.stringify(fields).replace(/"(2[0.]+)"/, '$1'),
  ],
  [
    'form',
    'application/x-www-form-urlencoded',
    FORM_PIECES,
    (fields: Record<string, string>) => new URLSearchParams(fields).toString(),
  ],
] as const)('%s bodies', (_format, contentType, pieces, write) => {
  test(`of ${RUNS} mutated ones none verifies unless its signed text is equal, and only the two documented errors are thrown`, () => {
    const pick = generator(20_150_128);
    const originals = [redemption, issuance].map((fields) => Buffer.from(write(wire(fields))));
    let verified = 0;
    const strangers: string[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const bytes = mutate(originals[run % 2] ?? Buffer.alloc(0), pieces, pick);
      try {
        // Every third without its content type, as `verifyCallback` may be called.
        const event = verifyCallback(bytes, run % 3 === 0 ? { secret } : { secret, contentType });
        verified += 1;
        if (!SIGNED.has(signedText(event))) strangers.push(bytes.toString('latin1'));
      } catch (error) {
        if (!(error instanceof CallbackFormatError) && !(error instanceof CallbackSignatureError))
          strangers.push(String(error));
      }
    }
    expect(strangers).toEqual([]);
    // Harmless changes (white space, order, capitals of the signature) exist, and so do harmful ones.
    expect(verified).toBeGreaterThan(0);
    expect(verified).toBeLessThan(RUNS / 4);
  });
});

const KNOWN: ReadonlySet<string> = new Set([
  'transaction_id',
  'content',
  'name',
  'quantity',
  'user_id',
  'nonce',
  'origin',
  'signature',
]);
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

describe('the JSON reader against JSON.parse and a second reader', () => {
  /** What is wrong with the reading of `body`, or `null`. Not an `expect` a value: that would be most of the time of this file. */
  const disagreement = (body: string): string | null => {
    let parsed: unknown;
    try {
      parsed = JSON.parse(body);
    } catch {
      parsed = undefined;
    }
    let texts: CallbackTexts;
    try {
      texts = readJson(body);
    } catch (error) {
      if (!(error instanceof CallbackFormatError)) return `threw ${String(error)}`;
      // It may refuse what JSON.parse takes, and then for a reason that can be seen in the value, or for a key that JSON.parse swallowed.
      if (parsed === undefined || /twice|__proto__/.test(error.message)) return null;
      const excused = Object.entries(parsed ?? {}).some(
        ([key, value]) =>
          KNOWN.has(key) &&
          (typeof value === 'object' || typeof value === 'boolean' || /\p{Surrogate}/u.test(String(value))),
      );
      return excused || !isObject(parsed) ? null : `refused ${body}`;
    }
    if (parsed === undefined) return `accepted ${body}`;
    const object = parsed as Record<string, unknown>;
    // A second reader, which keeps the text of numbers.
    const exact = parseLossless(body, undefined, {
      parseNumber: (number) => ({ number }),
      // Inside an unknown field, where it does not matter.
      onDuplicateKey: ({ newValue }) => newValue,
    }) as Record<string, unknown>;
    for (const [name, text] of Object.entries(texts) as [string, unknown][]) {
      if (name === 'unknown') continue;
      const value = Object.hasOwn(object, name) ? object[name] : undefined;
      const read = text !== undefined && typeof value === 'number' ? Number(text) : text;
      const own = Object.hasOwn(exact, name) ? exact[name] : undefined;
      const exactText = typeof own === 'object' && own !== null ? (own as { number: string }).number : own;
      if (!Object.is(read, value) || exactText !== text) return `read ${name} of ${body} as ${String(text)}`;
    }
    return null;
  };

  test('on objects of any strings, numbers and nested unknown fields, written in any way', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.integer(),
      fc.constantFrom('20', '\u0000', '\\', '"'),
    );
    const key = fc.oneof(fc.constantFrom('content', 'quantity', 'user_id', 'signature', 'nonce'), fc.string());
    fc.assert(
      fc.property(
        fc.dictionary(key, value, { noNullPrototype: true }),
        fc.jsonValue(),
        fc.nat(3),
        (object, unknown, indent) =>
          disagreement(JSON.stringify({ unknown, ...object, more: [unknown] }, null, indent)) === null,
      ),
      { numRuns: 3_000 },
    );
  });

  test(`on ${RUNS} mutated bodies with nested unknown fields`, () => {
    const pick = generator(7);
    const more = { name: ['x', { quantity: 1, text: 'a"}]\\' }], signature: null };
    const original = Buffer.from(JSON.stringify({ more, ...wire(redemption), quantity: 20, last: [[], {}] }, null, 1));
    const disagreements: string[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const wrong = disagreement(mutate(original, JSON_PIECES, pick).toString('utf8'));
      if (wrong !== null) disagreements.push(wrong);
    }
    expect(disagreements).toEqual([]);
  });

  test('takes every number of the grammar as it was written, and nothing else', () => {
    const numbers = [
      '0',
      '-0',
      '10',
      '1.5',
      '-1.50',
      '1e5',
      '1E+5',
      '1e-05',
      '0.0',
      '-0e-0',
      '9007199254740993',
      '1e400',
      '123456789012345678901234567890.5',
    ];
    for (const text of numbers) expect(readJson(`{"quantity": ${text}}`).quantity).toBe(text);
    for (const text of [
      '01',
      '1.',
      '.5',
      '+1',
      '1e',
      '1e+',
      '--1',
      '0x1',
      '1_0',
      'NaN',
      'Infinity',
      '1n',
      '- 1',
      '1 2',
      '１',
    ]) {
      expect(() => JSON.parse(`{"quantity": ${text}}`)).toThrow(SyntaxError);
      expect(() => readJson(`{"quantity": ${text}}`)).toThrow(CallbackFormatError);
    }
  });
});

describe('the reader of plain bodies against the full one', () => {
  const outcome = (read: () => CallbackTexts | null): unknown => {
    try {
      return { ...read() };
    } catch (error) {
      return error instanceof CallbackFormatError ? error.message : `threw ${String(error)}`;
    }
  };
  /** Whether the plain reader took the body. */
  const compare = (body: string): boolean => {
    const plain = outcome(() => readPlain(body));
    if (Object.keys(plain as object).length === 0) return false;
    expect({ body, outcome: plain }).toEqual({ body, outcome: outcome(() => readAny(body)) });
    return true;
  };
  /** The usual, with a rare thing now and then, so that a whole body is plain about as often as not. */
  const usually = (usual: fc.Arbitrary<string>, ...rare: string[]) =>
    fc.oneof({ weight: 80, arbitrary: usual }, { weight: 1, arbitrary: fc.constantFrom(...rare) });
  const blanks = usually(fc.constantFrom('', ' ', '  '), '\n', '\t', '\u00a0', 'x');
  const key = usually(fc.constantFrom(...KNOWN, 'more'), '', '__proto__', 'constructor', 'n\\u0061me', 'ключ');
  const text = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }));
  const value = usually(
    fc.oneof(text, fc.integer(), fc.double({ noNaN: true })).map((plain) => JSON.stringify(plain)),
    ...[
      '20.0',
      '2e1',
      '"20',
      '20"',
      '020',
      '1.',
      '"a\\"',
      '"\\ud800"',
      '[1]',
      '{"name":"x"}',
      'null',
      '',
      '""',
      '"\u0001"',
    ],
  );
  const member = fc.tuple(blanks, key, blanks, blanks, value, blanks);
  const write = (members: readonly (readonly string[])[]): string =>
    `{${members.map(([a, name, b, c, text, d]) => `${a}"${name}"${b}:${c}${text}${d}`).join(',')}}`;

  test('on members of any names and values in any order, whole and broken', () => {
    let taken = 0;
    let left = 0;
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(member, { maxLength: 10 }),
          fc.uniqueArray(member, { minLength: 5, maxLength: 8, selector: ([, name]) => name }),
        ),
        usually(fc.constant(''), ' ', '\n', '}', ',', 'x', '\0'),
        usually(fc.constant(''), ' ', '\ufeff'),
        (members, after, before) => {
          if (compare(before + write(members) + after)) taken += 1;
          else left += 1;
        },
      ),
      { numRuns: 10_000 },
    );
    expect(taken).toBeGreaterThan(2_000);
    expect(left).toBeGreaterThan(2_000);
  });

  test(`on ${RUNS} mutated messages`, () => {
    const pick = generator(11);
    const originals = [redemption, issuance].map((fields) =>
      Buffer.from(JSON.stringify(wire(fields)).replace(/"(2[0.]+)"/, '$1')),
    );
    let taken = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const body = mutate(originals[run % 2] ?? Buffer.alloc(0), JSON_PIECES, pick).toString('utf8');
      if (compare(body)) taken += 1;
    }
    expect(taken).toBeGreaterThan(RUNS / 50);
  });

  const members = Object.entries(wire(redemption)).map(([name, text]) => `"${name}": "${text}"`);
  const plain = `{${members.join(', ')}}`;

  test('each quote, colon and comma counts', () => {
    expect(readPlain(plain)).toMatchObject({ quantity: '20', user_id: 'a+b 7' });
    for (const [at, character] of [...plain].entries())
      if ('{":,}'.includes(character)) {
        const body = plain.slice(0, at) + plain.slice(at + 1);
        expect({ at, texts: readPlain(body) }).toEqual({ at, texts: null });
        expect(() => readJson(body)).toThrow(CallbackFormatError);
      }
  });

  test('it takes five to eight fields, and any of them may come first', () => {
    for (let first = 0; first < members.length; first += 1)
      expect(readPlain(`{${[...members.slice(first), ...members.slice(0, first)].join(',')}}`)).toEqual(readAny(plain));
    const count = (length: number): string => `{${Array.from({ length }, (_, n) => `"k${n}":${n}`).join(',')}}`;
    for (const length of [5, 6, 7, 8]) expect(readPlain(count(length))).toEqual(readAny(count(length)));
    for (const length of [0, 1, 4, 9]) expect(readPlain(count(length))).toBeNull();
  });

  test('a body of one megabyte is read', () => {
    const name = 'x'.repeat(1_000_000);
    expect(readPlain(plain.replace(/"name": "[^"]*"/, `"name": "${name}"`))?.name).toBe(name);
  });
});

describe('properties', () => {
  const text = fc.string({ unit: 'grapheme' });
  const quantity = fc.oneof(
    fc.integer().map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => JSON.stringify(n)),
  );
  const fields = fc.record({ content: text, name: text, quantity, userId: text, transactionId: text });

  test('what signCallback signs verifies, as JSON, as a form and as fields, with the very same texts', () => {
    fc.assert(
      fc.property(fields, fc.option(fc.record({ nonce: text, origin: text })), (common, ids) => {
        const { name, ...nameless } = common;
        const own = ids === null ? { ...nameless, name } : { ...nameless, ...ids };
        const { userId: user_id, transactionId: transaction_id, ...rest } = own;
        const sent = { ...rest, user_id, transaction_id, signature: signCallback(own, secret) };
        const { quantity: quantityText, ...expected } = own;
        const events = [
          verifyCallback(JSON.stringify(sent), { secret }),
          verifyCallback(JSON.stringify(sent).replace(`"quantity":"${quantityText}"`, `"quantity":${quantityText}`), {
            secret,
          }),
          verifyCallback(new URLSearchParams(sent).toString(), { secret }),
          verifyCallbackFields(sent, { secret }),
        ];
        for (const event of events)
          expect(event).toMatchObject({ ...expected, quantityText, type: ids === null ? 'redemption' : 'issuance' });
      }),
      { numRuns: 2_000 },
    );
  });

  test('any bytes at all: an event or one of the two errors', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          verifyCallback(bytes, { secret });
        } catch (error) {
          expect([CallbackFormatError, CallbackSignatureError]).toContain((error as Error).constructor);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  test('any parsed value at all: an event or one of the two errors', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        try {
          verifyCallbackFields(value as Record<string, unknown>, { secret });
        } catch (error) {
          expect([CallbackFormatError, CallbackSignatureError]).toContain((error as Error).constructor);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
