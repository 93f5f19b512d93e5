import type { ConsentInfo } from '../request/context.js';

interface WithConsent {
  readonly consent?: ConsentInfo | null | undefined;
}

/** The consent of one call. */
export interface CallConsent<Context> {
  /** The call's context, without a consent that the platform knows already. */
  readonly context: Context;
  /** Returns the call's result, and notes when it has succeeded. */
  follow<Result>(call: Promise<Result>): Promise<Result>;
}

/**
 * Sends the consent of a bound session until one call has succeeded, and then no more. Repeating it at the end of the
 * session would revert a choice that the player has made meanwhile (PROTOCOL K14).
 */
export class BoundConsent {
  #known: string | null = null;

  /** Reads the consent now, since the game may change its context while the call is under way. */
  begin<Context>(context: Context): CallConsent<Context> {
    const consent = (context as WithConsent | null | undefined)?.consent;
    if (typeof consent !== 'object' || consent === null) return { context, follow: (call) => call };
    const carried = describe(consent);
    return {
      context: this.#known === carried ? { ...context, consent: undefined } : context,
      follow: async (call) => {
        const result = await call;
        this.#known = carried;
        return result;
      },
    };
  }
}

const describe = ({ optedOut, state }: ConsentInfo): string => JSON.stringify([optedOut, state ?? null]);
