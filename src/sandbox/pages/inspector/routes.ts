import { jsonAnswer, refusal, type Answer, type Exchange, type Route } from '../../http/route.js';
import { INSPECTOR_SCRIPT } from '../browser-scripts.js';
import { assetAnswer, pageAnswer } from '../html.js';
import type { PageContext } from '../page-context.js';
import { act } from './actions.js';
import { Entries } from './entries.js';
import { Live } from './live.js';
import { INSPECTOR_SCRIPT_PATH, INSPECTOR_STYLE_PATH, inspectorPage } from './page.js';
import { INSPECTOR_STYLE } from './style.js';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'; require-trusted-types-for 'script'";

/** The routes of the inspector, the page at the sandbox's root. Another site can only link to the page itself. */
export function inspectorRoutes(context: PageContext): Route[] {
  const entries = new Entries(context.state);
  const live = new Live(context.state, entries);
  const base = { kind: () => 'page' as const, faulty: false, recorded: false, sameOriginOnly: true };
  const get = (path: string | RegExp, handle: Route['handle']): Route => ({ ...base, method: 'GET', path, handle });
  const post = (path: string | RegExp, handle: Route['handle']): Route => ({ ...base, method: 'POST', path, handle });
  const open =
    ({ isRevealed }: { readonly isRevealed: boolean }) =>
    ({ params: [id = ''] }: Exchange): Answer => {
      const detail = entries.detail(id, { isRevealed });
      if (detail === null) return refusal(404, 'the sandbox no longer has this entry');
      return {
        ...jsonAnswer(200, detail, 'inspector'),
        headers: { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
      };
    };
  return [
    { ...get('/', () => pageAnswer(200, inspectorPage(context.state), POLICY, 'inspector')), sameOriginOnly: false },
    get(INSPECTOR_STYLE_PATH, () => assetAnswer(INSPECTOR_STYLE, 'text/css; charset=utf-8')),
    get(INSPECTOR_SCRIPT_PATH, () => assetAnswer(INSPECTOR_SCRIPT, 'text/javascript; charset=utf-8')),
    get('/inspector/events', (exchange) => live.open(exchange)),
    get(/^\/inspector\/entries\/([^/]+)$/, open({ isRevealed: false })),
    // Use POST, so that no prefetch or history entry reveals personal data.
    post(/^\/inspector\/entries\/([^/]+)\/reveal$/, open({ isRevealed: true })),
    post(/^\/inspector\/rewards\/([^/]+)\/(redeem|issue)$/, ({ params: [id = '', action = ''] }) =>
      act(context, action, id, null),
    ),
    post(/^\/inspector\/(settings|arm|disarm|reset)$/, ({ params: [action = ''], json }) =>
      act(context, action, '', json),
    ),
  ];
}
