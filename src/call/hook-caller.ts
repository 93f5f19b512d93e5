import type { Channel } from 'node:diagnostics_channel';

/** What the hook with this name is told. */
export type EventOf<Hooks, Name extends keyof Hooks> =
  NonNullable<Hooks[Name]> extends (event: infer Event) => unknown ? Event : never;

/**
 * Calls the caller's hooks, and publishes the same events on channels where there are some. Events are made only when somebody listens. A hook
 * that throws, or returns a promise that rejects, is warned about once and breaks nothing.
 */
export class HookCaller<Hooks extends object> {
  readonly #hooks: Partial<Hooks>;
  readonly #channels: { readonly [Name in keyof Hooks]?: Channel };
  #warned = false;

  constructor(hooks: Hooks | undefined, channels: { readonly [Name in keyof Hooks]?: Channel } = {}) {
    this.#hooks = hooks ?? {};
    this.#channels = channels;
  }

  tell<Name extends keyof Hooks & string>(name: Name, make: () => EventOf<Hooks, Name>): void {
    const channel = this.#channels[name];
    const listening = channel?.hasSubscribers === true;
    if (this.#hooks[name] === undefined && !listening) return;
    const event = Object.freeze(make());
    if (listening) channel.publish(event);
    try {
      const returned: unknown = (this.#hooks as Partial<Record<Name, (event: unknown) => unknown>>)[name]?.(event);
      if (returned instanceof Promise) returned.catch(() => this.#warn(name));
    } catch {
      this.#warn(name);
    }
  }

  #warn(name: string): void {
    if (this.#warned) return;
    this.#warned = true;
    process.emitWarning(`The hook ${name} threw. The call goes on; further failures of hooks are not reported.`, {
      code: 'KIIP_HOOK_THREW',
    });
  }
}
