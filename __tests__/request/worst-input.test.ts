import {
  adviseOn,
  buildMoment,
  KiipValidationError,
  parseBodyUrl,
  parseMomentResponse,
  parseSessionResponse,
  type DeviceContext,
} from 'kiip-s2s';
import { consentFromSignals } from 'kiip-s2s/consent';
import { APP, CONTEXT } from '../support/context.js';

const LENGTH = 100_000;
const CHARACTERS = [
  ':',
  '+',
  '-',
  '_',
  '.',
  ' ',
  '@',
  '#',
  '~',
  '/',
  '0',
  'a',
  '\u0000',
  'x_',
  ':1',
  '1:',
  '%',
  '=',
  'é',
];

/** The fastest of three: one run may meet the garbage collector. */
function timeOf(act: () => unknown): number {
  const times = [1, 2, 3].map(() => {
    const startedAt = performance.now();
    try {
      act();
    } catch (error) {
      if (!(error instanceof KiipValidationError) && (error as Error).name !== 'KiipResponseError') throw error;
    }
    return performance.now() - startedAt;
  });
  return Math.min(...times);
}

const send = (over: object) => buildMoment(APP, 'm', { ...CONTEXT, ...over } as DeviceContext);
const device = (over: object) => send({ device: { ...CONTEXT.device, ...over } });

const readers: [string, (text: string) => unknown][] = [
  ['connection.ip', (ip) => send({ connection: { ip } })],
  ['device.locale', (locale) => device({ locale })],
  ['device.id and the advice on it', (id) => adviseOn(device({ id }))],
  ['device.os', (os) => adviseOn(device({ os }))],
  ['device.resolution', (resolution) => device({ resolution })],
  ['emailAddress', (emailAddress) => send({ emailAddress })],
  ['consent.state', (state) => send({ consent: { optedOut: true, state } })],
  ['country', (country) => send({ country })],
  ['an unknown key', (key) => send({ [key]: 1 })],
  ['a date', (date) => parseSessionResponse({ date })],
  ['a used date', (used_date) => parseMomentResponse({ view: { used_date, modal: { body_url: 'https://x.org/' } } })],
  ['a body URL', (text) => parseBodyUrl(`https://x.org/reward/${text}?${text}`)],
  ['an error of the platform', (error) => parseSessionResponse({ error: `${error}!` })],
  ['usPrivacy', (usPrivacy) => consentFromSignals({ usPrivacy })],
  ['gpp', (text) => consentFromSignals({ gpp: `DBABLA${text}` })],
];

describe.each(readers)('%s of 100,000 characters', (_name, read) => {
  test.each(CHARACTERS)('of %j', (characters) => {
    const text = characters.repeat(LENGTH / characters.length);
    const act = (): void => {
      try {
        read(text);
      } catch (error) {
        if ((error as Error).name !== 'KiipRefusedError') throw error;
      }
    };
    expect(timeOf(act)).toBeLessThan(50);
  });
});
