import { REWARD_IMAGE_PATH } from '../../platform/reward-answer.js';
import type { SandboxState } from '../../state.js';
import { html, type Markup } from '../html.js';
import { quoteForShell } from '../../quote-for-shell.js';

export const INSPECTOR_STYLE_PATH = '/inspector/style.css';
export const INSPECTOR_SCRIPT_PATH = '/inspector/script.js';

const FILTERS = [
  ['all', 'All'],
  ['session consent', 'Sessions'],
  ['moment', 'Moments'],
  ['reward', 'Rewards'],
  ['callback', 'Callbacks'],
  ['ping conversion', 'Pings'],
  ['pairing', 'Pairings'],
  ['other', 'Other'],
] as const;

const filter = ([value, label]: (typeof FILTERS)[number]): Markup =>
  html`<label
    ><input type="radio" name="filter" value="${value}" ${value === 'all' ? html` checked` : null} /><span
      >${label}</span
    ></label
  >`;

const numberField = (kind: string, name: string, label: string, value: string): Markup =>
  html`<div class="field" data-for="${kind}">
    <label for="fault-${name}">${label}</label
    ><input id="fault-${name}" name="${name}" type="number" required min="0" value="${value}" />
  </div>`;

const textField = (kind: string, name: string, label: string, value: string): Markup =>
  html`<div class="field" data-for="${kind}">
    <label for="fault-${name}">${label}</label><input id="fault-${name}" name="${name}" value="${value}" />
  </div>`;

const FAULTS = [
  ['status', 'Answer with a status'],
  ['delay', 'Delay the answer'],
  ['reset', 'Reset the connection'],
  ['truncate', 'Break off the answer'],
  ['garbage', 'Answer with a web page'],
  ['redirect', 'Redirect'],
  ['drip', 'Drip the answer'],
  ['oversize', 'Pad the answer'],
] as const;

/** Shown in an empty list: how to point a client here. The page fills in `.origin`. */
const firstSteps = ({ appKey, acceptedKey, hasOwnSecret }: SandboxState): Markup =>
  html`<div class="nothing">
    <p>Nothing has happened yet. Point a client at <code class="origin"></code>, and what it sends shows up here.</p>
    <dl>
      <div>
        <dt>App key</dt>
        <dd><code>${appKey}</code>${acceptedKey === null ? ', or any other' : ''}</dd>
      </div>
      <div>
        <dt>App secret</dt>
        <dd>
          ${hasOwnSecret ? 'the one that the sandbox was started with' : html`generated: <code>sandbox.appSecret</code> in a test, <code>KIIP_APP_SECRET</code> in the output of <code>kiip-s2s sandbox</code>`}
        </dd>
      </div>
    </dl>
    <div class="head">
      <h3>Try it</h3>
      <button type="button" class="copy" id="copy-snippet" aria-label="Copy: Try it">Copy</button>
    </div>
    <pre id="snippet">
export KIIP_BASE_URL=<span class="origin"></span>
export KIIP_APP_KEY=${quoteForShell(appKey)}
npx kiip-s2s smoke</pre>
  </div>`;

/** The inspector's page. Its data arrives by server-sent events. */
export const inspectorPage = (state: SandboxState): Markup =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Inspector · kiip-s2s sandbox</title>
        <link rel="icon" href="${REWARD_IMAGE_PATH}" />
        <link rel="stylesheet" href="${INSPECTOR_STYLE_PATH}" />
        <script src="${INSPECTOR_SCRIPT_PATH}" defer></script>
      </head>
      <body>
        <a class="skip" href="#entries">Skip to the list</a>
        <header>
          <img src="${REWARD_IMAGE_PATH}" alt="" width="32" height="32" />
          <h1>Sandbox inspector</h1>
          <p id="connection" role="status" data-state="lost">Connecting …</p>
        </header>
        <div class="columns">
          <aside aria-label="Controls">
            <details>
              <summary><h2>Next moments</h2></summary>
              <form id="settings">
                <div class="field">
                  <div class="label">
                    <label for="fill-rate">Fill rate of live moments</label
                    ><output id="fill-rate-shown" for="fill-rate"></output>
                  </div>
                  <input id="fill-rate" type="range" min="0" max="100" step="1" value="100" />
                </div>
                <div class="field">
                  <label for="reward-name">Name of rewards</label
                  ><input id="reward-name" autocomplete="off" placeholder="what it pays" />
                </div>
                <div class="field">
                  <label for="native-url">Send players on to (native_url)</label
                  ><input id="native-url" autocomplete="off" placeholder="nowhere" />
                </div>
                <button>Apply</button>
              </form>
            </details>
            <details>
              <summary><h2>Faults</h2></summary>
              <form id="faults">
                <div class="field">
                  <label for="fault-kind">The next API request gets</label
                  ><select id="fault-kind">
                    ${FAULTS.map(([value, label]) => html`<option value="${value}">${label}</option>`)}
                  </select>
                </div>
                ${numberField('status', 'status', 'Status', '503')}
                ${textField('status', 'retryAfter', 'Retry-After (optional)', '')}
                ${numberField('delay', 'ms', 'Milliseconds', '2000')}
                ${textField('redirect', 'location', 'Location', 'https://example.com/')}
                ${numberField('drip', 'bytesPerSecond', 'Bytes per second', '200')}
                ${numberField('oversize', 'bytes', 'Bytes', '2000000')}
                <div class="field">
                  <label for="fault-times">Times</label
                  ><input id="fault-times" type="number" min="1" value="1" required />
                </div>
                <button>Arm</button>
              </form>
              <h3>Armed, next first</h3>
              <p id="none-armed">None.</p>
              <ol id="armed" hidden></ol>
              <button type="button" id="disarm" hidden>Disarm all</button>
            </details>
            <details>
              <summary><h2>Sandbox</h2></summary>
              <p class="note">Callbacks go to <span id="callback-url">…</span></p>
              <button type="button" id="forget">Forget everything</button>
            </details>
          </aside>
          <main>
            <div class="bar">
              <fieldset class="filters">
                <legend>Show</legend>
                ${FILTERS.map(filter)}
              </fieldset>
              <div class="tools">
                <input id="search" type="search" placeholder="Search" aria-label="Search the list" autocomplete="off" />
                <button type="button" id="pause">Pause</button>
              </div>
            </div>
            <p id="outcome" role="status"></p>
            <h2 class="hidden">What happened, newest first</h2>
            <div id="empty" data-why="nothing">
              ${firstSteps(state)}
              <p class="filtered">Nothing matches the search and the filter.</p>
            </div>
            <ul id="entries" tabindex="-1"></ul>
          </main>
        </div>
      </body>
    </html> `;
