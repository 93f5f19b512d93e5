import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import {
  createCallbackReceiver,
  signCallback,
  verifyCallback,
  verifyCallbackFields,
  type CallbackEvent,
} from '../../src/callbacks/index.js';
import {
  CallbackFormatError,
  CallbackSignatureError,
  KiipConfigError,
  KiipValidationError,
} from '../../src/errors/index.js';

interface Vector {
  name: string;
  formula: 'documented' | 'legacy';
  fields: Record<string, string>;
  signature: string;
  json: string;
  form: string;
}

// Computed with Python's hashlib: python3 __tests__/callbacks/vectors.py > __tests__/callbacks/vectors.json
const { secret, vectors } = JSON.parse(readFileSync(join(__dirname, 'vectors.json'), 'utf8')) as {
  secret: string;
  vectors: Vector[];
};
const plain = vectors[0] as Vector;
const issuance = vectors.find(({ name }) => name === 'issuance') as Vector;

const body = (overrides: Record<string, unknown> = {}, base = plain): string =>
  JSON.stringify({ ...base.fields, quantity: 20, signature: base.signature, ...overrides });
const message = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
};

describe('known answers', () => {
  describe.each(vectors.map((vector) => [vector.name, vector] as const))('%s', (_name, vector) => {
    const options = { secret, redemptionFormula: vector.formula };
    const { fields } = vector;
    const expected = (event: CallbackEvent): void => {
      expect(event).toMatchObject({
        type: fields['nonce'] === undefined ? 'redemption' : 'issuance',
        transactionId: fields['transaction_id'],
        content: fields['content'],
        userId: fields['user_id'],
        quantityText: fields['quantity'],
        quantity: Number(fields['quantity']),
      });
      if (event.type === 'redemption') expect(event.name).toBe(fields['name']);
      else expect([event.nonce, event.origin]).toEqual([fields['nonce'], fields['origin']]);
      expect(event.dedupKeys[0]).toBe(vector.signature);
    };

    test('JSON, as text and as bytes, with and without a content type', () => {
      expected(verifyCallback(vector.json, options));
      expected(verifyCallback(Buffer.from(vector.json), options));
      expected(
        verifyCallback(new TextEncoder().encode(vector.json), {
          ...options,
          contentType: 'application/json; charset=UTF-8',
        }),
      );
    });

    test('form, as text and as bytes, with and without a content type', () => {
      expected(verifyCallback(vector.form, options));
      expected(
        verifyCallback(Buffer.from(vector.form), { ...options, contentType: 'application/x-www-form-urlencoded' }),
      );
    });

    test('parsed fields, whose values are strings', () => {
      expected(verifyCallbackFields({ ...fields, signature: vector.signature }, options));
    });

    test('signCallback gives the same signature, of fields and of the event', () => {
      const event = verifyCallback(vector.json, options);
      const redemptionFormula = vector.formula;
      expect(signCallback(event, secret, { redemptionFormula })).toBe(vector.signature);
      const {
        user_id: userId,
        transaction_id: transactionId,
        content,
        name,
        nonce,
        origin,
        quantity,
      } = fields as Record<string, string>;
      const common = {
        userId: userId ?? '',
        transactionId: transactionId ?? '',
        content: content ?? '',
        quantity: quantity ?? '',
      };
      const own = nonce === undefined ? { ...common, name: name ?? '' } : { ...common, nonce, origin: origin ?? '' };
      expect(signCallback(own, secret, { redemptionFormula })).toBe(vector.signature);
    });

    test('the signature in capitals verifies and leaves the keys as they are', () => {
      const capitals = vector.json.replace(vector.signature, vector.signature.toUpperCase());
      expect(verifyCallback(capitals, options)).toEqual(verifyCallback(vector.json, options));
    });
  });

  test.each(['20', '20.0', '2e1', '"20"'])(
    'a signature over another text of the same number is refused: %s',
    (written) => {
      const signed = { '20': '20.0', '20.0': '2e1', '2e1': '20', '"20"': '20.0' }[written] as string;
      const vector = vectors.find(
        ({ name }) => name === (signed === '20' ? 'redemption' : `redemption, ${signed}`),
      ) as Vector;
      const mutated = vector.json.replace(`"quantity": ${signed}`, `"quantity": ${written}`);
      expect(mutated).toContain(`"quantity": ${written}`);
      expect(() => verifyCallback(mutated, { secret })).toThrow(CallbackSignatureError);
    },
  );

  test('form: + is a space and %2B a plus, and they are not the same', () => {
    const vector = vectors.find(({ name }) => name.includes('plus and space')) as Vector;
    expect(vector.form).toContain('a%2Bb+c');
    expect(() => verifyCallback(vector.form.replace('a%2Bb+c', 'a+b+c'), { secret })).toThrow(CallbackSignatureError);
    expect(verifyCallback(vector.form.replace('a%2Bb+c', 'a%2Bb%20c'), { secret }).userId).toBe('a+b c@example.com');
  });

  test('numbers where strings are usual verify as their text', () => {
    const text = 'coins' + 'Coins' + '20' + '42' + '7.50' + secret;
    const signature = createHash('sha1').update(text).digest('hex');
    const event = verifyCallback(
      `{"content":"coins","name":"Coins","quantity":20,"user_id":42,"transaction_id":7.50,"signature":"${signature}"}`,
      { secret },
    );
    expect(event).toMatchObject({ userId: '42', transactionId: '7.50' });
  });
});

