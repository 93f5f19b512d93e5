import { KiipConfigError } from '../errors/index.js';
import { fromEnvironment } from './environment.js';
import { readInput } from './input.js';

/** App secrets and where they come from. Print only `source` and `notes`. */
export interface Secrets {
  readonly values: readonly string[];
  readonly source: string;
  readonly notes: readonly string[];
}

/**
 * Reads app secrets from files, or else one from the environment. Never reads an argument, which every user of the
 * machine can see.
 *
 * @throws KiipConfigError when no secret is set, or a file cannot be read or is empty.
 */
export async function readSecrets(files: readonly string[]): Promise<Secrets> {
  if (files.length > 0) {
    const read = await Promise.all(files.map(readSecretFile));
    return {
      values: read.map(({ value }) => value),
      source: files.join(', '),
      notes: read.flatMap(({ notes }) => notes),
    };
  }
  const value = fromEnvironment('KIIP_APP_SECRET');
  if (value === undefined) {
    throw new KiipConfigError(
      'There is no app secret: set KIIP_APP_SECRET, or name a file that holds it with --secret-file.',
    );
  }
  return { values: [value], source: 'KIIP_APP_SECRET', notes: [] };
}

async function readSecretFile(path: string): Promise<{ value: string; notes: string[] }> {
  const text = (await readInput(path, 'The secret')).toString('utf8');
  // Editors end a file with a line break that is not part of the secret. A backend that reads the same file must drop
  // it too.
  const value = text.replace(/\r?\n$/, '');
  if (value.trim() === '') throw new KiipConfigError(`The secret file ${path} is empty: put the app secret into it.`);
  const notes = value === text ? [] : [`The line break at the end of ${path} was not taken as part of the secret.`];
  return { value, notes };
}
