import { readFileSync } from 'node:fs';
import { serveMetrics } from '../../examples/telemetry/metrics.js';
import { SECRETS } from '../support/context.js';
import { freePort } from '../support/services.js';
import { playHour } from './hour.js';

jest.setTimeout(60_000);

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
}

test('the example is scraped, and the dashboard asks for nothing that the scrape lacks', async () => {
  const port = await freePort();
  const metrics = await serveMetrics(port);
  const { rewards } = await playHour();
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  const scrape = await response.text();
  await metrics.close();

  const samples = scrape.split('\n').filter((line) => line.startsWith('kiip_'));
  const names = new Set(samples.map((line) => /^\w+/.exec(line)?.[0]));
  const labels = new Set(samples.flatMap((line) => [...line.matchAll(/(\w+)="/g)].map(([, label]) => label)));
  const rewarded = samples.find((line) => line.startsWith('kiip_client_calls_total') && line.includes('"rewarded"'));
  expect(Number(rewarded?.split(' ')[1])).toBe(rewards);
  for (const secret of Object.values(SECRETS)) expect(scrape).not.toContain(String(secret));

  const { panels } = JSON.parse(readFileSync('examples/telemetry/grafana.json', 'utf8')) as Dashboard;
  const queries = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  const asked = new Set(queries.flatMap((query) => query.match(/\bkiip_(?:client|receiver)_\w+/g) ?? []));
  expect(asked.size).toBeGreaterThan(7);
  expect([...asked].filter((name) => !names.has(name))).toEqual([]);
  const askedLabels = queries.flatMap((query) => [
    ...[...query.matchAll(/by \(([^)]+)\)/g)].flatMap(([, list = '']) => list.split(', ')),
    ...[...query.matchAll(/[{,](\w+)=~?"/g)].map(([, label = '']) => label),
  ]);
  expect(askedLabels.filter((label) => !labels.has(label))).toEqual([]);
});
