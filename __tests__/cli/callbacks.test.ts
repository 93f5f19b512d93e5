import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandLine, jsonOf } from './command-line.js';

const SECRET = 'secret-4be1d7a9';
const USER = 'user-id-77aa01';
const REDEMPTION = { transaction_id: 'tx-1', content: 'coin-uuid', name: 'Münzen', quantity: 20, user_id: USER };
const OPTIONS = [
  '--transaction-id',
  'tx-1',
  '--content',
  'coin-uuid',
  '--name',
  'Münzen',
  '--quantity',
  '20',
  '--user-id',
  USER,
];
const env = { KIIP_APP_SECRET: SECRET };

/** By the documents, not by the code under test (PROTOCOL K22). */
const sha1 = (...texts: string[]): string => createHash('sha1').update(texts.join(''), 'utf8').digest('hex');
const SIGNATURE = sha1('coin-uuid', 'Münzen', '20', USER, 'tx-1', SECRET);

let cli: CommandLine;
beforeAll(async () => {
  cli = await CommandLine.build();
});
afterAll(() => cli.remove());

function fileWith(name: string, text: string | Buffer): string {
  const file = join(cli.folder, name);
  writeFileSync(file, text);
  return file;
}

describe('sign', () => {
  test('fields as options: the bare signature', async () => {
    const result = await cli.run(['sign', ...OPTIONS], { env });
    expect(result).toEqual({ code: 0, stdout: `${SIGNATURE}\n`, stderr: '' });
  });

  test('fields as JSON, in wire names or ours, numbers exactly as written', async () => {
    const text = `{"transactionId":"tx-1","content":"coin-uuid","name":"Münzen","quantity":20.0,"user_id":${12345}}`;
    const { stdout, code } = await cli.run(['sign', '--body'], { env, input: text });
    expect(code).toBe(0);
    const signature = sha1('coin-uuid', 'Münzen', '20.0', '12345', 'tx-1', SECRET);
    expect(stdout).toBe(
      `{"transaction_id":"tx-1","content":"coin-uuid","name":"Münzen","quantity":20.0,"user_id":12345,"signature":"${signature}"}\n`,
    );
  });

  test('an issuance, as a form, for programs', async () => {
    const fields = { ...REDEMPTION, nonce: 'n+1', origin: 'survey' };
    const file = fileWith('issuance.json', JSON.stringify(fields));
    const signed = jsonOf<Record<string, string>>(
      await cli.run(['sign', '--fields', file, '--body', 'form', '--json'], { env }),
    );
    const signature = sha1('coin-uuid', '20', USER, 'tx-1', 'n+1', 'survey', SECRET);
    expect(signed).toMatchObject({
      ok: true,
      type: 'issuance',
      signature,
      contentType: 'application/x-www-form-urlencoded',
    });
    expect(new URLSearchParams(signed['body']).get('nonce')).toBe('n+1');
  });

  test('the legacy formula leaves the name out', async () => {
    const { stdout } = await cli.run(['sign', ...OPTIONS, '--formula', 'legacy'], { env });
    expect(stdout.trim()).toBe(sha1('coin-uuid', '20', USER, 'tx-1', SECRET));
  });

  test.each([
    ['no secret', OPTIONS, {}, '', '--secret-file'],
    ['missing fields', ['--name', 'x'], env, '', 'add --transaction-id, --content, --quantity, --user-id.'],
    ['a nonce without an origin', [...OPTIONS, '--nonce', 'n-1'], env, '', 'add --origin.'],
    ['nothing piped in', [], env, '', 'is empty'],
    ['no JSON', [], env, '{"user_id": "private-person",\n oops}', 'line 2, column 2'],
    [
      'unknown fields',
      [],
      env,
      '{"usr_id":"x","quantity":[]}',
      '"usr_id" is not a field of a callback; quantity must be',
    ],
    ['a quantity that is not a number', [...OPTIONS, '--quantity', 'twenty'], env, '', 'not a finite number'],
    ['both ways at once', [...OPTIONS, '--fields', '-'], env, '{}', 'not both'],
  ])('%s is wrong usage', async (_what, args, variables, input, message) => {
    const result = await cli.run(['sign', ...args], { env: variables, input });
    expect(result.code).toBe(2);
    expect(result.stdout).toBe('');
    expect(result.stderr).toContain(message);
    expect(result.stderr).not.toMatch(new RegExp(`${SECRET}|private-person`));
  });
});

