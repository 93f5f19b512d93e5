import { readFileSync } from 'node:fs';
import { serveMetrics } from '../../examples/telemetry/metrics.js';
import { SECRETS } from '../support/context.js';
import { freePort } from '../support/services.js';
import { playHour } from './hour.js';

jest.setTimeout(60_000);

interface Panel {
  readonly title: string;
  readonly fieldConfig: { readonly defaults: { readonly unit: string } };
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a query asks for: metrics by name or by pattern, labels with a value, labels to group by. */
interface Question {
  readonly metrics: RegExp;
  readonly matchers: readonly (readonly [label: string, value: RegExp])[];
  readonly groups: readonly string[];
}

const { panels } = JSON.parse(readFileSync('examples/telemetry/grafana.json', 'utf8')) as { panels: readonly Panel[] };

function readSamples(scrape: string): Sample[] {
  const lines = scrape.split('\n').filter((line) => line.startsWith('kiip_'));
  return lines.map((line) => ({
    name: /^\w+/.exec(line)?.[0] ?? '',
    labels: Object.fromEntries([...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label, value])),
    value: Number(line.split(' ').at(-1)),
  }));
}

function readQuestions(query: string): Question[] {
  const groups = [...query.matchAll(/by \(([^)]+)\)/g)].flatMap(([, list = '']) => list.split(', '));
  return [...query.matchAll(/(kiip_\w+)?\{([^}]*)\}|(kiip_\w+)(?=[[)])/g)]
    .filter(([, name, , bare]) => !groups.includes(name ?? bare ?? ''))
    .map(([, name, braces = '', bare]) => {
      const all = [...braces.matchAll(/(\w+)=~?"([^"]*)"/g)].map(
        ([, label = '', value]) => [label, `^(?:${value})$`] as const,
      );
      const pattern = all.find(([label]) => label === '__name__')?.[1] ?? `^${name ?? bare}$`;
      const matchers = all.filter(([label]) => label !== '__name__');
      return {
        metrics: new RegExp(pattern),
        matchers: matchers.map(([label, value]) => [label, new RegExp(value)]),
        groups,
      };
    });
}

/** The values that a matcher names must each come up, or a panel stays empty. */
const listValues = (matcher: RegExp): string[] => matcher.source.slice('^(?:'.length, -')$'.length).split('|');

let samples: readonly Sample[];
let scrape: string;
let rewards: number;
beforeAll(async () => {
  const port = await freePort();
  const metrics = await serveMetrics(port);
  ({ rewards } = await playHour());
  scrape = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  samples = readSamples(scrape);
  await metrics.close();
});

test('the example is scraped, and shows nothing personal', () => {
  const rewarded = samples.filter(
    ({ name, labels }) => name === 'kiip_client_calls_total' && labels['kiip_outcome'] === 'rewarded',
  );
  expect(rewarded.map(({ value }) => value)).toEqual([rewards]);
  for (const secret of Object.values(SECRETS)) expect(scrape).not.toContain(String(secret));
});

describe.each(panels)('the panel "$title"', ({ fieldConfig, targets }) => {
  test.each(targets)('$expr: finds its metrics, labels and values in the scrape', ({ expr, legendFormat }) => {
    const questions = readQuestions(expr);
    expect(questions).not.toEqual([]);
    for (const { metrics, matchers, groups } of questions) {
      const found = samples.filter(({ name }) => metrics.test(name));
      expect({ metrics, found: found.length > 0 }).toEqual({ metrics, found: true });
      // A label may be missing on some samples of a metric, as an error's type is.
      for (const label of groups) expect(found.some(({ labels }) => labels[label] !== undefined)).toBe(true);
      for (const [label, matcher] of matchers)
        expect(listValues(matcher).filter((value) => !found.some(({ labels }) => labels[label] === value))).toEqual([]);
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) expect(groups).toContain(label);
    }
  });

  test('has the unit of what it shows', () => {
    const { unit } = fieldConfig.defaults;
    for (const { expr } of targets) {
      const [question] = readQuestions(expr);
      const described = /# UNIT (\w+) (\S+)\n/g;
      const units = new Map([...scrape.matchAll(described)].map(([, name = '', its = '']) => [name, its]));
      const name = samples.find((sample) => question?.metrics.test(sample.name))?.name ?? '';
      if (expr.startsWith('histogram_quantile')) {
        expect(units.get(name.replace(/_bucket$/, ''))).toBe('s');
        expect(unit).toBe('s');
      } else if (expr.includes(' / ')) expect(unit).toBe('percentunit');
      else expect(unit).toBe(expr.includes('rate(') ? 'ops' : 'short');
    }
  });
});

test('the dashboard takes the names that the OpenTelemetry Collector gives, too', () => {
  const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  const durations = queries.flatMap(readQuestions).filter(({ metrics }) => metrics.source.includes('duration'));
  expect(durations.length).toBeGreaterThan(2);
  for (const { metrics } of durations)
    for (const unit of ['', '_seconds'])
      expect(metrics.source.replace('(_seconds)?', unit).replace(/^\^\(\?:|\)?\$$/g, '')).toMatch(metrics);
});
