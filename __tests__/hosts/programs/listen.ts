import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { say } from './receiver.js';

/** The installed version of a package, which may be an alias. */
export function readVersion(name: string): string {
  const folder = join(process.env['ROOT'] ?? '', 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(folder, 'utf8')) as { version: string }).version;
}

/** Puts a host on a port of its own and says so. */
export async function listen(host: string, name: string, server: Server | RequestListener): Promise<void> {
  const own = typeof server === 'function' ? createServer(server) : server;
  await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve));
  announce(host, name, (own.address() as AddressInfo).port);
}

export function announce(host: string, name: string, port: number): void {
  const version = name === 'node' ? process.versions.node : readVersion(name);
  say({ kind: 'listening', host, version, url: `http://127.0.0.1:${port}/callback` });
}

export async function readAll(request: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export const flatten = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
