import type { KaminariHooks } from './types.js';

/** Calls the caller's hooks; one that throws is warned about once and breaks nothing. */
export class Observer {
  readonly #hooks: KaminariHooks;
  #warned = false;

  constructor(hooks: KaminariHooks | undefined) {
    this.#hooks = hooks ?? {};
  }

  request(event: Parameters<NonNullable<KaminariHooks['onRequest']>>[0]): void {
    this.#guard(() => this.#hooks.onRequest?.(event));
  }

  response(event: Parameters<NonNullable<KaminariHooks['onResponse']>>[0]): void {
    this.#guard(() => this.#hooks.onResponse?.(event));
  }

  retry(event: Parameters<NonNullable<KaminariHooks['onRetry']>>[0]): void {
    this.#guard(() => this.#hooks.onRetry?.(event));
  }

  settled(event: Parameters<NonNullable<KaminariHooks['onSettled']>>[0]): void {
    this.#guard(() => this.#hooks.onSettled?.(event));
  }

  #guard(call: () => void): void {
    try {
      call();
    } catch {
      if (this.#warned) return;
      this.#warned = true;
      process.emitWarning('A hook of the Kaminari client threw. Hooks must not throw; this is said once.', { code: 'KIIP_HOOK_THREW' });
    }
  }
}
