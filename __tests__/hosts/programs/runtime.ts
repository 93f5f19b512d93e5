// Bun and Deno, each with its own server.
import { callbackFetch } from 'kiip-s2s/fetch';
import { createReceiver, say } from './receiver.js';

type Handler = (request: Request) => Promise<Response>;
interface Runtimes {
  readonly Bun?: {
    readonly version: string;
    serve(options: { port: number; hostname: string; fetch: Handler }): { readonly port: number };
  };
  readonly Deno?: {
    readonly version: { readonly deno: string };
    serve(options: { port: number; hostname: string; onListen(): void }, handler: Handler): { addr: { port: number } };
  };
}

const { Bun, Deno } = globalThis as Runtimes;
const hostname = '127.0.0.1';
const host = Bun ? 'Bun' : 'Deno';
const fetch = callbackFetch(createReceiver(host));
const port = Bun
  ? Bun.serve({ port: 0, hostname, fetch }).port
  : Deno?.serve({ port: 0, hostname, onListen: () => undefined }, fetch).addr.port;
const version = Bun?.version ?? Deno?.version.deno ?? '';
say({ kind: 'listening', host, version, url: `http://${hostname}:${port}/callback` });
