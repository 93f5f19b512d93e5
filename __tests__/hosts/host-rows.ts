// The hosts and what the contract expects of each.

/** The statuses of the contract's deliveries. */
export interface Statuses {
  readonly json: number;
  readonly jsonAsWritten: number;
  readonly form: number;
  readonly duplicate: number;
  readonly badSignature: number;
  readonly tooLarge: number;
}
const RAW: Statuses = { json: 200, jsonAsWritten: 200, form: 200, duplicate: 200, badSignature: 401, tooLarge: 413 };
/** What a parser that keeps no bytes leaves: values, which no longer prove a signature over `20.0`, nor disprove one. */
const PARSED: Statuses = { ...RAW, jsonAsWritten: 500, badSignature: 500 };

export interface HostRow {
  readonly host: string;
  readonly program: 'node' | 'bun' | 'deno' | 'workerd' | 'next' | 'example';
  readonly expected: Statuses;
  /** The advice of the 500 that a parser causes. */
  readonly advice?: RegExp;
  /** The odd requests are sent too. Behind a parser that keeps no bytes they would test the parser. */
  readonly odd: boolean;
}

const raw = (host: string, program: HostRow['program'] = 'node'): HostRow => ({
  host,
  program,
  expected: RAW,
  odd: true,
});
const parsed = (host: string, advice: RegExp, expected = PARSED): HostRow => ({
  host,
  program: 'node',
  expected,
  advice,
  odd: false,
});

const EXPRESS_ADVICE = /above the middleware that reads the body, such as app\.use\(express\.json/;
const KOA_ADVICE = /koaBody\(\{ includeUnparsed: true \}\)/;
const NEST_ADVICE = /NestFactory\.create\(AppModule, \{ rawBody: true \}\)/;
const LAMBDA_ADVICE = /httpJsonBodyParser\(\)/;
/** Not a column of the odd requests: the parser answers some of them before the endpoint sees them. */
const kept = (host: string): HostRow => ({ ...raw(host), odd: false });

export const hosts: readonly HostRow[] = [
  raw('node:http'),
  raw('Express 5'),
  parsed('Express 5 after express.json()', EXPRESS_ADVICE),
  kept('Express 5 after express.json({ verify })'),
  raw('Express 4'),
  parsed('Express 4 after express.json()', EXPRESS_ADVICE),
  kept('Express 4 after express.json({ verify })'),
  raw('Koa 3'),
  kept('Koa 3 after @koa/bodyparser'),
  parsed('Koa 3 after koa-body', KOA_ADVICE),
  kept('Koa 3 after koa-body({ includeUnparsed })'),
  raw('Koa 2'),
  kept('Koa 2 after @koa/bodyparser'),
  parsed('Koa 2 after koa-body', KOA_ADVICE),
  kept('Koa 2 after koa-body({ includeUnparsed })'),
  raw('Fastify 5'),
  raw('Fastify 5 with fastify-raw-body'),
  raw('Fastify 4'),
  ...['node:http', 'Express 5', 'Express 4', 'Koa 3', 'Koa 2', 'Fastify 5', 'Fastify 4'].map((adapter) =>
    kept(`functions-framework, ${adapter}`),
  ),
  kept('Nest on Express, rawBody: true'),
  parsed('Nest on Express, rawBody: false', NEST_ADVICE),
  raw('Nest on Fastify, rawBody: true'),
  raw('Nest on Fastify, rawBody: false'),
  raw('Lambda'),
  kept('middy 2 with httpJsonBodyParser()'),
  kept('middy 3 with httpJsonBodyParser()'),
  parsed('middy 6 with httpJsonBodyParser()', LAMBDA_ADVICE),
  raw('serverless-http, Express 5'),
  raw('serverless-http, Koa 3'),
  raw('serverless-http, node:http'),
  raw('Azure Functions'),
  raw('Hono'),
  raw('Next.js app router', 'next'),
  raw('workerd with nodejs_compat', 'workerd'),
  raw('workerd without nodejs_compat', 'workerd'),
  raw('workerd, examples/fetch-handler/worker.ts', 'example'),
  raw('Bun', 'bun'),
  raw('Deno', 'deno'),
];
