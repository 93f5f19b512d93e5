import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Pool } from 'pg';
import { freePort, startPostgres } from '../support/services.js';
import { SECRET } from './deliveries.js';
import { waitFor, type RunningHost, type Workshop } from './programs.js';

const NEXT = resolve('node_modules/next/dist/bin/next');
const LAYOUT = `export default function Layout({ children }: { children: React.ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
`;

/**
 * The example's route in an application of its own, built by `next build` with neither the secret nor the database in the environment, then
 * served with both. What to stop at the end goes into `stops`.
 */
export async function startNext(workshop: Workshop, stops: (() => Promise<void>)[]): Promise<RunningHost> {
  const folder = join(workshop.folder, 'next');
  mkdirSync(folder);
  cpSync('examples/fetch-handler/app', join(folder, 'app'), { recursive: true });
  writeFileSync(join(folder, 'app', 'layout.tsx'), LAYOUT);
  // The packages are this repository's, and the package itself is a link to it.
  writeFileSync(
    join(folder, 'next.config.mjs'),
    `export default { turbopack: { root: ${JSON.stringify(resolve('.'))} } };\n`,
  );
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  const env = { NEXT_TELEMETRY_DISABLED: '1', CI: '1' };
  const building = workshop.run(process.execPath, [NEXT, 'build', folder], env);
  if ((await building.end()) !== 0) throw new Error(`next build failed: ${building.output}`);

  const postgres = await startPostgres();
  const pool = new Pool({ connectionString: postgres.url });
  stops.push(async () => {
    await pool.end();
    await postgres.stop();
  });
  await pool.query(readFileSync('examples/express-postgres/schema.sql', 'utf8'));
  const { postgresLedger } = await import('kiip-s2s/postgres');
  await postgresLedger(pool).migrate();
  const port = await freePort();
  const serving = workshop.run(process.execPath, [NEXT, 'start', folder, '-p', String(port), '-H', '127.0.0.1'], {
    ...env,
    DATABASE_URL: postgres.url,
    KIIP_APP_SECRET: SECRET,
  });
  await waitFor(
    () => (serving.output.includes('Ready in') ? true : undefined),
    () => `next start: ${serving.output}`,
  );
  return {
    host: 'Next.js app router',
    version: (JSON.parse(readFileSync('node_modules/next/package.json', 'utf8')) as { version: string }).version,
    url: `http://127.0.0.1:${port}/kiip/callback`,
    async countCoins(userId) {
      const { rows } = await pool.query<{ coins: string }>('SELECT coins FROM players WHERE id = $1', [userId]);
      return Number(rows[0]?.coins ?? 0);
    },
    addPlayer: async (userId) => void (await pool.query('INSERT INTO players (id) VALUES ($1)', [userId])),
    listRefusals: () => serving.output.split('\n').filter((line) => line.includes('callback refused')),
  };
}
