import { REWARD_IMAGE_PATH } from '../../platform/reward-answer.js';
import { html, type Markup } from '../html.js';

export const INSPECTOR_STYLE_PATH = '/inspector/style.css';
export const INSPECTOR_SCRIPT_PATH = '/inspector/script.js';

const FILTERS = [
  ['all', 'All'],
  ['session', 'Sessions'],
  ['moment', 'Moments'],
  ['reward', 'Rewards'],
  ['callback', 'Callbacks'],
  ['ping', 'Pings'],
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

/** The inspector without its data, which comes by events. */
export const inspectorPage = (): Markup =>
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
            <p class="note">Callbacks go to <span id="callback-url">…</span></p>
          </aside>
          <main>
            <div class="bar">
              <fieldset class="filters">
                <legend>Show</legend>
                ${FILTERS.map(filter)}
              </fieldset>
              <button type="button" id="pause">Pause</button>
            </div>
            <p id="outcome" role="status"></p>
            <h2 class="hidden">What happened, newest first</h2>
            <div id="empty" data-why="nothing">
              <p class="nothing">
                Nothing has happened yet. Point a client at <code id="base-url"></code>, and what it sends shows up
                here.
              </p>
              <p class="filtered">Nothing of this kind yet.</p>
            </div>
            <ul id="entries" tabindex="-1"></ul>
          </main>
        </div>
      </body>
    </html> `;
