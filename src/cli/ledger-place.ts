import { createRequire } from 'node:module';
import { join } from 'node:path';
import { KiipConfigError } from '../errors/index.js';
import type { LedgerEntry } from '../stores/ledger.js';

/** Where a ledger keeps its entries. */
export interface LedgerPlace {
  readonly table?: string;
  readonly schema?: string;
  readonly prefix?: string;
}

interface Opened {
  readonly kind: 'postgres' | 'redis';
  readonly ledger: { find(transactionId: string): Promise<readonly LedgerEntry[]> };
  close(): Promise<unknown>;
}

interface RedisClient {
  connect?(): Promise<unknown>;
  close?(): Promise<unknown>;
  quit(): Promise<unknown>;
  on(event: 'error', listener: () => void): unknown;
}

/** Loads a driver of the project in which the command runs; `null` when it is not installed. */
function loadDriver(name: string): Record<string, unknown> | null {
  try {
    return createRequire(join(process.cwd(), 'package.json'))(name) as Record<string, unknown>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

const missing = (variable: string, names: string): KiipConfigError =>
  new KiipConfigError(`${variable} is set, but this project has no driver for it: npm install ${names}.`);

/**
 * Opens the ledger that the environment names.
 * @throws KiipConfigError when it names none, or the driver is not installed.
 */
export async function openLedger(place: LedgerPlace): Promise<Opened> {
  const { DATABASE_URL: database = '', REDIS_URL: redis = '' } = process.env;
  if (/^postgres(?:ql)?:/.test(database)) return openPostgres(database, place);
  if (redis !== '') return openRedis(redis, place);
  throw new KiipConfigError(
    database === ''
      ? 'Nothing was looked up: set DATABASE_URL (postgres:) or REDIS_URL to the address of the ledger.'
      : 'Nothing was looked up: DATABASE_URL is not a postgres: URL. For another database, call find() of your sqlLedger.',
  );
}

async function openPostgres(connectionString: string, { table, schema }: LedgerPlace): Promise<Opened> {
  const driver = loadDriver('pg');
  if (driver === null) throw missing('DATABASE_URL', 'pg');
  const { postgresLedger } = await import('../stores/postgres/index.js');
  const Pool = driver['Pool'] as new (
    options: object,
  ) => Parameters<typeof postgresLedger>[0] & { end(): Promise<void> };
  const pool = new Pool({ connectionString, max: 1 });
  const ledger = postgresLedger(pool, {
    ...(table !== undefined && { table }),
    ...(schema !== undefined && { schema }),
  });
  return { kind: 'postgres', ledger, close: () => pool.end() };
}

async function openRedis(url: string, { prefix }: LedgerPlace): Promise<Opened> {
  const { redisLedger } = await import('../stores/redis/index.js');
  const client = await connectRedis(url);
  const ledger = redisLedger(client as unknown as Parameters<typeof redisLedger>[0], {
    ...(prefix !== undefined && { prefix }),
  });
  return { kind: 'redis', ledger, close: () => client.quit() };
}

async function connectRedis(url: string): Promise<RedisClient> {
  const nodeRedis = loadDriver('redis');
  if (nodeRedis !== null) {
    const createClient = nodeRedis['createClient'] as (options: object) => RedisClient;
    const client = createClient({ url, socket: { reconnectStrategy: false } });
    // The call that fails reports the error. Without a listener it would also end the process.
    client.on('error', () => undefined);
    await client.connect?.();
    return client;
  }
  const ioRedis = loadDriver('ioredis');
  if (ioRedis === null) throw missing('REDIS_URL', 'redis');
  const Redis = ioRedis['Redis'] as new (url: string, options: object) => RedisClient;
  const client = new Redis(url, { maxRetriesPerRequest: 1, retryStrategy: () => null });
  client.on('error', () => undefined);
  return client;
}
