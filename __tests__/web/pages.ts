import { build } from 'esbuild';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

/** The ways in which a reward page can go to its last URL; `#go` is clicked where there is one. */
const WAYS: Record<string, (url: string) => string> = {
  location: (url) => `<button id="go" onclick="setTimeout(() => { location.href = '${url}'; }, 20)">Go</button>`,
  replace: (url) => `<button id="go" onclick="location.replace('${url}')">Go</button>`,
  refresh: (url) =>
    `<button id="go" onclick="document.head.append(Object.assign(document.createElement('meta'), { httpEquiv: 'refresh', content: '0;url=${url}' }))">Go</button>`,
  link: (url) => `<a id="go" href="${url}">Go</a>`,
  form: (url) =>
    `<form action="${url.split('?')[0]}"><input type="hidden" name="close" value="true"><button id="go">Go</button></form>`,
  post: (url) => `<form method="post" action="${url}"><button id="go">Go</button></form>`,
  windowOpen: (url) => `<button id="go" onclick="window.open('${url}', '_self')">Go</button>`,
  windowOpenByName: (url) =>
    `<button id="go" onclick="window.name = 'reward'; window.open('${url}', 'reward')">Go</button>`,
  newWindow: (url) => `<button id="go" onclick="window.open('${url}')">Go</button>`,
  blankLink: (url) => `<a id="go" target="_blank" href="${url}">Go</a>`,
  topLocation: (url) => `<button id="go" onclick="top.location.href = '${url}'">Go</button>`,
  nested: (url) =>
    `<button id="go" onclick="document.body.append(Object.assign(document.createElement('iframe'), { src: '${url}' }))">Go</button>`,
  message: (url) => `<button id="go" onclick="parent.postMessage('${url}', '*')">Go</button>`,
  messageToTop: (url) => `<button id="go" onclick="top.postMessage('${url}', '*')">Go</button>`,
  messageAndLocation: (url) =>
    `<button id="go" onclick="parent.postMessage('${url}', '*'); location.href = '${url}'">Go</button>`,
  messageThenPage: (url) =>
    `<button id="go" onclick="parent.postMessage('${url}', '*'); location.href = '/reward'">Go</button>`,
  quiet: () => '<button id="first">First</button> <button id="last">Last</button>',
};

/** What a page says of itself without being touched, `after` so many milliseconds from its load, or as soon as it is read. */
const announce = (url: string, after: string, byMessage: boolean): string =>
  after === 'DOMContentLoaded'
    ? `<script>addEventListener('DOMContentLoaded', () => { location.href = '${url}'; })</script>`
    : `<script>addEventListener('load', () => setTimeout(() => {
    if (${byMessage}) parent.postMessage('${url}', '*');
    location.href = '${url}';
  }, ${Number(after)}))</script>`;

export interface Site {
  /** The game's page. */
  readonly host: string;
  /** Another origin, on another port and another host name. */
  readonly other: string;
  /** How often a reward page was asked for since the last question. */
  countLoads(): number;
  /** Answers the reward pages that `hold` keeps waiting: the first with each value of it. */
  release(): void;
  close(): Promise<void>;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** Two servers, so two origins: `/game?csp=…` with the overlay's bundle, and `/reward?way=…&url=…`. */
export async function serveSite(): Promise<Site> {
  const bundle = await build({
    entryPoints: ['src/web/index.ts'],
    bundle: true,
    format: 'iife',
    globalName: 'kiip',
    target: 'es2022',
    write: false,
  });
  const script = bundle.outputFiles[0]?.text ?? '';
  let loads = 0;
  const held: ServerResponse[] = [];
  const holds = new Set<string>();
  const make = (): Server =>
    createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const type = (name: string): unknown => response.setHeader('content-type', `${name}; charset=utf-8`);
      if (url.pathname === '/kiip.js') {
        type('text/javascript');
        response.end(script);
      } else if (url.pathname === '/game') {
        type('text/html');
        const policy = url.searchParams.get('csp');
        if (policy !== null) response.setHeader('content-security-policy', policy);
        // A host may try a policy out; that must change nothing.
        const tried = url.searchParams.get('tried') ?? "frame-src 'none'";
        if (tried !== '') response.setHeader('content-security-policy-report-only', tried);
        response.end(
          `<!doctype html><html lang="en"><title>Game</title><main><h1>Game</h1><button id="before">Play</button> <button>Other</button></main>` +
            `<script nonce="n0nce" src="/kiip.js"></script></html>`,
        );
      } else if (url.pathname === '/image.svg') {
        type('image/svg+xml');
        response.end(
          '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10" fill="green"/></svg>',
        );
      } else if (url.pathname === '/reward') {
        loads += 1;
        type('text/html');
        const says = url.searchParams.get('says');
        const hold = url.searchParams.get('hold');
        if (hold !== null && !holds.has(hold)) {
          holds.add(hold);
          return void held.push(response);
        }
        const body = WAYS[url.searchParams.get('way') ?? 'quiet']?.(url.searchParams.get('url') ?? '') ?? '';
        const big = url.searchParams.has('big') ? '<style>#go{position:fixed;inset:0;width:100%}</style>' : '';
        response.end(
          `<!doctype html><html lang="en"><title>Reward</title>${big}<main><h1>A reward</h1>${body}</main>` +
            `${says === null ? '' : announce(says, url.searchParams.get('after') ?? '0', url.searchParams.has('tells'))}</html>`,
        );
      } else {
        response.writeHead(404).end();
      }
    });
  const servers = [make(), make()] as const;
  const [port, otherPort] = [await listen(servers[0]), await listen(servers[1])];
  return {
    host: `http://localhost:${port}`,
    other: `http://127.0.0.1:${otherPort}`,
    countLoads() {
      const counted = loads;
      loads = 0;
      return counted;
    },
    release() {
      for (const response of held.splice(0)) response.end('<!doctype html><h1>A reward</h1>');
    },
    async close() {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}
