import { buildMoment, type DeviceContext } from 'kiip-s2s';
import { momentPayloadSchema } from 'kiip-s2s/schemas';
import { APP, CONTEXT } from '../support/context.js';

const sent = (over: Partial<DeviceContext>) => buildMoment(APP, 'level_up', { ...CONTEXT, ...over });

// What devices really report (PROTOCOL K0, K7, K12, K14) and what goes out; undefined: the key is left out.

const locales: [from: string, value: string, expected: string][] = [
  ['Android, Locale.toString()', 'en_US', 'en_US'],
  ['Android, Locale.toString()', 'zh_CN_#Hans', 'zh_CN'],
  ['Android, Locale.toString()', 'zh_TW_#Hant', 'zh_TW'],
  ['Android, Locale.toString()', 'zh__#Hans', 'zh'],
  ['Android, Locale.toString()', 'sr_RS_#Latn', 'sr_RS'],
  ['Android, Locale.toString()', 'uz_UZ_#Cyrl', 'uz_UZ'],
  ['Android, Locale.toString()', 'th_TH_TH_#u-nu-thai', 'th_TH'],
  ['Android, Locale.toString()', 'ja_JP_JP_#u-ca-japanese', 'ja_JP'],
  ['Android, Locale.toString()', 'es_419', 'es_419'],
  ['Android, Locale.toString()', 'fil_PH', 'fil_PH'],
  ['Android, old language codes', 'iw_IL', 'iw_IL'],
  ['Android, old language codes', 'in_ID', 'in_ID'],
  ['Android, toLanguageTag()', 'en-GB', 'en_GB'],
  ['Android, toLanguageTag()', 'pt-BR', 'pt_BR'],
  ['Android, toLanguageTag()', 'zh-Hans-CN', 'zh_CN'],
  ['Android 14, regional preferences', 'en-US-u-fw-mon-mu-celsius', 'en_US'],
  ['Android emulator', 'en_XA', 'en_XA'],
  ['iOS, Locale.identifier', 'en_US@rg=gbzzzz', 'en_US'],
  ['iOS, Locale.identifier', 'ar_SA@calendar=islamic-umalqura', 'ar_SA'],
  ['iOS, Locale.identifier', 'th_TH@calendar=buddhist;numbers=thai', 'th_TH'],
  ['iOS, Locale.identifier', 'zh-Hans_US', 'zh_US'],
  ['iOS, Locale.identifier', 'de_DE@collation=phonebook', 'de_DE'],
  ['iOS, preferredLanguages', 'zh-Hant-HK', 'zh_HK'],
  ['iOS, preferredLanguages', 'sr-Latn', 'sr'],
  ['iOS, preferredLanguages', 'yue-Hant-HK', 'yue_HK'],
  ['iOS simulator', 'en_US_POSIX', 'en_US_POSIX'],
  ['browser', 'ca-ES-valencia', 'ca_ES_valencia'],
  ['browser', 'de-CH-1996', 'de_CH_1996'],
  ['browser', 'en', 'en'],
  ['Linux, LANG', 'en_US.UTF-8', 'en_US'],
  ['Linux, LANG', 'de_DE.UTF-8@euro', 'de_DE'],
  ['Linux, LANG', 'sr_RS@latin', 'sr_RS'],
  ['game engine, lower case', 'en_us', 'en_US'],
  ['game engine, white space', ' fr_FR ', 'fr_FR'],
];

const emails: [value: string, expected: string | undefined][] = [
  ['hello@kiip.me', 'hello@kiip.me'],
  [' hello@kiip.me\n', 'hello@kiip.me'],
  ['jörg@example.de', 'jörg@example.de'],
  ['john..doe@docomo.ne.jp', 'john..doe@docomo.ne.jp'],
  ['a&b@x.com', 'a&b@x.com'],
  ["o'brien+games@example.co.uk", "o'brien+games@example.co.uk"],
  ['用户@例子.广告', '用户@例子.广告'],
  ['me@localhost', 'me@localhost'],
  ['"a@b"@example.org', '"a@b"@example.org'],
  ['', undefined],
];

const states: [value: string, expected: string | undefined][] = [
  ['CA', 'CA'],
  ['ca', 'CA'],
  ['Wa', 'WA'],
  [' ny ', 'NY'],
  ['dc', 'DC'],
  ['pr', 'PR'],
  ['', undefined],
];

const accuracies: [from: string, value: number, expected: number | undefined][] = [
  ['Android, GPS', 3.790092706680298, 4],
  ['Android, fused', 12.5, 13],
  ['Android, network', 1_899.999, 1_900],
  ['Android, unknown', 0, undefined],
  ['iOS, best', 4.7, 5],
  ['iOS, reduced accuracy', 5_000, 5_000],
  ['iOS, invalid', -1, undefined],
  ['browser', 0.3, 1],
  ['negative zero', -0, undefined],
];

test.each(locales)('%s: %j goes out as %j', (_from, locale, expected) => {
  const payload = sent({ device: { ...CONTEXT.device, locale } });
  expect(payload.device.locale).toBe(expected);
  momentPayloadSchema.parse(payload);
});

test.each(emails)('the address %j goes out as %j', (emailAddress, expected) => {
  const payload = sent({ emailAddress });
  expect(payload.email_address).toBe(expected);
  momentPayloadSchema.parse(payload);
});

test.each(states)('the state %j goes out as %j', (state, expected) => {
  const payload = sent({ consent: { optedOut: true, state } });
  expect(payload.user_consent_info?.state).toBe(expected);
  momentPayloadSchema.parse(payload);
});

test.each(accuracies)('%s: an accuracy of %d goes out as %j', (_from, accuracy, expected) => {
  const payload = sent({ location: { lat: 39.04, lng: -77.49, accuracy } });
  expect(payload.location?.accuracy).toBe(expected);
  momentPayloadSchema.parse(payload);
});

test('that makes sixty', () => {
  expect(locales.length + emails.length + states.length + accuracies.length).toBe(60);
});
