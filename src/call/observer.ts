import { warn } from '../check/warn.js';
import { hookChannels } from './channels.js';
import type { LoopHooks } from './events.js';

/** Calls user-supplied hooks. When a hook throws or rejects, warns once and carries on. */
export class HookGuard {
  #warned = false;

  call<Event>(name: string, hook: ((event: Event) => unknown) | undefined, event: Event): void {
    try {
      const returned = hook?.(event);
      // Look for `then`: `instanceof Promise` fails for promises of other libraries and realms.
      if (typeof (returned as PromiseLike<unknown> | null | undefined)?.then === 'function')
        Promise.resolve(returned).catch(() => this.#warn(name));
    } catch {
      this.#warn(name);
    }
  }

  #warn(name: string): void {
    if (this.#warned) return;
    this.#warned = true;
    warn(
      'KIIP_HOOK_THREW',
      `The hook ${name} failed. The call goes on. Further failures of hooks are not reported, so fix this one first.`,
    );
  }
}

/** Passes events to the caller's hooks and to the diagnostics channels. */
export class Observer {
  readonly #hooks: LoopHooks;
  readonly #guard = new HookGuard();

  constructor(hooks: LoopHooks | undefined) {
    this.#hooks = hooks ?? {};
  }

  /** Whether anyone listens, so that unheard events are not built. */
  isListening(name: keyof LoopHooks): boolean {
    return this.#hooks[name] !== undefined || hookChannels[name]?.hasSubscribers === true;
  }

  tell(name: keyof LoopHooks, event: object): void {
    Object.freeze(event);
    const channel = hookChannels[name];
    if (channel?.hasSubscribers === true) channel.publish(event);
    // Called as a method, because the hooks may be a class instance that uses `this`.
    this.#guard.call(name, (told: object) => this.#hooks[name]?.(told as never), event);
  }
}