describe('the legacy formula', () => {
  const legacy = vectors.find(({ name }) => name === 'redemption, legacy') as Vector;
  const nameless: Record<string, unknown> = { ...legacy.fields, signature: legacy.signature, name: undefined };

  test('is off by default, and the error says that it would have matched', () => {
    expect(() => verifyCallback(legacy.json, { secret })).toThrow(CallbackSignatureError);
    expect(message(() => verifyCallback(legacy.json, { secret }))).toContain("set redemptionFormula to 'legacy'");
  });

  test('chosen, the documented one is off, and the error says that it would have matched', () => {
    const error = message(() => verifyCallback(plain.json, { secret, redemptionFormula: 'legacy' }));
    expect(error).toContain("drop redemptionFormula: 'legacy'");
  });

  test("'either' takes both", () => {
    for (const { json } of [plain, legacy]) {
      expect(verifyCallback(json, { secret, redemptionFormula: 'either' }).type).toBe('redemption');
    }
  });

  test('an absent name is empty text; under the documented formula it is malformed', () => {
    for (const redemptionFormula of ['legacy', 'either'] as const) {
      expect(verifyCallbackFields(nameless, { secret, redemptionFormula })).toMatchObject({ name: '' });
    }
    expect(() => verifyCallbackFields(nameless, { secret })).toThrow(CallbackFormatError);
    expect(message(() => verifyCallbackFields(nameless, { secret }))).toContain('lacks name');
  });

  test('does not touch issuances', () => {
    expect(verifyCallback(issuance.json, { secret, redemptionFormula: 'legacy' }).type).toBe('issuance');
  });
});

