import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KiipValidationError } from 'kiip-s2s';
import { consentFromSignals, gpcFromRequest, type ConsentSignals } from 'kiip-s2s/consent';

const OPTED_OUT_GPP = 'DBABLA~BVQqAAAAAgA.YA';

describe('consentFromSignals', () => {
  test.each<[ConsentSignals, ReturnType<typeof consentFromSignals>]>([
    [{}, null],
    [{ choice: true }, { optedOut: true, basis: 'choice' }],
    [{ choice: false }, { optedOut: false, basis: 'choice' }],
    [{ gpc: true }, { optedOut: true, basis: 'gpc' }],
    [{ gpc: false }, null],
    [
      { choice: false, gpc: true },
      { optedOut: true, basis: 'gpc' },
    ],
    [
      { choice: true, gpc: true },
      { optedOut: true, basis: 'choice' },
    ],
    [{ usPrivacy: '1YYN' }, { optedOut: true, basis: 'usPrivacy' }],
    [{ usPrivacy: '1yyn' }, { optedOut: true, basis: 'usPrivacy' }],
    [{ usPrivacy: '1YNN' }, { optedOut: false, basis: 'usPrivacy' }],
    [{ usPrivacy: '1---' }, null],
    [{ usPrivacy: '1Y-N' }, null],
    [{ usPrivacy: '2YYN' }, null],
    [{ usPrivacy: '1YYNN' }, null],
    [{ usPrivacy: 'opted out' }, null],
    [
      { choice: false, usPrivacy: '1YYN' },
      { optedOut: true, basis: 'usPrivacy' },
    ],
    [
      { usPrivacy: '1YNN', gpp: OPTED_OUT_GPP },
      { optedOut: true, basis: 'gpp' },
    ],
    [
      { choice: false, usPrivacy: '1YNN' },
      { optedOut: false, basis: 'choice' },
    ],
    [
      { choice: true, state: 'ca' },
      { optedOut: true, state: 'CA', basis: 'choice' },
    ],
    [
      { choice: true, state: 'Bavaria' },
      { optedOut: true, basis: 'choice' },
    ],
    [{ state: 'CA' }, null],
    [{ choice: undefined, gpc: undefined, usPrivacy: null, gpp: null, state: null }, null],
  ])('%j', (signals, consent) => {
    expect(consentFromSignals(signals)).toEqual(consent);
  });

  test.each<[string, object]>([
    ['a misspelt signal', { us_privacy: '1YYN' }],
    ['a choice that is a text', { choice: 'no' }],
    ['a GPP string that is an object', { gpp: {} }],
  ])('%s is refused', (_name, signals) => {
    expect(() => consentFromSignals(signals)).toThrow(KiipValidationError);
  });
});

describe('gpcFromRequest', () => {
  test.each<[string, Parameters<typeof gpcFromRequest>[0], boolean]>([
    ['a fetch request', new Request('http://x/', { headers: { 'Sec-GPC': '1' } }), true],
    ['a fetch request with 0', new Request('http://x/', { headers: { 'Sec-GPC': '0' } }), false],
    ['a fetch request without', new Request('http://x/'), false],
    ['a function host in its own letter case', { headers: { 'Sec-Gpc': '1' } }, true],
    ['a list of values', { headers: { 'sec-gpc': ['1'] } }, true],
    ['white space', { headers: { 'sec-gpc': ' 1 ' } }, true],
    ['true as a word', { headers: { 'sec-gpc': 'true' } }, false],
    ['no headers', {} as never, false],
    ['nothing', undefined as never, false],
  ])('%s', (_name, request, expected) => {
    expect(gpcFromRequest(request)).toBe(expected);
  });

  test('a request of node:http', async () => {
    const seen: boolean[] = [];
    const server = createServer((incoming: IncomingMessage, response) => {
      seen.push(gpcFromRequest(incoming));
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    for (const headers of [{ 'Sec-GPC': '1' }, {}])
      await new Promise((resolve, reject) =>
        httpRequest({ port, headers }, (response) => response.resume().on('end', resolve))
          .on('error', reject)
          .end(),
      );
    await new Promise((resolve) => server.close(resolve));
    expect(seen).toEqual([true, false]);
  });
});
