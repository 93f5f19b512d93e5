import type { SandboxReward } from '../../records.js';

/** Where a reward page goes when the player closes it (PROTOCOL K29). */
export const CLOSED = 'kiip://did_dismiss?close=true';

/** Where it goes after the redemption: without `close`, and with `native_url` if the reward has one (PROTOCOL K29). */
export const redeemed = ({ nativeUrl }: Pick<SandboxReward, 'nativeUrl'>): string =>
  `kiip://did_dismiss${nativeUrl === null ? '' : `?native_url=${encodeURIComponent(nativeUrl)}`}`;
