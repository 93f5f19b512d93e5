/** How many devices' sessions to remember; above that, the oldest is forgotten. */
const MAX_DEVICES = 10_000;

interface SessionEvent {
  readonly id: 'session_start' | 'session_end';
}

/** The devices with an open session. */
export class OpenSessions {
  readonly #devices = new Set<string>();

  note(deviceId: string, events: readonly SessionEvent[]): void {
    for (const { id } of events) {
      this.#devices.delete(deviceId);
      if (id === 'session_start') this.#devices.add(deviceId);
    }
    const [oldest] = this.#devices;
    if (this.#devices.size > MAX_DEVICES && oldest !== undefined) this.#devices.delete(oldest);
  }

  has(deviceId: string): boolean {
    return this.#devices.has(deviceId);
  }

  clear(): void {
    this.#devices.clear();
  }
}
