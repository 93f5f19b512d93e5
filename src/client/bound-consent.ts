import type { ConsentInfo } from '../request/context.js';

type WithConsent = { readonly consent?: ConsentInfo | undefined };

/**
 * Sends the consent of a bound session until one call has succeeded, and not again. Repeating it at the end of the session would revert
 * a choice that the player made meanwhile (PROTOCOL K14).
 */
export class BoundConsent {
  #known: string | null = null;

  /** Returns the context without its consent once the platform knows it. */
  strip<Context>(context: Context): Context {
    const consent = (context as WithConsent | null | undefined)?.consent;
    if (consent === undefined || this.#known !== describe(consent)) return context;
    return { ...context, consent: undefined };
  }

  /** Notes that a call with this context succeeded. */
  note(context: unknown): void {
    const consent = (context as WithConsent | null | undefined)?.consent;
    if (consent !== undefined) this.#known = describe(consent);
  }
}

const describe = ({ optedOut, state }: ConsentInfo): string => JSON.stringify([optedOut, state ?? null]);
