/**
 * How a ping or a conversion ended. `attempts` counts the requests made.
 *
 * - `delivered`: Kaminari accepted it.
 * - `rejected`: Kaminari refused it with `httpStatus`, and repeating would not help.
 * - `expired`: Kaminari did not accept it within the window (PROTOCOL M2).
 * - `aborted`: your signal or `close()` ended it.
 * - `dropped`: `maxPending` deliveries were already pending; nothing was sent.
 */
export type PingResult =
  | { readonly status: 'delivered'; readonly attempts: number }
  | { readonly status: 'rejected'; readonly httpStatus: number; readonly attempts: number }
  | { readonly status: 'expired' | 'aborted' | 'dropped'; readonly attempts: number };
