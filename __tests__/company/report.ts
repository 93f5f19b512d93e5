import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Row {
  readonly tool: string;
  readonly version: string;
  readonly ran: string;
  result: string;
}

const rows: Row[] = [];

/** The installed version, or `null`. An alias (`nock13`) has the version of what it stands for. */
function readVersion(name: string): string | null {
  try {
    const manifest = readFileSync(join('node_modules', name, 'package.json'), 'utf8');
    return (JSON.parse(manifest) as { version: string }).version;
  } catch {
    return null;
  }
}

/** A test that owns a row of the table. A tool that is not installed gets its row too; in CI it fails. */
export function testWith(tool: string, ran: string, run: () => Promise<void>): void {
  const version = readVersion(tool);
  const row: Row = { tool, version: version ?? 'not installed', ran, result: 'not run' };
  rows.push(row);
  const name = `${tool} ${row.version}: ${ran}`;
  if (version === null && process.env['CI'] === undefined) {
    test.skip(name, () => undefined);
    return;
  }
  test(
    name,
    async () => {
      expect(version).not.toBeNull();
      row.result = 'FAILED';
      await run();
      row.result = 'works';
    },
    120_000,
  );
}

/** A row for what does not run here, so that it is not passed over in silence. */
export function noteUntried(tool: string, version: string, why: string): void {
  rows.push({ tool, version, ran: 'nothing', result: `not tried: ${why}` });
}

/** Every tool tried so far with its version, for the page that names them. */
export function listTools(): ReadonlyMap<string, string> {
  return new Map(rows.filter(({ ran }) => ran !== 'nothing').map(({ tool, version }) => [tool, version]));
}

export function printTable(): void {
  const head = { tool: 'tool', version: 'version', ran: 'what ran', result: 'result' };
  const columns = ['tool', 'version', 'ran', 'result'] as const;
  const widths = columns.map((column) => Math.max(...[head, ...rows].map((row) => row[column].length)));
  const lines = [head, ...rows].map((row) =>
    columns
      .map((column, index) => row[column].padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  process.stdout.write(`\nIn company:\n${lines.join('\n')}\n`);
}
