import type { ValidationIssue } from '../errors/index.js';
import type * as z from '../zod.js';

// A name, not an id or a key: those have digits.
const IDENTIFIER = /^(?!(?:\D*\d){3})[A-Za-z_]\w{0,30}$/;
const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ['userid', 'userId'],
  ['userID', 'userId'],
  ['optOut', 'optedOut'],
  ['ua', 'userAgent'],
  ['email', 'emailAddress'],
]);

const toCamelCase = (name: string): string =>
  SPELLINGS.get(name) ?? name.replace(/_+([a-z])/g, (_, letter: string) => letter.toUpperCase());

function join(path: string, key: PropertyKey): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  // An unknown key may be data that slipped into a key's place: only what looks like a name is repeated.
  const name = typeof key === 'string' && IDENTIFIER.test(key) ? key : '(unprintable key)';
  return path === '' ? name : `${path}.${name}`;
}

function unknownKey(path: string, key: string): ValidationIssue {
  const camel = toCamelCase(key);
  const hint =
    camel === key
      ? 'is not a known field: remove it or correct its spelling'
      : `is not a known field: inputs are camelCase, did you mean ${camel}?`;
  return { path: join(path, key), message: hint };
}

/** Turns zod's issues into ours: the caller's names, never a value. */
export function toIssues(issues: readonly z.core.$ZodIssue[], prefix = ''): ValidationIssue[] {
  return issues.flatMap((issue) => {
    const path = issue.path.reduce(join, prefix);
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => unknownKey(path, key))
      : [{ path, message: issue.message }];
  });
}
