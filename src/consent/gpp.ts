import { readBits, readInteger, readRanges } from './gpp-bits.js';

/**
 * The layout of a US section of a GPP string. `optOuts` are the places of the opt-outs in its core segment, in bits.
 */
interface Layout {
  readonly versions: readonly number[];
  readonly optOuts: readonly number[];
  /** Whether a second segment can carry the browser's Global Privacy Control. */
  readonly hasGpc: boolean;
}

const state = (saleAt: number, targetedAt: number): Layout => ({
  versions: [1],
  optOuts: [saleAt, targetedAt],
  hasGpc: false,
});

const stateWithGpc = (saleAt: number, targetedAt: number): Layout => ({ ...state(saleAt, targetedAt), hasGpc: true });

// By section id, from the IAB's "Global Privacy Platform" specification. Each field has two bits: 0 not applicable, 1
// opted out, 2 did not opt out. The fields are sale and targeted advertising, unless the line names others.
const LAYOUTS: ReadonlyMap<number, Layout> = new Map([
  [7, { versions: [1, 2], optOuts: [18, 20, 22], hasGpc: true }], // USNat: sale, sharing and targeted advertising
  [8, { versions: [1], optOuts: [12, 14], hasGpc: true }], // California: sale and sharing
  [9, state(12, 14)], // Virginia
  [10, stateWithGpc(12, 14)], // Colorado
  [11, state(14, 16)], // Utah
  [12, stateWithGpc(12, 14)], // Connecticut
  [13, state(12, 14)], // Florida
  [14, stateWithGpc(12, 14)], // Montana
  [15, stateWithGpc(12, 14)], // Oregon
  [16, stateWithGpc(12, 14)], // Texas
  [17, stateWithGpc(12, 14)], // Delaware
  [18, stateWithGpc(14, 16)], // Iowa
  [19, stateWithGpc(12, 14)], // Nebraska
  [20, stateWithGpc(12, 14)], // New Hampshire
  [21, stateWithGpc(12, 14)], // New Jersey
  [22, stateWithGpc(12, 14)], // Tennessee
  [23, stateWithGpc(12, 14)], // Minnesota
  [24, stateWithGpc(16, 18)], // Maryland
  [25, state(16, 18)], // Indiana
  [26, state(16, 18)], // Kentucky
  [27, state(16, 18)], // Rhode Island
]);

const OPTED_OUT = 1;
const DID_NOT = 2;
const HEADER_TYPE = 3;
const HEADER_VERSION = 1;
const GPC_SEGMENT = 1;
/** The longest text to read. A string with every section has less than a tenth of this length. */
const LONGEST = 20_000;

/** Whether a segment after the core one carries the Global Privacy Control. */
function saysGpc(segment: string): boolean {
  const bits = readBits(segment);
  return bits !== null && readInteger(bits, 0, 2) === GPC_SEGMENT && bits[2] === '1';
}

/** Reads one section: `true` for opted out, `false` for not, `null` when it says nothing or cannot be read. */
function readSection(text: string, { versions, optOuts, hasGpc }: Layout): boolean | null {
  const [core = '', ...segments] = text.split('.');
  const bits = readBits(core);
  const version = bits === null ? null : readInteger(bits, 0, 6);
  if (bits === null || version === null || !versions.includes(version)) return null;
  const fields = optOuts.map((at) => readInteger(bits, at, 2));
  if (fields.includes(null)) return null;
  if (fields.includes(OPTED_OUT) || (hasGpc && segments.some(saysGpc))) return true;
  return fields.includes(DID_NOT) ? false : null;
}

/**
 * Reads a string of the IAB's Global Privacy Platform. `true`: a US section carries an opt-out from sale, sharing or
 * targeted advertising, or the Global Privacy Control. `false`: a section says that the user did not opt out. `null`:
 * no section says anything (PROTOCOL K14).
 */
export function readGpp(text: string): boolean | null {
  if (text.length > LONGEST) return null;
  const [header = '', ...sections] = text.trim().split('~');
  const bits = readBits(header);
  if (bits === null || readInteger(bits, 0, 6) !== HEADER_TYPE || readInteger(bits, 6, 6) !== HEADER_VERSION)
    return null;
  const ids = readRanges(bits, 12);
  // A section does not hold its id, so only a header with the same number of ids tells which is which.
  if (ids === null || ids.length !== sections.length) return null;
  const said = ids.map((id, index) => {
    const layout = LAYOUTS.get(id);
    return layout === undefined ? null : readSection(sections[index] ?? '', layout);
  });
  if (said.includes(true)) return true;
  return said.includes(false) ? false : null;
}
