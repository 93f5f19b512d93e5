// Times a new user's first steps: runs the first two sections of README.md in an empty folder, with the tarball in place of the package.
// Needs psql, curl and a PostgreSQL that PGHOST, PGPORT and PGUSER point to; creates the table `players` there.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Old versions of Node run no types: they take the way that README.md names for them. */
const needsTsx = !process.features.typescript;

const folder = mkdtempSync(join(tmpdir(), 'kiip-first-steps-'));
// The commands run on the Node that runs this script.
const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
const env = { ...process.env, PATH, npm_config_audit: 'false', npm_config_fund: 'false' };
const children = new Set();
const [introduction, reward, callback] = readFileSync('README.md', 'utf8').split('\n## ').map(readBlocks);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(signal, () => {
    cleanUp();
    process.exit(128 + constants.signals[signal]);
  });

const port = await freePort();
let tarball = '';
try {
  const packed = await run(`npm pack --ignore-scripts --json --pack-destination ${folder}`, process.cwd());
  tarball = JSON.parse(packed)[0].filename;

  console.log(`Node ${process.version}, README.md → a reward`);
  const install = await follow(introduction);
  printTotal([...install, ...(await follow(reward))]);

  console.log('README.md → a callback credited, after npm install kiip-s2s');
  printTotal([install[0], ...(await follow(callback))]);

  const again = await run(adapt(listCommands(callback).at(-1)));
  const coins = await run(`psql -At -c "select coins from players where id = 'player-7'"`);
  console.log(`sent again: ${again.trim()}; coins: ${coins.trim()}`);
} finally {
  cleanUp();
}

function readBlocks(section) {
  return [...section.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, text]) => ({ language, text }));
}

function listCommands(blocks) {
  const lines = blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.trimEnd().split('\n'));
  return lines.map((line) => line.split(/\s+#/)[0]);
}

/** Does what a section says: saves its programs, runs its commands, compares what they print. Returns the seconds of each command. */
async function follow(blocks) {
  const seconds = [];
  let output = '';
  for (const block of blocks) {
    if (block.language === 'ts') save(block.text);
    else if (block.language === 'sh')
      for (const command of listCommands([block])) {
        const started = performance.now();
        output = await run(adapt(command));
        seconds.push((performance.now() - started) / 1000);
        printRow(seconds.at(-1), addTsx(command));
      }
    else if (output.trim() !== block.text.trim())
      throw new Error(`README.md says\n${block.text}but the command printed\n${output}`);
  }
  return seconds;
}

function printRow(seconds, text) {
  console.log(`${seconds.toFixed(1).padStart(6)} s  ${text}`);
}

function printTotal(seconds) {
  const total = seconds.reduce((sum, each) => sum + each, 0);
  printRow(total, `in ${seconds.length} commands\n`);
}

/** A program's file is named in its first line. */
function save(text) {
  const [, name] = /^\/\/ (\S+)/.exec(text);
  writeFileSync(join(folder, name), text.replace('3000', port));
}

/** The command for this folder, this port and this Node. */
function adapt(command) {
  return addTsx(command).replace('install kiip-s2s', `install ./${tarball}`).replace('3000', port);
}

function addTsx(command) {
  if (!needsTsx) return command;
  return command.replace(/^npm install express .*/, '$& tsx').replace(/^node (?=\S+\.mts)/, 'npx tsx ');
}

/** Runs a command and returns what it printed; of a server, as soon as it listens. */
async function run(command, cwd = folder) {
  const setting = /^export (\w+)=(.*)$/.exec(command);
  if (setting !== null) env[setting[1]] = setting[2];
  else if (command.endsWith(' &')) await serve(command.slice(0, -2));
  else {
    const child = start(command, cwd, 'pipe');
    let [output, errors] = ['', ''];
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (errors += chunk));
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`${command} ended with ${code}\n${errors}`);
    return output;
  }
  return '';
}

/** Starts a server and waits until it listens. */
async function serve(command) {
  const server = start(command, folder, 'inherit');
  const end = performance.now() + 60_000;
  while (!(await isListening())) {
    if (performance.now() > end) throw new Error(`${command} does not listen on ${port}`);
    if (server.exitCode !== null) throw new Error(`${command} ended with ${server.exitCode}`);
    await sleep(50);
  }
}

/** Starts a command in a process group of its own: npx and npm have children that would outlive them. */
function start(command, cwd, output) {
  const stdio = ['ignore', output, output];
  const child = spawn('bash', ['-euo', 'pipefail', '-c', command], { cwd, env, detached: true, stdio });
  children.add(child);
  child.on('exit', () => children.delete(child));
  return child;
}

function cleanUp() {
  for (const { pid } of children)
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
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
