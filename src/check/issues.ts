import type { ValidationIssue } from '../errors/index.js';
import type * as z from '../zod.js';

export { joinIssues } from '../errors/validation-issue.js';

const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ['optOut', 'optedOut'],
  ['ua', 'userAgent'],
  ['email', 'emailAddress'],
]);
const LONGEST_NAME = 40;

/** Whether one insertion, deletion, replacement or swap of neighbours turns `a` into `b`. */
function isOneEdit(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  const restA = a.slice(start);
  const restB = b.slice(start);
  if (restA.slice(1) === restB.slice(1) || restA.slice(1) === restB || restA === restB.slice(1)) return true;
  return restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2);
}

/** Drops letter case and underscores, so that `user_agent` and `userID` are recognised as `userAgent` and `userId`. */
const fold = (name: string): string => name.replaceAll('_', '').toLowerCase();

/** Finds the known name that a misspelt key stands for; `undefined` when none is one edit away. */
export function findMeantName(key: string, known: readonly string[]): string | undefined {
  if (key.length > LONGEST_NAME) return undefined;
  const spelt = SPELLINGS.get(key);
  if (spelt !== undefined && known.includes(spelt)) return spelt;
  const folded = fold(key);
  return known.find((name) => fold(name) === folded) ?? known.find((name) => isOneEdit(folded, fold(name)));
}

function join(path: string, key: PropertyKey): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  return path === '' ? String(key) : `${path}.${String(key)}`;
}

/**
 * Describes a key that a schema does not know. It quotes the key only when it is a misspelling of a known name: any
 * other key may be data, such as an email address.
 */
export function describeUnknownKey(path: string, key: string, known: readonly string[]): ValidationIssue {
  const meant = findMeantName(key, known);
  if (meant !== undefined) return { path: join(path, key), message: `is not a known field (did you mean ${meant}?)` };
  const names = known.length === 0 ? 'no field is allowed here' : `the known ones are ${known.join(', ')}`;
  return { path: join(path, '(unknown key)'), message: `is not a known field: ${names}` };
}

interface Nested {
  readonly shape?: Readonly<Record<string, Nested>>;
  readonly element?: Nested;
  readonly options?: readonly Nested[];
  unwrap?(): Nested;
}

/** Lists the names that a schema knows at a path. */
function listKnownNames(schema: Nested | undefined, path: readonly PropertyKey[]): string[] {
  if (schema === undefined) return [];
  if (schema.options !== undefined) return schema.options.flatMap((option) => listKnownNames(option, path));
  if (schema.element !== undefined) return listKnownNames(schema.element, path.slice(1));
  if (schema.unwrap !== undefined) return listKnownNames(schema.unwrap(), path);
  const [key, ...rest] = path;
  if (key === undefined) return Object.keys(schema.shape ?? {});
  return listKnownNames(schema.shape?.[String(key)], rest);
}

/** Turns zod's issues into ours, which name paths and never hold a value. */
function toIssues(schema: z.ZodType, issues: readonly z.core.$ZodIssue[], prefix = ''): ValidationIssue[] {
  return issues.flatMap((issue) => {
    const path = issue.path.reduce(join, prefix);
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
    const known = listKnownNames(schema as unknown as Nested, issue.path);
    return issue.keys.map((key) => describeUnknownKey(path, key, known));
  });
}

/** Lists every problem of a value. */
export function listIssues(schema: z.ZodType, value: unknown, prefix = ''): ValidationIssue[] {
  const result = schema.safeParse(value);
  return result.success ? [] : toIssues(schema, result.error.issues, prefix);
}
