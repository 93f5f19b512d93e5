import { REWARD_IMAGE_PATH } from '../../platform/reward-answer.js';
import type { SandboxReward } from '../../records.js';
import { html, type Markup } from '../html.js';
import { READY } from './bridge.js';
import { CLOSED } from './ending.js';

export const REWARD_STYLE_PATH = '/assets/reward.css';
export const REWARD_SCRIPT_PATH = '/assets/reward.js';

const shell = (title: string, body: Markup): Markup =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="${REWARD_IMAGE_PATH}" />
        <link rel="stylesheet" href="${REWARD_STYLE_PATH}" />
        <script src="${REWARD_SCRIPT_PATH}" defer></script>
      </head>
      <body>
        ${body}
      </body>
    </html> `;

/**
 * The page that the player sees. `close_button: false` leaves the close button out (PROTOCOL K8). With a `bridge` the page sends the app
 * more messages than its end (PROTOCOL K30).
 */
export function rewardPage(
  { id, unitId, name, usedDate, closeButton, virtual, emailAddress, isTest }: SandboxReward,
  bridge: Markup | null,
): Markup {
  const close = closeButton ? html`<a class="close" data-end="closed" href="${CLOSED}">Close</a>` : null;
  const needsEmail = virtual === null;
  return shell(
    name,
    html`<main
      data-state="${usedDate === null ? 'open' : 'redeemed'}"
      ${bridge === null ? null : html`data-ready="${READY}"`}
    >
      <img src="${REWARD_IMAGE_PATH}" alt="" width="128" height="128" />
      <p class="eyebrow">You have earned</p>
      <h1>${name}</h1>
      ${virtual === null ? null : html`<p class="value">+${virtual.quantity} ${virtual.name}</p>`}
      <div data-shown-when="open">
        <form method="post" action="/reward/${encodeURIComponent(unitId)}/${encodeURIComponent(id)}/redeem">
          <label for="email">E-mail${needsEmail ? '' : ' (optional)'}</label>
          <input
            id="email"
            name="email"
            type="email"
            autocomplete="email"
            maxlength="254"
            value="${emailAddress ?? ''}"
            aria-describedby="why"
            ${needsEmail ? html` required` : null}
          />
          <p id="why">
            ${needsEmail ? 'Where your reward goes.' : 'For a receipt. Your reward is credited in the game.'}
          </p>
          <button>Redeem</button>
        </form>
        <div class="problem" role="alert"></div>
        ${close}
      </div>
      <div data-shown-when="redeemed">
        <h2 tabindex="-1">Redeemed</h2>
        <p>${virtual === null ? 'It is on its way to you.' : 'It is being credited in the game.'}</p>
        ${usedDate === null ? null : close}
      </div>
      <div data-shown-when="closed">
        <h2 tabindex="-1">Closed</h2>
        <p>A game would now remove this page.</p>
      </div>
      ${bridge}
      <footer>${isTest ? 'A test reward' : 'A reward'} of the kiip-s2s sandbox. Nothing here is real.</footer>
    </main>`,
  );
}

/** The page after the form was sent without script; its link ends the reward (PROTOCOL K29). */
export const redeemedPage = (dismiss: string): Markup =>
  shell(
    'Redeemed',
    html`<main>
      <h1>Redeemed</h1>
      <a class="close" data-end="redeemed" href="${dismiss}">Continue</a>
    </main>`,
  );

export const noSuchReward = (): Markup =>
  shell(
    'No such reward',
    html`<main>
      <h1>No such reward</h1>
      <p>This sandbox has handed out no reward at this address, or has dropped it since.</p>
    </main>`,
  );
