// The browser code is TypeScript in browser/. scripts/browser-scripts.cjs bundles it and inserts the texts here.

declare const INSPECTOR_BUNDLE: string;
declare const REWARD_BUNDLE: string;
declare const COLLECTOR_BUNDLE: string;

/** The inspector's script. */
export const INSPECTOR_SCRIPT: string = INSPECTOR_BUNDLE;

/** The reward page's script. */
export const REWARD_SCRIPT: string = REWARD_BUNDLE;

/** The script that `/v1/script.js` serves to the pages of a game. */
export const COLLECTOR_SCRIPT: string = COLLECTOR_BUNDLE;
