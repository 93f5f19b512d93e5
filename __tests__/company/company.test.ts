import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describeBundles } from './bundles.js';
import { describeOtherClients } from './clients.js';
import { describeInstrumented } from './instrumented.js';
import { describeMocking } from './mocking.js';
import { startPlatform, type Platform } from './platform.js';
import { describeProxyAgents } from './proxies.js';
import { listTools, noteUntried, printTable } from './report.js';
import { describeTracing } from './tracing.js';

// The built package beside what production and tests put around it. Every test runs child processes, since agents, mocks and
// bundlers change the process that they are loaded into; a real server records what arrives.
let platform: Platform;
beforeAll(async () => {
  execFileSync(process.execPath, ['scripts/build.mjs', '--if-stale'], { stdio: 'inherit' });
  platform = await startPlatform();
}, 120_000);
beforeEach(() => {
  platform.requests.length = 0;
});
afterAll(async () => {
  await platform.close();
  printTable();
});

describeTracing(() => platform);
describeInstrumented(() => platform);
describeMocking(() => platform);
describeProxyAgents(() => platform);
describeOtherClients(() => platform);
describeBundles(() => platform);
for (const [tool, version] of [
  ['nock', '15'],
  ['msw', '3'],
] as const)
  noteUntried(tool, version, 'needs Node 22');

test('docs/company.md names every tool with the version that was tried', () => {
  const page = readFileSync('docs/company.md', 'utf8').replace(/ +/g, ' ');
  for (const [tool, version] of listTools()) expect(page).toContain(`| ${tool} | ${version} |`);
});
