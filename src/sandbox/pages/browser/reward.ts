/**
 * The reward page's script. Without it the page works by its form and links alone; with it the page also tells the one that frames it
 * how the reward ended, since a browser does not tell a page where its frame went.
 */
export function rewardPage(): void {
  const main = document.querySelector('main');
  const form = document.querySelector('form');
  const problem = document.querySelector('[role="alert"]');
  if (main === null) return;

  const end = (address: string, outcome: string): void => {
    main.dataset['state'] = outcome;
    const heading = document.querySelector<HTMLElement>(`[data-shown-when="${outcome}"] h2`);
    heading?.focus();
    // Names no player and no reward, so it may be said to whoever frames the page.
    if (window.parent !== window) window.parent.postMessage(address, '*');
    window.location.href = address;
  };

  for (const link of document.querySelectorAll<HTMLAnchorElement>('a[data-end]')) {
    link.addEventListener('click', (event) => {
      event.preventDefault();
      end(link.href, link.dataset['end'] ?? '');
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
      const { dismiss } = (await answer.json()) as { dismiss?: string };
      if (dismiss === undefined) throw new Error();
      end(dismiss, 'redeemed');
    } catch {
      if (problem !== null) problem.textContent = 'That did not work. Is the sandbox still running? Please try again.';
      button?.removeAttribute('aria-disabled');
    }
  };

  form?.addEventListener('submit', (event) => {
    event.preventDefault();
    if (form.querySelector('button[aria-disabled]') === null) void redeem(form);
  });
}
