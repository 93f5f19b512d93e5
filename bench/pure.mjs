// Measures the work besides input and output, in nanoseconds: building, checking, writing and reading.
import { pathToFileURL } from 'node:url';
import { answer, app, context, momentId } from './support/fixtures.mjs';
import { spread, table, thousands } from './support/stats.mjs';

const BATCH = 1_000;

/** Several contexts that take turns, so that nothing can be reused from the last call. */
const contexts = Array.from({ length: 16 }, (_, i) => ({
  ...context,
  device: { ...context.device, id: `${context.device.id}-${i}` },
  user: { ...context.user, userId: `player-${i}` },
}));
const answers = Array.from({ length: 16 }, (_, i) => answer.replace('18:47:06', `18:47:${10 + i}`));

function nanoseconds(work, rounds) {
  const times = [];
  for (let round = -rounds; round < rounds; round += 1) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < BATCH; i += 1) if (work(i & 15) === null) throw new Error('nothing came of it');
    if (round >= 0) times.push(Number(process.hrtime.bigint() - start) / BATCH);
  }
  return times;
}

export async function run({ quick = false } = {}) {
  const { buildMoment, parseMomentResponse } = await import('../dist/esm/index.js');
  const payload = buildMoment(app, momentId, context);
  const steps = {
    'build + validate: buildMoment()': (i) => buildMoment(app, momentId, contexts[i]),
    'JSON.stringify of the payload': () => JSON.stringify(payload),
    'read + validate: parseMomentResponse()': (i) => parseMomentResponse(answers[i]),
    'of that, JSON.parse': (i) => JSON.parse(answers[i]),
    'all of it': (i) => {
      JSON.stringify(buildMoment(app, momentId, contexts[i]));
      return parseMomentResponse(answers[i]);
    },
  };
  return table(
    ['', 'ns'],
    Object.entries(steps).map(([name, work]) => [name, spread(nanoseconds(work, quick ? 50 : 200), thousands)]),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log(await run());
