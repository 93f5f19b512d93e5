import { EEA_COUNTRIES, GDPR_COUNTRIES } from 'kiip-s2s';
import { isCountryOrGroup, listCountries, normalizeCountry } from '../../src/request/countries.js';

test('the EEA with the parts that have codes of their own, and those whose law is the GDPR', () => {
  expect(EEA_COUNTRIES).toHaveLength(37);
  expect(new Set(EEA_COUNTRIES).size).toBe(37);
  for (const code of ['AX', 'GF', 'GP', 'MQ', 'RE', 'YT', 'MF', 'IS', 'LI', 'NO'])
    expect(EEA_COUNTRIES).toContain(code);
  for (const code of ['GB', 'CH', 'GI', 'JE', 'GG', 'IM']) expect(EEA_COUNTRIES).not.toContain(code);
  expect(GDPR_COUNTRIES).toEqual([...EEA_COUNTRIES, 'GB', 'CH', 'GI', 'JE', 'GG', 'IM']);
  expect(() => (EEA_COUNTRIES as string[]).push('US')).toThrow(TypeError);
});

test('groups and codes mix, in any case; EL and UK are Greece and the United Kingdom', () => {
  expect([...listCountries('eea')].sort()).toEqual([...EEA_COUNTRIES].sort());
  expect([...listCountries(['gdpr', 'br', 'UK'])].sort()).toEqual([...GDPR_COUNTRIES, 'BR'].sort());
  expect(normalizeCountry('el')).toBe('GR');
  expect(normalizeCountry('uk')).toBe('GB');
  expect(normalizeCountry('GRC')).toBeNull();
  for (const name of ['eea', 'gdpr', 'de', 'XK']) expect(isCountryOrGroup(name)).toBe(true);
  for (const name of ['EEA', 'eu', 'Germany', '', 'constructor']) expect(isCountryOrGroup(name)).toBe(false);
});
