import { jsonAnswer, type Answer, type Exchange, type Route } from '../../http/route.js';
import { REWARD_IMAGE_PATH } from '../../platform/reward-answer.js';
import type { SandboxReward } from '../../records.js';
import { REWARD_SCRIPT } from '../browser-scripts.js';
import { assetAnswer, pageAnswer } from '../html.js';
import type { PageContext } from '../page-context.js';
import { bridgeLinks, contentAddress } from './bridge.js';
import { redeemed } from './ending.js';
import { noSuchReward, redeemedPage, REWARD_SCRIPT_PATH, REWARD_STYLE_PATH, rewardPage } from './page.js';
import { REWARD_PICTURE } from './picture.js';
import { redeemReward } from './redeem.js';
import { REWARD_STYLE } from './style.js';

// No `frame-ancestors`, because any game's page may show the reward.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; " +
  "require-trusted-types-for 'script'";

// Lets a frame with an opaque origin read the answer. The sender already knows the reward's id, which is all that a redemption needs.
const ANY_ORIGIN = { 'access-control-allow-origin': '*' };

/** The routes of the page behind `body_url`, which shows, redeems and closes the reward. */
export function rewardRoutes(context: PageContext): Route[] {
  const { state } = context;
  const page = { kind: () => 'page' as const, faulty: false, sameOriginOnly: false };
  const asset = (path: string, answer: Answer): Route => ({
    ...page,
    method: 'GET',
    path,
    recorded: false,
    handle: () => answer,
  });
  const find = ({ params: [unitId, id = ''] }: Exchange): SandboxReward | null => {
    const reward = state.rewards.find(id);
    return reward?.unitId === unitId ? (reward ?? null) : null;
  };
  const notFound = (): Answer => pageAnswer(404, noSuchReward(), POLICY, 'rejected: no such reward');
  const show = (exchange: Exchange): Answer => {
    const reward = find(exchange);
    if (reward === null) return notFound();
    const bridge = state.bridge === 'sdk' ? bridgeLinks(reward) : null;
    return pageAnswer(200, rewardPage(reward, bridge), POLICY, 'reward page');
  };
  const redeem = (exchange: Exchange): Answer => {
    const reward = find(exchange);
    if (reward === null) return notFound();
    const verdict = 'reward redeemed by the player';
    // Do not make the player wait for the game's backend; pressing twice redeems once.
    if (reward.usedDate === null) redeemReward(context, reward).catch(() => undefined);
    const dismiss = redeemed(reward);
    if (exchange.headers.accept === 'application/json') {
      const content = state.bridge === 'sdk' ? contentAddress(reward, state.appSecret) : null;
      return { ...jsonAnswer(200, { dismiss, ...(content !== null && { content }) }, verdict), headers: ANY_ORIGIN };
    }
    // Do not redirect: Chromium crashes when a frame is redirected to `kiip:` under a `frame-src` policy.
    return pageAnswer(200, redeemedPage(dismiss), POLICY, verdict);
  };
  return [
    { ...page, method: 'GET', path: /^\/reward\/([^/]+)\/([^/]+)$/, recorded: true, handle: show },
    { ...page, method: 'POST', path: /^\/reward\/([^/]+)\/([^/]+)\/redeem$/, recorded: true, handle: redeem },
    asset(REWARD_STYLE_PATH, assetAnswer(REWARD_STYLE, 'text/css; charset=utf-8')),
    asset(REWARD_SCRIPT_PATH, assetAnswer(REWARD_SCRIPT, 'text/javascript; charset=utf-8')),
    asset(
      REWARD_IMAGE_PATH,
      assetAnswer(REWARD_PICTURE, 'image/svg+xml', {
        'cross-origin-resource-policy': 'cross-origin',
        'content-security-policy': "default-src 'none'",
      }),
    ),
  ];
}
