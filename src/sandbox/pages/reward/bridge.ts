import { signCallback } from '../../../callbacks/sign.js';
import type { SandboxReward } from '../../records.js';
import { html, type Markup } from '../html.js';

const address = (name: string, parameters: Readonly<Record<string, string>> = {}): string => {
  // Do not use URLSearchParams: apps do not decode its "+" for a space (PROTOCOL K29).
  const query = Object.entries(parameters).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return `kiip://${name}${query.length === 0 ? '' : `?${query.join('&')}`}`;
};

/** The message that says that the page can be shown. */
export const READY = address('ready');

/** The links of a page with the vendor's bridge (PROTOCOL K30). Each sends one message, and the page stays. */
export function bridgeLinks({ name }: Pick<SandboxReward, 'name'>): Markup {
  const links: readonly (readonly [text: string, address: string])[] = [
    // Encoded once, although the vendor's own app decodes these two texts a second time.
    ['Share', address('share', { subject: 'My reward', text: `I have earned ${name}` })],
    ['Watch a video', address('video', { url: 'https://media.example/reward.mp4' })],
    ['Open the camera', address('open_camera')],
    ['Close the camera', address('close_camera')],
  ];
  return html`<nav aria-label="For the app">
    ${links.map(([text, href]) => html`<a data-say href="${href}">${text}</a>`)}
  </nav>`;
}

/** The message that announces a redemption's currency to the app. The app must not credit it; the signed callback to the backend counts. */
export function contentAddress({ id, userId, virtual }: SandboxReward, secret: string): string | null {
  if (virtual === null || userId === null) return null;
  const { content, name, quantity } = virtual;
  const signature = signCallback({ transactionId: id, content, name, quantity, userId }, secret);
  return address('content', { content, quantity: String(quantity), transaction_id: id, signature });
}
