// Times a new user's first steps: runs the first two sections of README.md in an empty folder, with the tarball in
// place of the published package. Needs psql, curl, and a PostgreSQL that PGHOST, PGPORT and PGUSER point to; creates
// the table `players` there.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { transformSync } from 'esbuild';

const [runs] = readFileSync('README.md', 'utf8').split('\n## What is in the package');
const blocks = [...runs.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({ language, text }));
const folder = mkdtempSync(join(tmpdir(), 'kiip-first-steps-'));
const env = { ...process.env, npm_config_audit: 'false', npm_config_fund: 'false' };
const servers = [];

const options = { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] };
const port = await freePort();
const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
const [{ filename }] = JSON.parse(execFileSync('npm', pack, { encoding: 'utf8' }));

let output = '';
try {
  for (const { language, text } of blocks) {
    if (language === 'ts') save(text);
    else if (language === 'sh') for (const line of text.trimEnd().split('\n')) output = await time(line);
    else if (output.trim() !== text.trim())
      throw new Error(`README.md says\n${text}but the command printed\n${output}`);
  }
  const again = await time(
    blocks
      .findLast(({ language }) => language === 'sh')
      .text.trimEnd()
      .split('\n')
      .at(-1),
  );
  const coins = await time(`psql -At -c "select coins from players where id = 'player-7'"`);
  console.log(`sent again: ${again.trim()}; coins: ${coins.trim()}`);
} finally {
  for (const server of servers) server.kill();
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Saves a file under the name in its first line. Strips the types as `tsx` does, because older versions of Node cannot
 * run them.
 */
function save(text) {
  const name = /^\/\/ (\S+)/.exec(text)[1];
  const here = text.replace('3000', port);
  const code = name.endsWith('.mts') ? transformSync(here, { loader: 'ts' }).code : here;
  writeFileSync(join(folder, name.replace('.mts', '.mjs')), code);
}

/** Runs a line, prints it with the seconds that it took, and returns its output. */
async function time(line) {
  const [command] = line.split(/\s+#/);
  const started = performance.now();
  const printed = await run(
    command.replace('install kiip-s2s', `install ./${filename}`).replace('.mts', '.mjs').replace('3000', port),
  );
  console.log(`${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${command}`);
  return printed;
}

async function run(command) {
  const setting = /^export (\w+)=(.*)$/.exec(command);
  if (setting !== null) env[setting[1]] = setting[2];
  else if (command.endsWith(' &')) await serve(command.slice(0, -2));
  else return execFileSync('bash', ['-euo', 'pipefail', '-c', command], options);
  return '';
}

/** Starts a server and waits until it listens. */
async function serve(command) {
  const [program, ...args] = command.split(' ');
  const server = spawn(program, args, { ...options, stdio: ['ignore', 'ignore', 'inherit'] });
  servers.push(server);
  for (let waited = 0; !(await isListening()); waited += 50) {
    if (waited > 20_000) throw new Error(`${command} does not listen on ${port}`);
    if (server.exitCode !== null) throw new Error(`${command} ended with ${server.exitCode}`);
    await sleep(50);
  }
}

function isListening() {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
