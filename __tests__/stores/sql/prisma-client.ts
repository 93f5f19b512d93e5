import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { PrismaPg } from '@prisma/adapter-pg';

// Prisma's client is generated code. It needs no engine, but `prisma generate` looks for one: it would download the engine of the migrations.

const SCHEMA = `
generator client {
  provider   = "prisma-client-js"
  engineType = "client"
  output     = "./client"
}
datasource db {
  provider = "postgresql"
}
model players {
  id    String @id
  coins Int
}
`;

/** What is used of a transaction of the generated client. */
export interface PrismaTx {
  readonly players: {
    updateMany(change: { where: { id: string }; data: { coins: { increment: number } } }): Promise<{ count: number }>;
  };
  $queryRawUnsafe(text: string, ...values: unknown[]): Promise<unknown[]>;
  $transaction<T>(run: (tx: PrismaTx) => Promise<T>, options?: { timeout: number }): Promise<T>;
}

interface PrismaClient extends PrismaTx {
  $disconnect(): Promise<void>;
}

/** Opens the generated client; generates it before the first test that needs it. */
export function openPrisma(adapter: PrismaPg): PrismaClient {
  const modules = resolve('node_modules');
  const folder = join(modules, '.cache', 'kiip-prisma');
  if (!existsSync(join(folder, 'client'))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'schema.prisma'), SCHEMA);
    // Any file that exists passes for the engine, which generating does not run.
    const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' };
    execFileSync(process.execPath, [join(modules, '.bin', 'prisma'), 'generate'], { cwd: folder, env, stdio: 'pipe' });
  }
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const generated = require(join(folder, 'client')) as { PrismaClient: new (options: object) => PrismaClient };
  return new generated.PrismaClient({ adapter });
}
