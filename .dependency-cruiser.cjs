// The straight line of docs/architecture.md: which station may import which. Everything not allowed here is an error.
const station = (name, allowed, options = {}) => ({
  name: `${name}-only-imports-its-neighbours`,
  severity: 'error',
  from: { path: `^src/${name}/` },
  to: { path: '^src/', pathNot: [`^src/${name}/`, ...allowed.map((other) => `^src/${other}`)] },
  ...options,
});

const pure = ['errors', 'check', 'request', 'response', 'consent', 'schemas', 'webview'];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    station('errors', []),
    station('check', ['errors/', 'zod.ts']),
    station('call', ['errors/', 'check/']),
    station('request', ['errors/', 'check/', 'zod.ts']),
    station('response', ['errors/', 'check/', 'zod.ts']),
    station('consent', [
      'errors/',
      'check/',
      'request/',
      'stores/consent-store.ts',
      'stores/memory/consent-store.ts',
      'zod.ts',
    ]),
    station('transport', ['errors/', 'check/', 'call/']),
    station('client', ['errors/', 'request/', 'response/', 'transport/', 'call/', 'check/', 'version.ts', 'zod.ts']),
    station('schemas', ['request/', 'response/', 'callbacks/', 'zod.ts']),
    station('inbound', ['errors/', 'check/']),
    station('callbacks', [
      'errors/',
      'check/',
      'inbound/',
      'zod.ts',
      'stores/ledger.ts',
      'stores/reward-book.ts',
      'stores/transaction-keys.ts',
      'stores/memory/',
    ]),
    station('stores', ['errors/', 'check/', 'zod.ts']),
    station('adapters', ['errors/', 'callbacks/']),
    station('kaminari', ['errors/', 'check/', 'call/', 'transport/', 'callbacks/', 'zod.ts']),
    station('bullmq', ['errors/', 'check/', 'call/', 'kaminari/', 'transport/', 'zod.ts']),
    station('webview', []),
    station('web', ['webview/', 'check/loopback.ts', 'check/issues.ts']),
    station('sandbox', ['errors/', 'check/', 'request/', 'callbacks/', 'kaminari/', 'webview/', 'zod.ts']),
    {
      name: 'pure-code-imports-no-node',
      severity: 'error',
      from: { path: `^src/(${pure.join('|')})/` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'axios-only-in-transport',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/transport/' },
      to: { path: 'node_modules/axios' },
    },
    {
      name: 'zod-only-in-zod.ts',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/zod\\.ts$' },
      to: { path: 'node_modules/zod' },
    },
    {
      name: 'peers-only-where-they-belong',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/bullmq/' },
      to: {
        path: 'node_modules/(bullmq|ioredis|redis|pg|express|fastify|koa|hono)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'nobody-imports-the-command-line',
      severity: 'error',
      from: { pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'only-the-command-line-imports-the-sandbox',
      severity: 'error',
      from: { pathNot: '^src/(cli|sandbox)/' },
      to: { path: '^src/sandbox/' },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
