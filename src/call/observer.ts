import { warn } from '../check/warn.js';
import { hookChannels } from './channels.js';
import type { LoopHooks } from './events.js';

/** Calls functions of the caller's: one that throws, or returns a promise that rejects, is warned about once and breaks nothing. */
export class HookGuard {
  #warned = false;

  call<Event>(name: string, hook: ((event: Event) => unknown) | undefined, event: Event): void {
    try {
      const returned = hook?.(event);
      if (returned instanceof Promise) returned.catch(() => this.#warn(name));
    } catch {
      this.#warn(name);
    }
  }

  #warn(name: string): void {
    if (this.#warned) return;
    this.#warned = true;
    warn('KIIP_HOOK_THREW', `The hook ${name} threw. The call goes on; further failures of hooks are not reported.`);
  }
}

/** Tells the caller's hooks and the diagnostics channels. Events are made only when somebody listens. */
export class Observer {
  readonly #hooks: LoopHooks;
  readonly #guard = new HookGuard();

  constructor(hooks: LoopHooks | undefined) {
    this.#hooks = hooks ?? {};
  }

  tell(name: keyof LoopHooks, make: () => object): void {
    const channel = hookChannels[name];
    const listening = channel?.hasSubscribers === true;
    if (this.#hooks[name] === undefined && !listening) return;
    const event = Object.freeze(make());
    if (listening) channel.publish(event);
    // As a method of the hooks, which may have a state of their own.
    this.#guard.call(name, (told: object) => this.#hooks[name]?.(told as never), event);
  }
}
