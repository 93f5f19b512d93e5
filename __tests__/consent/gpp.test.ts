import { GppModel } from '@iabgpp/cmpapi';
import fc from 'fast-check';
import { consentFromSignals } from 'kiip-s2s/consent';

/** Every US section that the IAB's own library knows: the fields that say "opted out", the versions, and whether it can carry GPC. */
const targeted = ['SaleOptOut', 'TargetedAdvertisingOptOut'];
const sections: { name: string; optOuts: string[]; versions: (number | null)[]; hasGpc: boolean }[] = [
  {
    name: 'usnat',
    optOuts: ['SaleOptOut', 'SharingOptOut', 'TargetedAdvertisingOptOut'],
    versions: [1, 2],
    hasGpc: true,
  },
  { name: 'usca', optOuts: ['SaleOptOut', 'SharingOptOut'], versions: [1], hasGpc: true },
  ...['usco', 'usct', 'usmt', 'usor', 'ustx', 'usde', 'usia', 'usne', 'usnh', 'usnj', 'ustn', 'usmn'].map((name) => ({
    name,
    optOuts: targeted,
    versions: [1],
    hasGpc: true,
  })),
  { name: 'usmd', optOuts: targeted, versions: [null], hasGpc: true },
  ...['usva', 'usut', 'usfl'].map((name) => ({ name, optOuts: targeted, versions: [1], hasGpc: false })),
  ...['usin', 'usky', 'usri'].map((name) => ({ name, optOuts: targeted, versions: [null], hasGpc: false })),
];
const GPC_STATES = [null, false, true] as const;

/** What the library reads in a string, put together as PROTOCOL K14 says. */
function expected(text: string): boolean | null {
  const model = new GppModel(text);
  const said = sections.flatMap(({ name, optOuts, hasGpc }) => {
    if (!model.hasSection(name)) return [];
    const values: unknown[] = optOuts.map((field) => model.getFieldValue(name, field) as unknown);
    if (values.includes(1) || (hasGpc && model.getFieldValue(name, 'Gpc') === true)) return [true];
    return values.includes(2) ? [false] : [];
  });
  if (said.includes(true)) return true;
  return said.length > 0 ? false : null;
}

const read = (gpp: string): boolean | null => consentFromSignals({ gpp })?.optedOut ?? null;

function* combinations(length: number): Generator<number[]> {
  for (let code = 0; code < 3 ** length; code += 1)
    yield Array.from({ length }, (_, index) => Math.floor(code / 3 ** index) % 3);
}

interface Said {
  name: string;
  version: number | null;
  values: Readonly<Record<string, number>>;
  gpc: boolean | null;
}

function write(said: readonly Said[]): string {
  const model = new GppModel();
  for (const { name, version, values, gpc } of said) {
    if (version !== null) model.setFieldValue(name, 'Version', version);
    for (const [field, value] of Object.entries(values)) model.setFieldValue(name, field, value);
    if (gpc !== null) {
      model.setFieldValue(name, 'GpcSegmentIncluded', true);
      model.setFieldValue(name, 'Gpc', gpc);
    } else if (sections.find((section) => section.name === name)?.hasGpc === true) {
      model.setFieldValue(name, 'GpcSegmentIncluded', false);
    }
  }
  return model.encode();
}

test('every section, every combination of the fields that matter: as the IAB’s own library reads it', () => {
  const differences: string[] = [];
  const seen = new Set<string>();
  for (const { name, optOuts, versions, hasGpc } of sections) {
    for (const version of versions)
      for (const values of combinations(optOuts.length))
        for (const gpc of hasGpc ? GPC_STATES : [null]) {
          const fields = Object.fromEntries(optOuts.map((field, index) => [field, values[index] ?? 0]));
          const text = write([{ name, version, values: fields, gpc }]);
          seen.add(text);
          if (read(text) !== expected(text)) differences.push(text);
        }
  }
  process.stdout.write(
    `GPP: ${seen.size} strings of ${sections.length} sections compared, ${differences.length} differ\n`,
  );
  expect(seen.size).toBe(594);
  expect(differences).toEqual([]);
});

test('several sections in one string, with others in between: as the IAB’s own library reads it', () => {
  let compared = 0;
  const section = fc.constantFrom(...sections).chain(({ name, optOuts, versions, hasGpc }) =>
    fc.record({
      name: fc.constant(name),
      version: fc.constantFrom(...versions),
      values: fc
        .array(fc.constantFrom(0, 1, 2), { minLength: optOuts.length, maxLength: optOuts.length })
        .map((values) => Object.fromEntries(optOuts.map((field, index) => [field, values[index] ?? 0]))),
      gpc: fc.constantFrom(...(hasGpc ? GPC_STATES : [null])),
    }),
  );
  fc.assert(
    fc.property(
      fc.uniqueArray(section, { minLength: 1, maxLength: 8, selector: ({ name }) => name }),
      fc.boolean(),
      (said, withTcf) => {
        const model = new GppModel(write(said));
        if (withTcf) model.setFieldValue('uspv1', 'OptOutSale', 'Y');
        const text = model.encode();
        compared += 1;
        expect(read(text)).toBe(expected(text));
      },
    ),
    { numRuns: 1_500 },
  );
  process.stdout.write(`GPP: ${compared} strings of up to eight sections compared\n`);
});

test.each([
  '',
  'DB',
  'DBAA',
  'DBABLA',
  'DBABLA~',
  'DBABLA~BVQqAAAAAgA.QA~BVQqAAAAAgA.QA',
  'CBABLA~BVQqAAAAAgA.QA',
  'DBABLA~%%%',
  'DBABLA~B',
  'DBABLA~zVQqAAAAAgA',
  `DBABLA~${'B'.repeat(30_000)}`,
  `D${'_'.repeat(10_000)}`,
  `D${'/'.repeat(10_000)}`,
  'DBAB_____',
])('%.40s… says nothing, and never "opted in"', (gpp) => {
  expect(read(gpp)).toBeNull();
});

test('a version of a section that is not known says nothing', () => {
  const [header = '', section = ''] = write([
    { name: 'usca', version: 1, values: { SaleOptOut: 2, SharingOptOut: 2 }, gpc: null },
  ]).split('~');
  expect(read(`${header}~${section}`)).toBe(false);
  expect(read(`${header}~C${section.slice(1)}`)).toBeNull();
});

test('any text at all is read or says nothing', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^DBAB[A-Za-z_~.-]{0,60}$/)), (gpp) => {
      expect([true, false, null]).toContain(read(gpp));
    }),
    { numRuns: 3_000 },
  );
});
