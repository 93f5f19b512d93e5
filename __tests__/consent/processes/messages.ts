/** What a backend process is started with. */
export interface BackendOptions {
  readonly platformUrl: string;
  readonly store: 'redis' | 'postgres';
  readonly storeUrl: string;
}

/** One thing that a player does. `choice`: the number of the player's change, counted from 1. */
export interface Task {
  readonly user: string;
  readonly device: string;
  readonly choice?: number;
}

/** From the test to a backend: a batch of tasks and its faults. */
export interface Batch {
  readonly tasks: readonly Task[];
  /** The chance that the store fails when it is asked. */
  readonly storeDown: number;
  /** The process dies instead of marking its nth delivery; 0: it does not. */
  readonly crashAt: number;
}

/** From a backend to the test. `lost`: a delivery happened and its mark was lost, by a failing store or by the crash of the process. */
export type BackendMessage = { readonly kind: 'ready' | 'done' } | { readonly kind: 'lost'; readonly pair: string };

/** Each change of a player has another state, so that the platform's records tell which one it knows. */
// prettier-ignore
const STATES = ['AL', 'AK', 'AZ', 'AR', 'CA', 'CO', 'CT', 'DE', 'FL', 'GA', 'HI', 'ID', 'IL', 'IN', 'IA', 'KS', 'KY', 'LA', 'ME', 'MD'];

export const buildChoice = (number: number) => ({
  optedOut: number % 2 === 1,
  state: STATES[number] as string,
  at: new Date(Date.UTC(2025, 0, 1) + number * 1_000),
});

export const findNumber = (state: string): number => STATES.indexOf(state);