describe('signatures', () => {
  test.each([
    ['too short', plain.signature.slice(1)],
    ['too long', `${plain.signature}0`],
    ['empty', ''],
    ['not hex', `g${plain.signature.slice(1)}`],
    ['as many characters, more bytes', `é${plain.signature.slice(1)}`],
    [
      'characters whose low byte is right',
      [...plain.signature].map((c) => String.fromCharCode(c.charCodeAt(0) + 0x100)).join(''),
    ],
    ['with a line break', `${plain.signature}\n`],
    ['of another text', `0${plain.signature.slice(1)}`.replace(plain.signature, '1'.repeat(40))],
  ])('%s: CallbackSignatureError', (_what, signature) => {
    expect(() => verifyCallback(body({ signature }), { secret })).toThrow(CallbackSignatureError);
  });

  test('any active secret will do', () => {
    expect(verifyCallback(body(), { secret: ['another', secret] }).type).toBe('redemption');
    expect(verifyCallback(body(), { secret: [secret, 'another'] }).type).toBe('redemption');
    expect(() => verifyCallback(body(), { secret: ['another', 'and another'] })).toThrow(CallbackSignatureError);
  });

  test('white space around the secret is named, and still refused', () => {
    expect(message(() => verifyCallback(body(), { secret: `${secret}\n` }))).toContain('white space around the secret');
  });

  test('another spelling of quantity is named, and still refused', () => {
    const rewritten = vectors.find(({ name }) => name === 'redemption, 20.0') as Vector;
    const fields = { ...rewritten.fields, quantity: 20, signature: rewritten.signature };
    expect(message(() => verifyCallbackFields(fields, { secret }))).toContain('another spelling of quantity');
    expect(message(() => verifyCallback(JSON.stringify(fields), { secret }))).toContain('another spelling of quantity');
  });

  test('a plus that a form lost is named, and still refused', () => {
    const vector = vectors.find(({ name }) => name.includes('plus and space')) as Vector;
    const fields = Object.entries({ ...vector.fields, user_id: 'a+b', signature: '' });
    const signature = signCallback(
      {
        content: vector.fields['content'] as string,
        name: 'Coins',
        quantity: 5,
        userId: 'a+b',
        transactionId: 'reward-1',
      },
      secret,
    );
    const form = new URLSearchParams({ ...Object.fromEntries(fields), name: 'Coins', signature })
      .toString()
      .replace('a%2Bb', 'a+b');
    expect(message(() => verifyCallback(form, { secret }))).toContain('did not encode + as %2B');
  });

  test('nothing in an error names a value or a secret', () => {
    const errors = [
      { secret: 'another' },
      { secret: `${secret} ` },
      { secret, redemptionFormula: 'legacy' as const },
    ].map((options) => {
      try {
        verifyCallback(body({ user_id: 'private-user' }), options);
      } catch (error) {
        return inspect(error, { depth: 20, showHidden: true });
      }
      return '';
    });
    for (const text of errors) {
      expect(text).toContain('CallbackSignatureError');
      for (const value of [secret, 'private-user', plain.signature, 'reward-1', 'another'])
        expect(text).not.toContain(value);
    }
  });
});

