/**
 * One listener on each caller's signal, however many pings share it: Node warns of a leak at the eleventh listener, and a signal that
 * lives as long as the process must not collect what belongs to settled pings.
 */
export class AbortHub {
  readonly #members = new Map<AbortSignal, { readonly stops: Set<() => void>; readonly listener: () => void }>();

  /** Calls `stop` when the signal fires, until the returned function is called. */
  join(signal: AbortSignal, stop: () => void): () => void {
    const group = this.#members.get(signal) ?? this.#listen(signal);
    group.stops.add(stop);
    return () => {
      group.stops.delete(stop);
      if (group.stops.size > 0) return;
      signal.removeEventListener('abort', group.listener);
      this.#members.delete(signal);
    };
  }

  #listen(signal: AbortSignal): { readonly stops: Set<() => void>; readonly listener: () => void } {
    const stops = new Set<() => void>();
    const listener = (): void => {
      for (const stop of [...stops]) stop();
    };
    signal.addEventListener('abort', listener, { once: true });
    const group = { stops, listener };
    this.#members.set(signal, group);
    return group;
  }
}
