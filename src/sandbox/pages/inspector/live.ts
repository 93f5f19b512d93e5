import type { ServerResponse } from 'node:http';
import { describeFault } from '../../faults.js';
import { refusal, type Answer, type Exchange } from '../../http/route.js';
import type { SandboxState } from '../../state.js';
import type { RecordedRequest, SandboxEvent } from '../../records.js';
import type { Entries } from './entries.js';
import type { Answered, Controls } from './messages.js';

/** How many inspectors may be open at once. */
const MAX_STREAMS = 16;
/**
 * How many bytes may wait for a slow inspector. Above that its stream is cut off; it reconnects by itself and gets the
 * newest entries.
 */
const MAX_BUFFERED_BYTES = 1024 * 1024;
/** How many entries an inspector starts with. */
const SNAPSHOT = 300;
const RETRY_MS = 1_000;

const message = (event: string, value: unknown): string => `event: ${event}\ndata: ${JSON.stringify(value)}\n\n`;

/** The streams of server-sent events. Listens only while a stream is open, so that an unwatched sandbox under load pays nothing. */
export class Live {
  readonly #state: SandboxState;
  readonly #entries: Entries;
  readonly #streams = new Set<ServerResponse>();
  #unsubscribe: (() => void) | null = null;

  constructor(state: SandboxState, entries: Entries) {
    this.#state = state;
    this.#entries = entries;
    state.onControls = () => this.#tellControls();
    state.recorder.onAnswered = (request) => this.#tellDuration(request);
  }

  controls(): Controls {
    const { settings, faults, callbackUrl } = this.#state;
    return {
      ...settings,
      faults: faults.armed.map(({ fault, left }) => ({ text: describeFault(fault), left })),
      callbackUrl: callbackUrl === null ? null : callbackUrl.origin + callbackUrl.pathname,
    };
  }

  /** Opens a stream; `close()` of the sandbox ends it with every other connection. */
  open({ method, response }: Exchange): Answer | null {
    if (this.#streams.size >= MAX_STREAMS) return refusal(503, 'too many inspectors are open');
    const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
    if (method === 'HEAD')
      return { status: 200, body: '', contentType: 'text/event-stream', headers, verdict: 'events' };
    response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
    response.write(
      `retry: ${RETRY_MS}\n\n${message('snapshot', this.#entries.newest(SNAPSHOT))}${message('controls', this.controls())}`,
    );
    this.#streams.add(response);
    this.#unsubscribe ??= this.#state.recorder.subscribe((event) => this.#tell(event));
    response.on('close', () => {
      this.#streams.delete(response);
      if (this.#streams.size > 0) return;
      this.#unsubscribe?.();
      this.#unsubscribe = null;
    });
    return null;
  }

  #tell(event: SandboxEvent): void {
    if (event.type === 'reset') return this.#send(message('snapshot', []));
    const summary = this.#entries.summarize(event);
    if (summary !== null) this.#send(message('entry', summary));
  }

  #tellDuration({ id, durationMs }: RecordedRequest): void {
    if (this.#streams.size > 0) this.#send(message('answered', { id: `request-${id}`, durationMs } satisfies Answered));
  }

  #tellControls(): void {
    if (this.#streams.size > 0) this.#send(message('controls', this.controls()));
  }

  #send(text: string): void {
    for (const stream of this.#streams) {
      if (stream.writableLength > MAX_BUFFERED_BYTES) stream.destroy();
      else stream.write(text);
    }
  }
}
