// Measures every figure of docs/benchmarks.md. Takes about twelve minutes; needs a build.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';

const docs = new URL('../docs/benchmarks.md', import.meta.url);
const PARTS = ['throughput', 'allocations', 'pure', 'imports', 'in-flight', 'soak', 'profile', 'callbacks', 'ledgers'];
const USAGE = `node bench/run.mjs [--quick] [--write] [--against folder] [part …]

  --quick     shorter windows, fewer rounds
  --write     puts the tables into docs/benchmarks.md, each with its machine and day
  --against   also measures the built checkout in this folder, such as an earlier commit: throughput, allocations and ledgers
  part        ${PARTS.join(', ')}; without one, all of them`;

function readArguments() {
  const options = { quick: { type: 'boolean' }, write: { type: 'boolean' }, help: { type: 'boolean' } };
  try {
    return parseArgs({ options: { ...options, against: { type: 'string' } }, allowPositionals: true });
  } catch (error) {
    console.error(error.message);
    return null;
  }
}

const read = readArguments();
if (read === null || read.values.help || !read.positionals.every((part) => PARTS.includes(part))) {
  console.error(USAGE);
  process.exit(read?.values.help ? 0 : 1);
}
const { quick = false, write = false, against } = read.values;
// The contenders' processes inherit it.
if (against !== undefined) process.env.BENCH_AGAINST = resolve(against);

if (!existsSync(new URL('../dist/esm/index.js', import.meta.url))) {
  console.error('There is no build to measure: run `npm run build` first.');
  process.exit(1);
}

const wanted = PARTS.filter((part) => read.positionals.includes(part));
const parts = wanted.length === 0 ? PARTS : wanted;

/** Replaces the text between `<!-- bench:name -->` and `<!-- /bench:name -->`. */
function insert(text, name, markdown) {
  const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start) {
    console.error(`docs/benchmarks.md has no place for ${name}: it lacks ${open} … ${close}.`);
    process.exitCode = 1;
    return text;
  }
  return `${text.slice(0, start + open.length)}\n\n${markdown}\n\n${text.slice(end)}`;
}

async function record(name, markdown) {
  if (!write) return;
  const filepath = fileURLToPath(docs);
  const text = insert(await readFile(docs, 'utf8'), name, markdown);
  await writeFile(docs, await format(text, { ...(await resolveConfig(filepath)), filepath }));
}

const machine = `Node ${process.version}, ${os.cpus()[0]?.model.trim() ?? 'unknown'} × ${os.cpus().length}, ${os.type()} ${os.arch()}, ${new Date().toISOString().slice(0, 10)}.`;
console.log(machine);
for (const part of parts) {
  const { run } = await import(`./${part}.mjs`);
  const markdown = await run({ quick });
  console.log(`\n## ${part}\n\n${markdown}`);
  await record(part, `${markdown}\n\n${machine}`);
}
