import type { MetricData } from '@opentelemetry/sdk-metrics';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { readValue } from './support.js';

type Row = readonly [count: number, ...cells: readonly string[]];

const COLUMNS = [
  ['kiip.operation', 'kiip.message'],
  ['kiip.message.type'],
  ['kiip.outcome'],
  ['http.response.status_code'],
  ['error.type'],
];

/** The rows of a metric: how often, of what, how it ended, and why. */
const listRows = ({ dataPoints }: MetricData): Row[] =>
  dataPoints.map(({ attributes, value }) => [
    readValue(value),
    ...COLUMNS.map((names) => names.map((name) => String(attributes[name] ?? '')).join('')),
  ]);

function countNames(spans: readonly ReadableSpan[]): Row[] {
  const counts = new Map<string, number>();
  for (const { name } of spans) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => [count, name]);
}

const align = (count: string, first = '', ...others: readonly string[]): string =>
  [count.padStart(7), first.padEnd(24), ...others.map((cell) => cell.padEnd(14))].join('  ').trimEnd();

function draw(title: string, rows: readonly Row[]): string[] {
  const lines = rows.map(([count, ...cells]) => align(String(count), ...cells));
  return ['', title, ...lines.sort((a, b) => a.slice(7).localeCompare(b.slice(7)))];
}

/** The table of what the exporters hold. Durations of calls and messages have the same rows as their counters. */
export function drawHour(spans: readonly ReadableSpan[], metrics: readonly MetricData[]): string {
  const shown = metrics.filter(
    ({ descriptor: { name } }) => !/(?:call|message)\.duration$|_(?:calls|messages)$/.test(name),
  );
  const sections = shown.flatMap((metric) => draw(`metric ${metric.descriptor.name}`, listRows(metric)));
  return [
    'A scripted hour, as the in-memory exporters hold it',
    align('count', 'what', 'type', 'outcome', 'status', 'why'),
    ...sections,
    ...draw('spans', countNames(spans)),
  ].join('\n');
}