describe('malformed bodies', () => {
  const refused = (raw: string | Uint8Array, contentType?: string): void => {
    expect(() => verifyCallback(raw, { secret, ...(contentType === undefined ? {} : { contentType }) })).toThrow(
      CallbackFormatError,
    );
  };

  test.each(['transaction_id', 'content', 'name', 'quantity', 'user_id', 'signature'])(
    'without %s, and the error names it',
    (key) => {
      refused(body({ [key]: undefined }));
      expect(message(() => verifyCallback(body({ [key]: undefined }), { secret }))).toContain(`lacks ${key}`);
    },
  );

  test('all missing fields are named at once', () => {
    expect(message(() => verifyCallback('{}', { secret }))).toContain(
      'lacks content, quantity, user_id, transaction_id, signature, name',
    );
  });

  test.each<[unknown]>([[null], [true], [false], [[]], [['20']], [{}], [{ toString: 'x' }]])(
    '%j as a value of a known field',
    (value) => {
      for (const key of Object.keys(plain.fields)) refused(body({ [key]: value }));
      refused(body({ signature: value }));
      refused(body({ nonce: value }));
    },
  );

  test('fields that a later version of the platform may add do not get in the way, whatever they hold', () => {
    const nested = { name: 'x', list: [1, '}', { quantity: 7, text: 'a"b\\' }], signature: null };
    for (const extra of ['text', 5, true, false, null, [], {}, [1], [[]], nested, [nested, nested]]) {
      for (const raw of [body({ extra }), `{"extra": ${JSON.stringify(extra)}, ${body().slice(1)}`])
        expect(verifyCallback(raw, { secret })).toMatchObject({ type: 'redemption', quantityText: '20' });
      expect(verifyCallback(JSON.stringify(JSON.parse(body({ extra })), null, 2), { secret }).type).toBe('redemption');
      const parsed = JSON.parse(body({ extra })) as Record<string, unknown>;
      expect(verifyCallbackFields(parsed, { secret }).type).toBe('redemption');
    }
    refused(body({ extra: [] }).replace('{', '{"extra":{},'));
  });

  test('an unknown field of any depth', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(verifyCallback(body().replace('{', `{"deep":${deep},`), { secret }).type).toBe('redemption');
  });

  test('a repeated key, known or not, equal or not, escaped or not', () => {
    refused(body().replace('{', '{"name":"Coins",'));
    refused(body().replace('{', '{"x":1,"x":1,'));
    refused(body().replace('{', '{"nam\\u0065":"Coins",'));
    refused(`${plain.form}&name=Coins`);
    refused(`${plain.form}&x=1&x=1`);
    refused(`n%61me=Coins&${plain.form}`);
  });

  test('a key named __proto__', () => {
    refused(body().replace('{', '{"__proto__":"x",'));
    refused(body().replace('{', '{"__proto__":{"name":"x"},'));
    refused(`${plain.form}&__proto__=x`);
    const own = JSON.parse(body().replace('{', '{"__proto__":"x",')) as Record<string, unknown>;
    expect(() => verifyCallbackFields(own, { secret })).toThrow(CallbackFormatError);
  });

  test.each(['constructor', 'toString', 'hasOwnProperty', 'prototype', 'add'])(
    'a key named %s is just unknown',
    (key) => {
      expect(verifyCallback(body({ [key]: 'x' }), { secret }).type).toBe('redemption');
      expect(verifyCallbackFields({ ...plain.fields, signature: plain.signature, [key]: 'x' }, { secret }).type).toBe(
        'redemption',
      );
    },
  );

  test('inherited values are not fields', () => {
    const inherited = Object.create({ signature: plain.signature }) as Record<string, unknown>;
    expect(() => verifyCallbackFields(Object.assign(inherited, plain.fields), { secret })).toThrow(CallbackFormatError);
  });

  test.each([
    '1e999',
    '-1e999',
    '"NaN"',
    '"Infinity"',
    '""',
    '" 20"',
    '"20 "',
    '"0x14"',
    '"1_000"',
    '"２０"',
    '"020"',
    '"twenty"',
  ])('a quantity of %s', (quantity) => {
    const text = JSON.parse(quantity.startsWith('"') ? quantity : `"${quantity}"`) as string;
    const fields = { content: 'c', name: 'n', quantity: text, userId: 'u', transactionId: 't' };
    const signature = signCallback(fields, secret);
    refused(
      `{"content":"c","name":"n","quantity":${quantity},"user_id":"u","transaction_id":"t","signature":"${signature}"}`,
    );
  });

  test('bytes that are not UTF-8, and half a character', () => {
    const bytes = Buffer.from(body());
    bytes[bytes.indexOf('Coins')] = 0xff;
    refused(bytes);
    refused(bytes, 'application/json');
    refused(body().replace('Coins', '\ud83d'));
    refused(body().replace('Coins', '\\ud83d'));
    refused(plain.form.replace('Coins', '%ff'));
    refused(plain.form.replace('Coins', '%ed%a0%bd'));
    refused(plain.form.replace('Coins', '%zz'));
    refused(plain.form.replace('Coins', '%4'));
    expect(() =>
      verifyCallbackFields({ ...plain.fields, signature: plain.signature, name: '\udc00' }, { secret }),
    ).toThrow(CallbackFormatError);
  });

  test('two halves of a character in neighbouring fields do not make a whole', () => {
    const fields = { content: 'c', name: 'n\ud83d', quantity: '1', userId: 'u', transactionId: 't' };
    expect(() => signCallback(fields, secret)).toThrow(KiipValidationError);
    refused(
      JSON.stringify({
        content: 'c\ud83d',
        name: '\ude00',
        quantity: 1,
        user_id: 'u',
        transaction_id: 't',
        signature: 'a'.repeat(40),
      }),
    );
  });

  test.each([
    '',
    ' ',
    'null',
    '[]',
    '20',
    '"text"',
    '{',
    '{}',
    '{}}',
    '{"a":1,}',
    '{,}',
    '{"a" 1}',
    "{'a':1}",
    '{"a":01}',
    '{"a":+1}',
    '{"a":.5}',
  ])('the body %j', (raw) => {
    refused(raw);
    refused(raw, 'application/json');
  });

  test('a content type that is neither, or a charset that is not UTF-8', () => {
    refused(body(), 'text/html');
    refused(body(), 'multipart/form-data; boundary=x');
    refused(body(), 'application/json; charset=utf-16');
    refused(body({ extra: 'é' }), 'application/json; charset=iso-8859-1');
    refused(Buffer.from(body({ extra: 'é' }), 'latin1'), 'application/json; charset=iso-8859-1');
  });

  // PROTOCOL K24a
  test.each([
    'Application/JSON ; Charset="utf-8"',
    'application/vnd.api+json',
    '',
    'text/plain',
    'text/plain; charset=us-ascii',
    'application/x-www-form-urlencoded',
    'application/json; charset=ISO-8859-1',
    'application/json; charset=windows-1252',
    'application/json; charset=latin1',
    'application/json, application/json',
  ])('content type %j: what can be read with certainty is read, JSON or form', (contentType) => {
    const mark = '\ufeff';
    for (const raw of [body(), `\r\n ${body()}`, plain.form, mark + body(), mark + plain.form]) {
      for (const given of [raw, Buffer.from(raw)])
        expect(verifyCallback(given, { secret, contentType }).transactionId).toBe('reward-1');
    }
    refused(mark + mark + body(), contentType);
  });

  test('a parsed body given as the raw one, and the other way round, is told so', () => {
    expect(message(() => verifyCallback(JSON.parse(body()) as string, { secret }))).toContain('verifyCallbackFields');
    for (const wrong of [body(), Buffer.from(body()), null, undefined, []]) {
      const fields = wrong as unknown as Record<string, unknown>;
      expect(() => verifyCallbackFields(fields, { secret })).toThrow(CallbackFormatError);
    }
    expect(() => verifyCallbackFields({ ...plain.fields, signature: () => '' }, { secret })).toThrow(
      CallbackFormatError,
    );
  });

  test('a parser that gives bigints, or leaves undefined for absent fields, is fine', () => {
    const big = vectors.find(({ name }) => name.includes('9007199254740993')) as Vector;
    const fields = { ...big.fields, quantity: 9007199254740993n, signature: big.signature, nonce: undefined };
    expect(verifyCallbackFields(fields, { secret }).quantityText).toBe('9007199254740993');
  });

  test('a megabyte of anything is refused like anything else, and more than that at once', () => {
    const megabyte = 1024 * 1024;
    refused(`{"a":"${'\\n'.repeat(megabyte / 2 - 10)}"`);
    refused(`{"a":"\n${'x'.repeat(megabyte - 10)}`);
    refused(`{"a":${'['.repeat(megabyte - 10)}`);
    refused('%41=&'.repeat(megabyte / 5));
    expect(verifyCallback(body().padEnd(megabyte), { secret }).type).toBe('redemption');
    refused(body().padEnd(megabyte + 1));
    refused(`{"a":"${'\\n'.repeat(20 * megabyte)}"}`);
  });
});

