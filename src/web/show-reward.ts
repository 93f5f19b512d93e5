import { dialog } from './dialog.js';
import { element } from '../dom/element.js';
import { rememberFocus } from './focus.js';
import type { RewardResult, ShowRewardOptions } from './show-reward-options.js';
import { readOptions } from './shown-options.js';
import { addStyles } from './styles.js';
import { toast } from './toast.js';

/** A reward that is being shown. */
export interface ShownReward {
  /** Removes the overlay and calls `onClose`, unless the reward has already ended. Calling it again does nothing. */
  close(): void;
}

/**
 * Shows a reward over an HTML5 game: a notification if you pass one, then an accessible modal dialog with the reward page in a
 * sandboxed frame. The player can always close it. Exactly one of `onDismiss` and `onClose` is called, once, after the overlay is
 * gone and the focus is back (PROTOCOL K20, K29, K30).
 *
 * @throws TypeError at once, with every problem of the options: a `bodyUrl` that may not be shown, a misspelt name, no document.
 * @example
 * ```ts
 * import { showReward, type LoadingModal } from 'kiip-s2s/web';
 *
 * declare const reward: {
 *   bodyUrl: { href: string };
 *   notification: { rewardName: string; rewardImageUrl: string | null } | null;
 *   modal: LoadingModal;
 * };
 *
 * showReward({
 *   bodyUrl: reward.bodyUrl,
 *   notification: reward.notification,
 *   modal: reward.modal,
 *   onDismiss: ({ redeemed }) => console.log(redeemed ?? 'the browser does not tell'),
 *   onClose: () => console.log('closed'),
 * });
 * ```
 */
export function showReward(options: ShowRewardOptions): ShownReward {
  const shownOptions = readOptions(options);
  const { container, notification } = shownOptions;
  const host = element(container.ownerDocument, 'div');
  const root = host.attachShadow({ mode: 'open' });
  addStyles(root, options.nonce);
  // Keep keys pressed in the overlay from the game behind it.
  for (const type of ['keydown', 'keypress', 'keyup']) host.addEventListener(type, (event) => event.stopPropagation());
  const giveFocusBack = rememberFocus(host);
  let shown: { remove(): void } | null = null;
  let ended = false;

  const end = (result: RewardResult | null): void => {
    if (ended) return;
    ended = true;
    // When a notification closes while the player is elsewhere in the page, leave their focus alone.
    const hadFocus = root.activeElement !== null || root.querySelector('dialog') !== null;
    shown?.remove();
    host.remove();
    if (hadFocus) giveFocusBack();
    if (result === null) options.onClose?.();
    else options.onDismiss?.(result);
  };
  const close = (): void => end(null);
  const open = (): void => {
    shown?.remove();
    shown = dialog(root, shownOptions, { onDismiss: end, onClose: close });
  };

  container.append(host);
  if (notification === null) open();
  else shown = toast(root, shownOptions, notification.imageUrl, { onOpen: open, onClose: close });
  return { close };
}
