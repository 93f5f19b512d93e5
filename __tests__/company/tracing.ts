import { DONE, programPath, runProgram } from './child.js';
import { expectCalls, readHeader, type Platform } from './platform.js';
import { testWith } from './report.js';

interface Traced {
  readonly calls: object;
  readonly traceId: string;
  readonly spanId: string;
  /** Finished client spans; `null` where the tool keeps them to itself. */
  readonly spans: readonly { id: string; traceId: string; parentId: string; ok: boolean }[] | null;
}

interface TracingTool {
  readonly tool: string;
  readonly setup: string;
  /** The header that carries the trace, and what it must look like for the caller's trace and the request's own span. */
  readonly header: string;
  readonly expected: (traceId: string, spanId: string) => string;
  /** How the tool's manual has it loaded, for each format: what to call it, node's flag, and the file's extension. */
  readonly loading: Readonly<Record<'cjs' | 'esm', readonly [name: string, flag: string, extension: string]>>;
}

const REQUIRED_OR_HOOKED = {
  cjs: ['--require', '--require', 'cjs'],
  esm: ['loader hook', '--import', 'mjs'],
} as const;
const IMPORTED = { cjs: ['--import', '--import', 'cjs'], esm: ['--import', '--import', 'cjs'] } as const;
const w3c = (traceId: string, spanId: string): string => `^00-${traceId}-${spanId}-01$`;

// prettier-ignore
const TOOLS: readonly TracingTool[] = [
  { tool: '@opentelemetry/instrumentation-http', setup: 'opentelemetry', header: 'traceparent', expected: w3c, loading: REQUIRED_OR_HOOKED },
  { tool: '@sentry/node', setup: 'sentry', header: 'sentry-trace', expected: (trace, span) => `^${trace}-${span}-1$`, loading: IMPORTED },
  { tool: 'dd-trace', setup: 'datadog', header: 'x-datadog-trace-id', expected: (trace) => `^${trace}$`, loading: REQUIRED_OR_HOOKED },
  { tool: 'newrelic', setup: 'newrelic', header: 'traceparent', expected: w3c, loading: REQUIRED_OR_HOOKED },
  { tool: 'elastic-apm-node', setup: 'elastic', header: 'traceparent', expected: w3c, loading: REQUIRED_OR_HOOKED },
];
const ANY_SPAN = '[\\da-f]{16}';

/** The agent is there before the package, as its own manual says; the calls are made inside a span of the caller's. */
export function describeTracing(platform: () => Platform): void {
  describe.each(TOOLS)('$tool', ({ tool, setup, header, expected, loading }) => {
    const check = async (format: 'cjs' | 'esm'): Promise<void> => {
      const [, flag, extension] = loading[format];
      const program = programPath(format === 'cjs' ? 'traced.cjs' : 'traced.mjs');
      const nodeArgs = [flag, programPath(`tools/${setup}.${extension}`)];
      const traced = (await runProgram(program, [platform().url], { nodeArgs })) as unknown as Traced;
      expect(traced.calls).toEqual(DONE);
      expectCalls(platform());
      const { traceId, spanId, spans } = traced;
      platform().requests.forEach((request, index) => {
        const own = spans === null ? ANY_SPAN : (spans[index]?.id ?? 'no span');
        expect(readHeader(request, header)).toMatch(new RegExp(expected(traceId, own)));
      });
      if (spans === null) return;
      expect(spans).toHaveLength(3);
      for (const span of spans) expect(span).toMatchObject({ traceId, parentId: spanId, ok: true });
    };
    const seesSpans = ['opentelemetry', 'sentry'].includes(setup);
    const proof = `${seesSpans ? "each request a child of the caller's span, " : ''}trace header on the wire`;
    for (const format of ['cjs', 'esm'] as const)
      testWith(tool, `${format.toUpperCase()}, ${loading[format][0]}: ${proof}`, () => check(format));
  });

  const queued = 'calls that waited and a ping that was repeated belong to the span they were made in';
  testWith('@opentelemetry/instrumentation-http', queued, async () => {
    const nodeArgs = ['--require', programPath('tools/opentelemetry.cjs')];
    const traceIds = await runProgram(programPath('queued.cjs'), [platform().url], { nodeArgs });
    const { requests } = platform();
    expect(requests).toHaveLength(5);
    for (const request of requests) {
      const { moment, kmnrId } = JSON.parse(request.body) as { moment?: { id: string }; kmnrId?: string };
      const made = String(traceIds[moment?.id ?? kmnrId ?? '']);
      expect(readHeader(request, 'traceparent')).toMatch(new RegExp(w3c(made, ANY_SPAN)));
    }
  });
}
