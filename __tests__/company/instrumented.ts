import { programPath, runProgram } from './child.js';
import { readHeader, type Platform } from './platform.js';
import { testWith } from './report.js';

interface Span {
  readonly id: string;
  readonly traceId: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly scope: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

interface Told {
  readonly calls: Readonly<Record<string, number>>;
  readonly traceId: string;
  readonly spanId: string;
  readonly spans: readonly Span[];
  readonly metrics: readonly { readonly name: string; readonly count: number }[];
}

const HTTP = '@opentelemetry/instrumentation-http';

/** The spans below one of them, in the order in which they began, one a line. */
function draw(spans: readonly Span[], parentId: string, indent = ''): string[] {
  return spans
    .filter((span) => span.parentId === parentId)
    .flatMap((span) => {
      const status = String(span.attributes['http.response.status_code'] ?? span.attributes['http.status_code']);
      const owner = span.scope === HTTP ? 'http' : 'ours';
      return [`${indent}${span.name} ${status} (${owner})`, ...draw(spans, span.id, `${indent}  `)];
    });
}

const CALLBACK = [
  'POST 200 (http)',
  '  POST 200 (http)',
  '    kiip callback 200 (ours)',
  '      kiip session_end 200 (ours)',
  '        POST 200 (http)',
];

const TREE = [
  'kiip session_start 200 (ours)',
  '  POST 200 (http)',
  'kiip moment 200 (ours)',
  '  POST 503 (http)',
  '  POST 200 (http)',
  'kaminari ping 200 (ours)',
  '  POST 204 (http)',
  '  POST 200 (http)',
  'kaminari conversion 200 (ours)',
  '  GET 200 (http)',
];

/** `instrument()` and the HTTP instrumentation in one process: each records its own part, and the parts fit together. */
export function describeInstrumented(platform: () => Platform): void {
  const check = async (format: 'cjs' | 'mjs'): Promise<void> => {
    const flag = format === 'cjs' ? '--require' : '--import';
    const nodeArgs = [flag, programPath(`tools/opentelemetry.${format}`)];
    const program = programPath(`instrumented.${format}`);
    const told = (await runProgram(program, [platform().url], { nodeArgs })) as unknown as Told;
    const { calls, traceId, spanId, spans, metrics } = told;
    expect(calls).toEqual({ node: 200, express: 200, koa: 200, fastify: 200 });
    expect(draw(spans, spanId)).toEqual([...TREE, ...Object.keys(calls).flatMap(() => CALLBACK)]);
    expect(spans.filter((span) => span.traceId !== traceId)).toEqual([]);

    const requests = new Set(spans.filter(({ scope }) => scope === HTTP).map(({ id }) => id));
    expect(platform().requests).toHaveLength(10);
    for (const request of platform().requests) {
      const [, trace, span = ''] = readHeader(request, 'traceparent').split('-');
      expect(trace).toBe(traceId);
      expect(requests.delete(span)).toBe(true);
    }

    const count = (name: string): number => metrics.find((metric) => metric.name === name)?.count ?? 0;
    expect(count('kiip.client.calls')).toBe(8);
    expect(count('kiip.client.request.duration')).toBe(10);
    expect(count('kiip.receiver.messages')).toBe(4);

    const text = JSON.stringify([spans.map(({ name, attributes }) => [name, attributes]), metrics]);
    const secrets = ['Zoë', '8.8.8.8', 'player-7', 'busy', 'conversion-9', 'kmnr-key', 'coins'];
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  };
  for (const format of ['cjs', 'mjs'] as const)
    testWith(
      HTTP,
      `${format === 'cjs' ? 'CJS' : 'ESM'}, with instrument(): call > one span a request; server > callback > handler`,
      () => check(format),
    );
}