describe('options', () => {
  test.each<[unknown]>([[undefined], [null], [''], [' '], [[]], [['']], [['good', '']], [['good', undefined]], [5]])(
    'the secret %j never verifies',
    (wrong) => {
      const options = { secret: wrong as unknown as string };
      expect(() => verifyCallback(body(), options)).toThrow(KiipConfigError);
      expect(() => verifyCallbackFields({ ...plain.fields, signature: plain.signature }, options)).toThrow(
        KiipConfigError,
      );
      if (!Array.isArray(wrong)) {
        const fields = { content: 'c', name: 'n', quantity: 1, userId: 'u', transactionId: 't' };
        expect(() => signCallback(fields, wrong as unknown as string)).toThrow(KiipConfigError);
      }
    },
  );

  test('no options at all are a KiipConfigError too', () => {
    for (const missing of [undefined, null]) {
      const options = missing as unknown as { secret: string };
      expect(() => verifyCallback(body(), options)).toThrow(KiipConfigError);
      expect(() => verifyCallbackFields({}, options)).toThrow(KiipConfigError);
      expect(() => createCallbackReceiver(options)).toThrow(KiipConfigError);
    }
  });

  test('a content type as `headers.get()` gives it: null counts as absent', () => {
    const contentType = new Headers().get('content-type');
    expect(verifyCallback(body(), { secret, contentType }).type).toBe('redemption');
    expect(verifyCallback(plain.form, { secret, contentType }).type).toBe('redemption');
  });

  test('every problem is named at once', () => {
    const options = { secret: '', redemptionFormula: 'old' as 'legacy' };
    expect(message(() => verifyCallback(body(), options))).toMatch(/secret must .*redemptionFormula must /);
  });

  test('signCallback takes undefined for what is left out', () => {
    const fields = { content: 'c', name: 'n', quantity: 20, userId: 'u', transactionId: 't' };
    expect(signCallback({ ...fields, quantityText: undefined }, secret)).toBe(signCallback(fields, secret));
  });

  test('signCallback names every field that is wrong', () => {
    const fields = {
      content: 5,
      name: undefined,
      quantity: Number.NaN,
      userId: '\ud800',
      transactionId: 't',
    } as unknown as Parameters<typeof signCallback>[0];
    expect(message(() => signCallback(fields, secret))).toMatch(
      /content must be a string; quantity must be a finite number or a string; userId .*name /,
    );
    expect(() => signCallback(fields, secret, { redemptionFormula: 'either' as 'legacy' })).toThrow(KiipConfigError);
  });
});