describe('verify', () => {
  const body = JSON.stringify({ ...REDEMPTION, signature: SIGNATURE });
  const verify = (input: string, options: { secret?: string; args?: string[] } = {}) =>
    cli.run(['verify', ...(options.args ?? [])], { env: { KIIP_APP_SECRET: options.secret ?? SECRET }, input });

  test('a good one from a file, told without anything of the player', async () => {
    const result = await cli.run(['verify', fileWith('good.json', `${body}\n`)], { env });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toContain('verified: redemption of 20');
    expect(result.stdout).toContain('SHA-1(content + name + quantity + user_id + transaction_id + app_secret)');
    expect(result.stdout).toMatch(/name +string, 6 characters, 7 bytes/);
    expect(result.stdout).toMatch(/quantity +number, 20 as written/);
    expect(result.stdout).not.toMatch(new RegExp(`${SECRET}|${USER}|${SIGNATURE}|tx-1`));
  });

  test('--json, from stdin, as a form', async () => {
    const form = new URLSearchParams(
      Object.entries({ ...REDEMPTION, signature: SIGNATURE }).map(([key, value]) => [key, String(value)]),
    );
    const result = await verify(form.toString(), {
      args: ['--json', '--content-type', 'application/x-www-form-urlencoded'],
    });
    expect(result.code).toBe(0);
    expect(jsonOf(result)).toEqual({
      ok: true,
      type: 'redemption',
      quantity: 20,
      quantityText: '20',
      formula: 'SHA-1(content + name + quantity + user_id + transaction_id + app_secret)',
      fields: [
        { field: 'content', characters: 9, bytes: 9, kind: 'form value' },
        { field: 'name', characters: 6, bytes: 7, kind: 'form value' },
        { field: 'quantity', characters: 2, bytes: 2, kind: 'form value', text: '20' },
        { field: 'user_id', characters: 14, bytes: 14, kind: 'form value' },
        { field: 'transaction_id', characters: 4, bytes: 4, kind: 'form value' },
      ],
      secretFrom: 'KIIP_APP_SECRET',
      notes: [],
    });
  });

  test.each([
    ['another secret', body, { secret: 'another-secret' }, 'The secret is not the one that signed it'],
    ['white space around the secret', body, { secret: `${SECRET} ` }, 'once white space around the secret is removed'],
    ['a body that was parsed and written again', body.replace('20,', '20.0,'), {}, 'another spelling of quantity'],
    [
      'the legacy formula',
      JSON.stringify({ ...REDEMPTION, signature: sha1('coin-uuid', '20', USER, 'tx-1', SECRET) }),
      {},
      'legacy formula',
    ],
    ['a signature that is not hex', body.replace(SIGNATURE, 'abc'), {}, 'not a SHA-1 in hex'],
  ])('explains %s', async (_what, input, options, message) => {
    const result = await verify(input, options);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain(message);
    expect(result.stdout).toContain('tried SHA-1(content + name + quantity + user_id + transaction_id + app_secret)');
    expect(result.stdout).toMatch(/user_id +string, 14 characters/);
    expect(result.stdout + result.stderr).not.toMatch(new RegExp(`${SECRET}|another-secret|${USER}|${SIGNATURE}`));
  });

  test.each([
    ['nothing', '', 'The body is empty'],
    ['an object printed by JavaScript', `{ transaction_id: 'tx-1', user_id: '${USER}' }`, 'something parsed the body'],
    ['an object turned into text', '[object Object]', 'something parsed the body'],
    ['JSON in JSON', JSON.stringify(body), 'JSON inside a JSON string'],
    ['a whole request', `POST /callback HTTP/1.1\r\nHost: x\r\n\r\n${body}`, 'a whole HTTP message'],
  ])('explains a body that is %s', async (_what, input, message) => {
    const result = await verify(input, { args: ['--json'] });
    expect(result.code).toBe(1);
    const { ok, error, fields } = jsonOf<{ ok: boolean; error: { code: string; hint: string }; fields: null }>(result);
    expect({ ok, fields, code: error.code }).toEqual({ ok: false, fields: null, code: 'malformed_callback' });
    expect(error.hint).toContain(message);
    expect(result.stdout).not.toContain(USER);
  });

  test('either formula, and it is said which', async () => {
    const legacy = { ...REDEMPTION, signature: sha1('coin-uuid', '20', USER, 'tx-1', SECRET) };
    const result = await verify(JSON.stringify(legacy), { args: ['--formula', 'either'] });
    expect(result.code).toBe(0);
    expect(result.stdout).toContain('SHA-1(content + quantity + user_id + transaction_id + app_secret)');
    const neither = await verify(body, { args: ['--formula', 'either'], secret: 'another' });
    expect(neither.code).toBe(1);
    expect(neither.stdout).toContain(' and SHA-1(content + quantity');
  });

  test('secrets from files while they are rotated; the line break an editor adds is left out and told', async () => {
    const files = [fileWith('new-secret', 'the-new-one\n'), fileWith('old-secret', `${SECRET}\r\n`)];
    const result = await cli.run(['verify', ...files.flatMap((file) => ['--secret-file', file])], { input: body });
    expect(result.code).toBe(0);
    expect(result.stderr).toContain('The line break at the end of');
    expect(result.stdout + result.stderr).not.toMatch(new RegExp(`${SECRET}|the-new-one`));
  });

  test('no secret, an argument for it, an empty file of it, a body that is not there', async () => {
    const none = await cli.run(['verify'], { input: body });
    expect(none).toMatchObject({ code: 2, stdout: '' });
    expect(none.stderr).toContain('set KIIP_APP_SECRET');
    const argument = await cli.run(['verify', '--secret', SECRET], { input: body });
    expect(argument.code).toBe(2);
    expect(argument.stderr).not.toContain(SECRET);
    const empty = await cli.run(['verify', '--secret-file', fileWith('empty', '\n')], { input: body });
    expect(empty.code).toBe(2);
    const missing = await cli.run(['verify', join(cli.folder, 'nowhere.json')], { env });
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain('ENOENT');
  });

  test('a body of a size that no callback has', async () => {
    const result = await cli.run(['verify', fileWith('huge', Buffer.alloc(1024 * 1024 + 1))], { env });
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('longer than');
  });
});
