import fc from 'fast-check';
import { parseBodyUrl } from 'kiip-s2s';

/** The same address through `URL` alone: a `URL` object never takes the short way. */
const viaUrl = (address: string): unknown =>
  outcomeOf(() => {
    let url: URL;
    try {
      url = new URL(address);
    } catch {
      return 'KiipResponseError';
    }
    return parseBodyUrl(url);
  });
const outcomeOf = (read: () => unknown): unknown => {
  try {
    return read();
  } catch (error) {
    return (error as Error).name;
  }
};

const REWARD =
  'https://api.kiip.me/reward/577ea3aa/5473ca54?application_id=565a559f&locale=en_US&moment_id=57&mode=standalone&preview=true';

test.each([
  REWARD,
  `${REWARD}&&x&=y&mode=other&__proto__=z&constructor=c&a=b=c`,
  'https://api.kiip.me/reward/preview/1?',
  'https://api.kiip.me/reward/./1',
  'https://api.kiip.me/a/../reward/u/1',
  'https://api.kiip.me/a/%2e%2E/reward/u/1',
  'https://api.kiip.me/.hidden/reward/u/1',
  'https://api.kiip.me/reward/u/%41%zz%',
  'https://api.kiip.me/reward/u/1?a=%41&b=c+d',
  'https://api.kiip.me',
  'https://API.kiip.me/reward/u/1',
  'HTTPS://api.kiip.me/reward/u/1',
  'https://api.kiip.me:443/reward/u/1',
  'https://api.kiip.me:8443/reward/u/1',
  'https://user:password@api.kiip.me/reward/u/1',
  'https://1.2.3.0x7/reward/u/1',
  'https://a.b.1/reward/u/1',
  'https://xn--a.me/reward/u/1',
  'https://a.xn--/reward/u/1',
  'https://a-.b--c.me/reward/u/1',
  'https://api.kiip.me/reward/u/1#part',
  'https://api.kiip.me/reward/u\\1',
  'https://api.kiip.me/reward//u//1/',
  'https://api.kiip.me/reward/u/1\n',
  ' https://api.kiip.me/reward/u/1',
  'http://localhost:8080/reward/u/1?a=b',
  'http://api.kiip.me/reward/u/1',
])('%j reads as URL reads it', (address) => {
  expect(outcomeOf(() => parseBodyUrl(address))).toEqual(viaUrl(address));
});

test('any address reads as URL reads it', () => {
  const piece = fc.constantFrom(
    ...['https://', 'http:', '/', '/', '.', '..', '%2e', '%2E', '%', '+', '?', '&', '&', '=', '=', '#', ':', '@', '\\'],
    ...[
      'a',
      'b1',
      '1',
      '0x7',
      'xn--',
      '-',
      '--',
      'A',
      '_',
      '~',
      'é',
      ' ',
      '\n',
      '\t',
      "'",
      '"',
      '<',
      '|',
      '^',
      'preview',
      'reward',
    ],
  );
  const tail = fc.array(piece, { maxLength: 16 }).map((pieces) => pieces.join(''));
  const address = fc
    .tuple(fc.constantFrom('https://', 'https://a.', 'https://api.kiip.me/', REWARD), tail)
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(address, (text) => {
      expect(outcomeOf(() => parseBodyUrl(text))).toEqual(viaUrl(text));
    }),
    { numRuns: 3_000 },
  );
});