describe('dedupKeys', () => {
  const event = (
    fields: Parameters<typeof signCallback>[0] & { nonce?: string; origin?: string; name?: string },
  ): CallbackEvent => {
    const { transactionId: transaction_id, userId: user_id, ...rest } = fields;
    return verifyCallbackFields(
      { ...rest, transaction_id, user_id, signature: signCallback(fields, secret) },
      { secret },
    );
  };
  const common = { content: 'coins', quantity: '1', userId: '23', transactionId: 't-1' };
  const base = { ...common, name: 'Coins' };

  test('are the verified digest and the platform’s own ids, of bounded length', () => {
    expect(event(base).dedupKeys).toEqual([signCallback(base, secret), 'redemption t-1']);
    expect(event({ ...common, nonce: 'n-1', origin: 'survey' }).dedupKeys[1]).toBe('issuance 3 t-1n-1');
    for (const transactionId of ['', 't 1', 'ü'.repeat(5_000)]) {
      const [first, second] = event({ ...base, transactionId }).dedupKeys;
      expect(first).toMatch(/^[0-9a-f]{40}$/);
      expect(second).toMatch(/^[0-9a-f]{64}$/);
    }
  });

  test('every other cut of the same text has the same first key', () => {
    const cut = { ...base, quantity: '12', userId: '3' };
    expect(signCallback(cut, secret)).toBe(signCallback(base, secret));
    expect(event(cut).dedupKeys[0]).toBe(event(base).dedupKeys[0]);
    // Also across the two messages: the issuance's nonce and origin can be cut out of a redemption's text.
    const asIssuance = {
      content: 'coinsCoins',
      quantity: '1',
      userId: '23',
      transactionId: 't',
      nonce: '-',
      origin: '1',
    };
    expect(event(asIssuance).dedupKeys[0]).toBe(event(base).dedupKeys[0]);
  });

  test('another signature over the same ids has the same second key', () => {
    const again = event({ ...base, quantity: '1.0' });
    expect(again.dedupKeys[0]).not.toBe(event(base).dedupKeys[0]);
    expect(again.dedupKeys[1]).toBe(event(base).dedupKeys[1]);
  });

  test('a redemption and an issuance of one transaction differ, and so do two issuances of one transaction', () => {
    const one = event({ ...common, nonce: 'n-1', origin: 'survey' });
    const two = event({ ...common, nonce: 'n-2', origin: 'survey' });
    const keys = [event(base), one, two].flatMap(({ dedupKeys }) => [...dedupKeys]);
    expect(new Set(keys).size).toBe(6);
  });

  test('ids that run into each other are not confused', () => {
    const pairs = [
      ['a', 'bc'],
      ['ab', 'c'],
      ['a:b', 'c'],
      ['a', 'b:c'],
      ['1 a', 'b'],
      ['1', ' ab'],
    ] as const;
    const keys = pairs.map(
      ([transactionId, nonce]) => event({ ...common, transactionId, nonce, origin: 'o' }).dedupKeys[1],
    );
    expect(new Set(keys).size).toBe(pairs.length);
  });
});
