import { request, type IncomingHttpHeaders } from 'node:http';
import { startSandbox, type Sandbox, type SandboxOptions } from 'kiip-s2s/sandbox';

const running: Sandbox[] = [];

/** A sandbox that is closed after the test. */
export async function sandboxWith(options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox(options);
  running.push(sandbox);
  return sandbox;
}

export async function closeAll(): Promise<void> {
  await Promise.all(running.splice(0).map((sandbox) => sandbox.close()));
}

type Json = Record<string, unknown>;

/** The documents' example, with the minus sign of PROTOCOL K7. */
export const base = (): Json => ({
  app: { app_key: 'a05a2fd245170d452de01a6abc786922', version: '4281020', dns_compliance: true },
  connection: { ip: '54.174.101.1', type: 'WIFI' },
  device: {
    id: '45e3-1d799e20-963a-4ddd-8593-0683b30e7d5b',
    lang: 'en',
    locale: 'en_US',
    manufacturer: 'google',
    model: 'nexus_5',
    os: 'Android 5.0',
    resolution: '1080x1776',
  },
  bundle_id: 'me.kiip.SampleApp',
  location: { lat: 39.0437192, lng: -77.4874899, accuracy: 10 },
  sdk_version: '1.0',
  test: true,
  user: { gender: 'm', userid: 'johndoe' },
});

export const session = (changes: Json = {}): Json => ({
  ...base(),
  events: [{ id: 'session_start', start: '2015-01-28T01:32:22.852Z' }],
  ...changes,
});

export const moment = (changes: Json = {}): Json => ({ ...base(), moment: { id: 'CgkIraKVsdIBEAIQEA' }, ...changes });

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** One request on a connection of its own, with full control over the headers; rejects when the answer breaks off. */
export function send(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Reply> {
  const { method = 'GET', headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      response.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

export const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> =>
  send(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

export const MOMENT_PATH = '/2.0/server/moment/';

/** The shape of an answer to a moment, as far as the tests look into it. */
export interface MomentAnswer {
  readonly date: string;
  readonly notification?: { readonly reward_name: string; readonly reward_image_url: string };
  readonly view?: {
    readonly id: string;
    readonly modal: {
      readonly body_url: string;
      readonly title: string;
      readonly message: string;
      readonly timeout: number;
    };
    readonly virtual?: { readonly virtual_value: number };
  };
}

export async function askMoment(sandbox: Sandbox, changes: Json = {}): Promise<MomentAnswer> {
  const reply = await post(sandbox.url + MOMENT_PATH, moment(changes));
  if (reply.status !== 200) throw new Error(`status ${reply.status}: ${reply.text}`);
  return JSON.parse(reply.text) as MomentAnswer;
}

/** Hands out a test reward and returns its id. */
export async function rewardOf(sandbox: Sandbox, changes: Json = {}): Promise<string> {
  return (await askMoment(sandbox, changes)).view?.id ?? '';
}
