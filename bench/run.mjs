// Measures every figure of docs/benchmarks.md. Takes about twelve minutes; needs a build.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const docs = new URL('../docs/benchmarks.md', import.meta.url);
const PARTS = ['throughput', 'allocations', 'pure', 'imports', 'in-flight', 'soak', 'profile', 'callbacks', 'ledgers'];
const USAGE = `node bench/run.mjs [--quick] [--write] [part …]

  --quick   shorter windows, fewer rounds
  --write   puts the tables into docs/benchmarks.md, each with its machine and day
  part      ${PARTS.join(', ')}; without one, all of them`;

const args = process.argv.slice(2);
const isKnown = (arg) => PARTS.includes(arg) || ['--quick', '--write'].includes(arg);
if (!args.every(isKnown)) {
  console.error(USAGE);
  process.exit(args.includes('--help') ? 0 : 1);
}

if (!existsSync(new URL('../dist/esm/index.js', import.meta.url))) {
  console.error('There is no build to measure: run `npm run build` first.');
  process.exit(1);
}

const options = { quick: args.includes('--quick') };
const wanted = PARTS.filter((part) => args.includes(part));
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
  if (!args.includes('--write')) return;
  const filepath = fileURLToPath(docs);
  const text = insert(await readFile(docs, 'utf8'), name, markdown);
  await writeFile(docs, await format(text, { ...(await resolveConfig(filepath)), filepath }));
}

const machine = `Node ${process.version}, ${os.cpus()[0]?.model.trim() ?? 'unknown'} × ${os.cpus().length}, ${os.type()} ${os.arch()}, ${new Date().toISOString().slice(0, 10)}.`;
console.log(machine);
for (const part of parts) {
  const { run } = await import(`./${part}.mjs`);
  const markdown = await run(options);
  console.log(`\n## ${part}\n\n${markdown}`);
  await record(part, `${markdown}\n\n${machine}`);
}
