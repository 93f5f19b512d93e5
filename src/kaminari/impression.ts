import { KiipValidationError, type ValidationIssue } from '../errors/index.js';
import { isAddress } from './address.js';
import { pingHeaders, type Visitor } from './headers.js';
import { SUB_NAMES, type Subs } from './subs.js';

/** One view of one page. */
export interface Impression {
  /** The id that the page's script carries too, 1 to 200 characters; see `createImpressionId` (PROTOCOL M3). */
  readonly kmnrId: string;
  /** The sub-tags of this view. @defaultValue none */
  readonly subs?: Subs | undefined;
  /** Who asked for the page; see `visitorFromRequest`. */
  readonly visitor: Visitor;
}

const UNCLEAN = /[\p{Cc}\p{Surrogate}]/u;
const MAX_ID_LENGTH = 200;

/** A ping, ready to send. */
export interface Ping {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Creates an impression id: 32 hexadecimal characters from the system's random source. Both the ping and Kaminari's ping-back accept this form
 * (PROTOCOL M3).
 */
export const createImpressionId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Describes what is wrong with an impression's or a conversion's id; `null` if it is valid (PROTOCOL M3). */
export function findIdProblem(id: unknown): string | null {
  if (typeof id !== 'string' || id === '') return 'must be a non-empty string, such as one from createImpressionId()';
  if (id.length > MAX_ID_LENGTH) return `must have at most ${MAX_ID_LENGTH} characters`;
  return UNCLEAN.test(id) ? 'must not contain control characters or lone surrogates' : null;
}

/** @throws KiipValidationError when the value cannot be an impression's id. */
export function checkImpressionId(kmnrId: unknown): void {
  refuse(listIdIssues(kmnrId));
}

function listIdIssues(kmnrId: unknown): ValidationIssue[] {
  const message = findIdProblem(kmnrId);
  return message === null ? [] : [{ path: 'kmnrId', message }];
}

/** Lists every problem with the sub-tags. */
export function listSubIssues(subs: unknown): ValidationIssue[] {
  if (subs === undefined) return [];
  if (!isRecord(subs)) return [{ path: 'subs', message: 'must be an object with sub1 … sub10' }];
  return Object.entries(subs).flatMap(([name, value]) => {
    if (!(SUB_NAMES as readonly string[]).includes(name))
      return [{ path: 'subs', message: 'can only contain sub1 … sub10: remove the other names' }];
    return value === undefined || typeof value === 'string'
      ? []
      : [{ path: `subs.${name}`, message: 'must be a string; leave out what you do not use' }];
  });
}

function listVisitorIssues(visitor: unknown): ValidationIssue[] {
  if (!isRecord(visitor))
    return [{ path: 'visitor', message: 'is missing: make one with visitorFromRequest(request)' }];
  const { ip, forwardedFor, headers } = visitor;
  const issues: ValidationIssue[] = [];
  if (typeof ip !== 'string' || (ip !== '' && !isAddress(ip)))
    issues.push({ path: 'visitor.ip', message: "must be an IPv4 or IPv6 address, or '' when it is not known" });
  if (typeof forwardedFor !== 'string' || !/^[\x20-\x7e]*$/.test(forwardedFor))
    issues.push({
      path: 'visitor.forwardedFor',
      message: "must be addresses separated by commas, or '' when they are not known",
    });
  if (!isRecord(headers))
    issues.push({
      path: 'visitor.headers',
      message: "must be an object: the visitor's headers, with names in lower case",
    });
  return issues;
}

/** @throws KiipValidationError with all problems. */
function refuse(issues: readonly ValidationIssue[]): void {
  if (issues.length > 0) throw new KiipValidationError(issues);
}

function refuseUnlessRecord(impression: unknown): void {
  if (!isRecord(impression)) refuse([{ path: 'impression', message: 'must be an object: { kmnrId, subs?, visitor }' }]);
}

/** Builds the JSON object that the ping and the page's script share, in the documents' order and without absent sub-tags (PROTOCOL M1). */
export function sharedFields(kmnrKey: string, impression: Pick<Impression, 'kmnrId' | 'subs'>): Record<string, string> {
  refuseUnlessRecord(impression);
  refuse([...listIdIssues(impression.kmnrId), ...listSubIssues(impression.subs)]);
  const fields: Record<string, string> = { kmnrKey, kmnrId: impression.kmnrId };
  for (const name of SUB_NAMES) {
    const value = impression.subs?.[name];
    if (value !== undefined) fields[name] = value;
  }
  return fields;
}

/**
 * Builds the request of an impression.
 *
 * @throws KiipValidationError with all problems.
 */
export function buildPing(kmnrKey: string, impression: Impression): Ping {
  refuseUnlessRecord(impression);
  refuse([
    ...listIdIssues(impression.kmnrId),
    ...listSubIssues(impression.subs),
    ...listVisitorIssues(impression.visitor),
  ]);
  return { headers: pingHeaders(impression.visitor), body: JSON.stringify(sharedFields(kmnrKey, impression)) };
}

/** Picks the valid sub-tags from a request's values, so that a visitor who sends `?sub1[]=x` cannot stop the ping. */
export function subsAmong(values: unknown): Subs {
  if (!isRecord(values)) return {};
  return Object.fromEntries(
    SUB_NAMES.flatMap((name) => (typeof values[name] === 'string' ? [[name, values[name]]] : [])),
  );
}
