import type { Answer, Exchange, Route } from '../http/route.js';
import { REWARD_IMAGE_PATH } from '../platform/reward-answer.js';
import type { SandboxReward } from '../types.js';
import type { PageContext } from './page-context.js';

const IMAGE =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" width="96" height="96"><rect width="96" height="96" rx="20" fill="#5b3fd6"/>' +
  '<path d="M20 44h56v34H20zM16 30h64v14H16zM44 30h8v48h-8zM48 30c-6-16-24-16-20-4 2 4 12 4 20 4 8 0 18 0 20-4 4-12-14-12-20 4z" fill="#fff"/></svg>';

const CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self' kiip:; base-uri 'none'";

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');

/** The page behind `body_url`: shows the reward, redeems it, closes it. */
export function rewardRoutes({ state, callbacks }: PageContext): Route[] {
  const page = { kind: () => 'page' as const, faulty: false, sameOriginOnly: false };
  const show = ({ params }: Exchange): Answer => {
    const reward = state.rewards.find(params.at(-1) ?? '');
    return reward === undefined ? notFound() : html(200, rewardPage(reward), 'reward page');
  };
  const redeem = ({ params }: Exchange): Answer => {
    const reward = state.rewards.find(params.at(-1) ?? '');
    if (reward === undefined) return notFound();
    // The player is not kept waiting for the game's backend, and one press is one redemption.
    if (reward.usedDate === null) {
      if (reward.virtual !== null && state.callbackUrl !== null) callbacks.redeem(reward.id).catch(() => undefined);
      else callbacks.markUsed(reward);
    }
    return { status: 303, body: '', headers: { location: 'kiip://did_dismiss' }, verdict: 'reward redeemed by the player' };
  };
  return [
    { ...page, method: 'GET', path: /^\/reward\/([^/]+)\/([^/]+)$/, recorded: true, handle: show },
    { ...page, method: 'POST', path: /^\/reward\/([^/]+)\/([^/]+)\/redeem$/, recorded: true, handle: redeem },
    {
      ...page,
      method: 'GET',
      path: REWARD_IMAGE_PATH,
      recorded: false,
      handle: () => ({ status: 200, body: IMAGE, contentType: 'image/svg+xml', verdict: 'picture' }),
    },
  ];
}

const notFound = (): Answer => html(404, '<!doctype html><title>No such reward</title><p>No such reward.</p>', 'rejected: no such reward');

const html = (status: number, body: string, verdict: string): Answer => ({
  status,
  body,
  contentType: 'text/html; charset=utf-8',
  headers: { 'content-security-policy': CONTENT_POLICY, 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' },
  verdict,
});

function rewardPage({ id, unitId, name, usedDate, closeButton }: SandboxReward): string {
  const action = `/reward/${unitId}/${encodeURIComponent(id)}/redeem`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(name)}</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid; place-content: center; justify-items: center; gap: 1rem; }
</style>
</head>
<body>
<img src="${REWARD_IMAGE_PATH}" alt="" width="96" height="96">
<h1>${escape(name)}</h1>
${usedDate === null ? `<form method="post" action="${escape(action)}"><button>Redeem</button></form>` : '<p>Redeemed.</p>'}
${closeButton ? '<a href="kiip://did_dismiss?close=true">Close</a>' : ''}
</body>
</html>
`;
}
