/** The inspector's style sheet. */
export const INSPECTOR_STYLE = `
:root { color-scheme: light dark; --back: #f6f5fb; --card: #fff; --text: #1d1a2b; --quiet: #5c5870; --line: #d8d5e4; --edge: #8a86a0; --accent: #5b3fd6; --on-accent: #fff; --good: #17693a; --bad: #b3261e; --soft: #efecfa; --code: #f6f5fb; --name: #5b3fd6; --string: #17693a; --word: #9a3b00; --tag: #43327e; --tag-back: #e2dbfb; }
@media (prefers-color-scheme: dark) {
  :root { --back: #14121c; --card: #1f1c2b; --text: #f2f0fa; --quiet: #b7b2cb; --line: #39354a; --edge: #7f7a96; --accent: #b9a7ff; --on-accent: #1c1140; --good: #7bd99b; --bad: #ffb4ab; --soft: #2b2640; --code: #17151f; --name: #c4b5ff; --string: #8fdcaa; --word: #ffb787; --tag: #dcd3ff; --tag-back: #3d3363; }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; font: .9375rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); }
h1, h2, h3, p, ul, ol, dl, dd, fieldset { margin: 0; padding: 0; }
h1 { font-size: 1.125rem; }
h2 { display: inline; font-size: 1rem; }
h3 { margin: 1rem 0 .25rem; font-size: .8125rem; color: var(--quiet); text-transform: uppercase; letter-spacing: .04em; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: .5rem; top: -4rem; z-index: 2; padding: .5rem 1rem; color: var(--on-accent); background: var(--accent); border-radius: .5rem; }
.skip:focus { top: .5rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
header { display: flex; align-items: center; gap: .75rem; padding: .75rem clamp(.75rem, 3vw, 1.5rem); background: var(--card); border-bottom: 1px solid var(--line); }
header img { display: block; }
#connection { margin-inline-start: auto; color: var(--quiet); }
#connection::before { content: ''; display: inline-block; width: .625rem; height: .625rem; margin-inline-end: .5rem; border-radius: 50%; background: var(--bad); }
#connection[data-state="live"]::before { background: var(--good); }
.columns { display: grid; gap: 1rem; max-width: 84rem; margin: 0 auto; padding: 1rem clamp(.75rem, 3vw, 1.5rem); }
.columns > * { min-width: 0; }
@media (min-width: 60rem) { .columns { grid-template-columns: 18rem 1fr; align-items: start; } aside { position: sticky; top: 1rem; max-height: calc(100vh - 2rem); overflow-y: auto; } }
details { margin-bottom: .75rem; padding: .75rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
summary { cursor: pointer; min-height: 1.75rem; }
.field { margin-top: .75rem; }
.label { display: flex; justify-content: space-between; gap: .5rem; }
label { display: block; font-weight: 600; font-size: .875rem; }
output { font-variant-numeric: tabular-nums; }
input:not([type="radio"]), select { width: 100%; min-height: 2.5rem; padding: .375rem .625rem; font: inherit; color: inherit; background: var(--card); border: 1px solid var(--edge); border-radius: .5rem; }
input[type="range"] { padding: 0; border: 0; accent-color: var(--accent); background: none; }
::placeholder { color: var(--quiet); opacity: 1; }
button, .button { display: inline-block; min-height: 2.5rem; padding: .4375rem 1rem; font: inherit; font-weight: 600; color: var(--text); background: var(--card); border: 1px solid var(--edge); border-radius: .5rem; cursor: pointer; text-decoration: none; }
button:hover, .button:hover { background: var(--soft); }
form > button { margin-top: .75rem; color: var(--on-accent); background: var(--accent); border-color: transparent; }
form > button:hover { background: var(--accent); filter: brightness(1.08); }
button[aria-disabled="true"] { color: var(--quiet); border-style: dashed; cursor: not-allowed; }
#armed { padding-inline-start: 1.25rem; }
#disarm { margin-top: .5rem; }
.note { color: var(--quiet); font-size: .875rem; overflow-wrap: anywhere; }
.bar { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .5rem 1rem; }
.tools { display: flex; gap: .5rem; flex: 1 1 14rem; justify-content: end; }
#search { min-width: 6rem; }
#pause { white-space: nowrap; font-variant-numeric: tabular-nums; }
.filters { display: flex; min-inline-size: 0; flex-wrap: wrap; gap: .25rem; border: 0; }
.filters legend { float: left; margin-inline-end: .375rem; padding: .3125rem 0; color: var(--quiet); }
.filters label { position: relative; }
.filters input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: pointer; }
.filters span { display: block; padding: .25rem .625rem; border: 1px solid var(--edge); border-radius: 2rem; font-weight: 500; }
.filters input:checked + span { color: var(--on-accent); background: var(--accent); border-color: transparent; }
.filters input:focus-visible + span { outline: 3px solid var(--accent); outline-offset: 2px; }
#outcome { min-height: 1.75rem; padding: .25rem 0; font-weight: 600; color: var(--good); overflow-wrap: anywhere; }
#outcome[data-ok="false"] { color: var(--bad); }
#empty { padding: 3rem 1rem; text-align: center; color: var(--quiet); border: 1px dashed var(--edge); border-radius: .75rem; }
#empty .nothing { max-width: 36rem; margin: 0 auto; }
#empty dl, #empty pre, #empty .head { text-align: start; }
#empty dl { margin-top: 1rem; }
#empty[data-why="nothing"] .filtered, #empty[data-why="filtered"] .nothing { display: none; }
code { font: .875em ui-monospace, monospace; color: var(--text); overflow-wrap: anywhere; }
#entries { list-style: none; display: grid; grid-template-columns: minmax(0, 1fr); gap: .375rem; }
#entries:focus { outline: none; }
#entries > li { background: var(--card); border: 1px solid var(--line); border-inline-start: 4px solid var(--edge); border-radius: .625rem; }
#entries > li[data-tone="good"] { border-inline-start-color: var(--good); }
#entries > li[data-tone="bad"] { border-inline-start-color: var(--bad); }
.line { display: grid; grid-template-columns: 6rem 6rem minmax(0, 1.2fr) minmax(0, 1fr) 4rem; align-items: baseline; align-content: center; gap: .75rem; width: 100%; min-height: 2.75rem; padding: .5rem .75rem; font-weight: 400; text-align: start; background: none; border: 0; border-radius: .5rem; }
time { color: var(--quiet); font-variant-numeric: tabular-nums; }
.type { justify-self: start; padding: 0 .5rem; font-size: .8125rem; font-weight: 600; color: var(--tag); background: var(--tag-back); border-radius: .375rem; }
.title { font-weight: 600; }
.title, .verdict { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.line[aria-expanded="true"] .title, .line[aria-expanded="true"] .verdict { white-space: normal; overflow-wrap: anywhere; }
#entries > li.repeat { border-style: dashed; border-inline-start: 4px double var(--accent); }
.repeat .title { font-style: italic; font-weight: 500; }
#entries > li.repeat[data-tone="good"] .mark { color: var(--accent); }
.count { color: var(--accent); font-weight: 700; }
.duration { justify-self: end; color: var(--quiet); font-variant-numeric: tabular-nums; white-space: nowrap; }
.head { display: flex; align-items: end; justify-content: space-between; gap: .5rem; margin-bottom: .25rem; }
.copy { min-height: 1.75rem; padding: .0625rem .625rem; font-size: .8125rem; }
[data-tone="good"] .mark { color: var(--good); }
[data-tone="bad"] .mark { color: var(--bad); }
.mark { font-weight: 700; }
@media (max-width: 40rem) { .line { grid-template-columns: auto auto 1fr; gap: .125rem .75rem; } .title, .verdict { grid-column: 1 / -1; } .duration { grid-column: 3; grid-row: 1; } }
@media (max-width: 59.99rem) {
  .columns { gap: .75rem; padding-top: .75rem; }
  aside { display: flex; flex-wrap: wrap; gap: .375rem; }
  aside details { flex: 1 1 auto; margin: 0; padding: .5rem .625rem; }
  aside details[open] { flex-basis: 100%; }
  aside h2 { font-size: .875rem; }
  .bar { flex-direction: column; align-items: stretch; }
  .tools { flex: none; }
  .filters { flex-wrap: nowrap; max-width: 100%; overflow-x: auto; padding: .1875rem; margin: -.1875rem; }
  .filters legend { display: none; }
  .filters span { white-space: nowrap; }
}
.panel { padding: 0 .75rem .75rem; border-top: 1px solid var(--line); }
.buttons { display: flex; flex-wrap: wrap; gap: .5rem; padding-top: .75rem; }
dl > div { display: grid; grid-template-columns: 8rem minmax(0, 1fr); gap: .75rem; padding: .125rem 0; }
@media (max-width: 30rem) { dl > div { grid-template-columns: minmax(0, 1fr); gap: 0; } }
dt { color: var(--quiet); }
dd { overflow-wrap: anywhere; }
.hints { padding-inline-start: 1.25rem; }
pre { margin: 0; padding: .75rem; font: .8125rem/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--code); border: 1px solid var(--line); border-radius: .5rem; }
pre .name { color: var(--name); }
pre .string { color: var(--string); }
pre .word { color: var(--word); }
pre .mask { color: var(--quiet); letter-spacing: .05em; }
`;
