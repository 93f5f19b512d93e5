/** Milliseconds between two navigations: without a pause only the second one happens. */
const NEXT_SAYING_MS = 100;

/**
 * The reward page's script. The page works without it, by its form and links. The script also posts how the reward ended to the framing
 * page, because a browser does not reveal where a frame went. A page with the vendor's bridge (PROTOCOL K30) sends its other messages in
 * the same two ways.
 */
export function rewardPage(): void {
  const main = document.querySelector('main');
  const form = document.querySelector('form');
  const problem = document.querySelector('[role="alert"]');
  if (main === null) return;

  /** Any framing page may hear it, because a sandbox's reward is worth nothing. */
  const tell = (address: string): void => {
    if (window.parent !== window) window.parent.postMessage(address, '*');
  };
  const say = (address: string): void => {
    tell(address);
    window.location.href = address;
  };

  const end = (address: string, outcome: string): void => {
    main.dataset['state'] = outcome;
    const heading = document.querySelector<HTMLElement>(`[data-shown-when="${outcome}"] h2`);
    heading?.focus();
    say(address);
  };

  for (const link of document.querySelectorAll<HTMLAnchorElement>('a[data-end]')) {
    link.addEventListener('click', (event) => {
      event.preventDefault();
      end(link.href, link.dataset['end'] ?? '');
    });
  }

  for (const link of document.querySelectorAll<HTMLAnchorElement>('a[data-say]')) {
    link.addEventListener('click', (event) => {
      event.preventDefault();
      say(link.href);
    });
  }

  const redeem = async (sent: HTMLFormElement): Promise<void> => {
    const button = sent.querySelector('button');
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(sent)) fields.set(name, String(value));
    if (button !== null) button.setAttribute('aria-disabled', 'true');
    if (problem !== null) problem.textContent = '';
    try {
      const answer = await fetch(sent.action, {
        method: 'POST',
        headers: { accept: 'application/json' },
        credentials: 'omit',
        body: fields,
      });
      const { dismiss, content } = (await answer.json()) as { dismiss?: string; content?: string };
      if (dismiss === undefined) throw new Error();
      if (content !== undefined) {
        say(content);
        // Post the message first: a browser that refuses the navigation removes the page together with unsent messages.
        tell(dismiss);
        await new Promise((resolve) => setTimeout(resolve, NEXT_SAYING_MS));
      }
      end(dismiss, 'redeemed');
    } catch {
      if (problem !== null)
        problem.textContent = 'That did not work. Check that the sandbox is still running, and try again.';
      button?.removeAttribute('aria-disabled');
    }
  };

  form?.addEventListener('submit', (event) => {
    event.preventDefault();
    if (form.querySelector('button[aria-disabled]') === null) void redeem(form);
  });

  const { ready } = main.dataset;
  // Wait for the load event, because Chromium does not fire it after such a navigation.
  if (ready !== undefined) window.addEventListener('load', () => setTimeout(() => say(ready)));
}
