import type { ConsentInfo } from '../request/context.js';

type WithConsent = { readonly consent?: ConsentInfo | undefined };

/**
 * The consent in the context of a bound session. It goes out until one call has succeeded, and then no more: repeated at the end of the
 * session, an old choice would revert what the player chose meanwhile (PROTOCOL K14).
 */
export class BoundConsent {
  #known: string | null = null;

  /** The context without a consent that the platform knows. */
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
