/** The reward page's style sheet. */
export const REWARD_STYLE = `
:root { color-scheme: light dark; --back: #f4f2fb; --card: #fff; --text: #1d1a2b; --quiet: #5c5870; --line: #8a86a0; --accent: #5b3fd6; --on-accent: #fff; --bad: #b3261e; --glow: #d9d0ff; }
@media (prefers-color-scheme: dark) {
  :root { --back: #14121c; --card: #1f1c2b; --text: #f2f0fa; --quiet: #b7b2cb; --line: #7f7a96; --accent: #b9a7ff; --on-accent: #1c1140; --bad: #ffb4ab; --glow: #35295f; }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
html { height: 100%; }
body { margin: 0; min-height: 100%; display: grid; place-items: center; padding: clamp(0rem, 3vw, 2rem); font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); }
main { position: relative; width: min(26rem, 100%); padding: 2.25rem 1.5rem 1.5rem; text-align: center; background: radial-gradient(circle at 50% 6rem, var(--glow), transparent 9rem) var(--card); border-radius: 1.25rem; box-shadow: 0 1rem 3rem #0003; }
@media (max-width: 32rem) { body { padding: 0; background: radial-gradient(circle at 50% 6rem, var(--glow), transparent 9rem) var(--card); } main { width: 100%; background: none; border-radius: 0; box-shadow: none; } }
img { display: block; margin: 0 auto 1rem; width: 8rem; height: 8rem; }
p { margin: .5rem 0 0; color: var(--quiet); }
.eyebrow { margin: 0; color: var(--quiet); font-size: .875rem; letter-spacing: .04em; text-transform: uppercase; }
h1 { margin: .25rem 0 0; unicode-bidi: plaintext; font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 1rem 0 0; font-size: 1.25rem; }
.value { display: inline-flex; align-items: center; gap: .5rem; margin: 1rem 0 0; padding: .25rem 1rem; border: 2px solid var(--accent); border-radius: 2rem; color: var(--text); font-weight: 700; font-size: 1.125rem; overflow-wrap: anywhere; }
#why { margin: 0; font-size: .875rem; }
form { display: grid; gap: .375rem; margin-top: 1.5rem; text-align: start; }
label { font-weight: 600; }
input { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; font: inherit; color: inherit; background: transparent; border: 1px solid var(--line); border-radius: .625rem; }
button, .close { min-height: 2.75rem; font: inherit; font-weight: 600; border-radius: .625rem; }
button { margin-top: .75rem; padding: .75rem 1rem; color: var(--on-accent); background: var(--accent); border: 0; cursor: pointer; }
button:hover { filter: brightness(1.08); }
button[aria-disabled] { opacity: .7; cursor: progress; }
.close { display: inline-grid; place-items: center; margin-top: .75rem; padding: 0 1.25rem; color: var(--text); text-decoration: underline; text-underline-offset: .2em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
h2:focus { outline: none; }
.problem:not(:empty) { margin-top: .75rem; color: var(--bad); font-weight: 600; }
nav { display: flex; flex-wrap: wrap; justify-content: center; gap: 0 .25rem; margin-top: .75rem; }
nav a { display: inline-grid; place-items: center; min-height: 2.75rem; padding: 0 .75rem; color: var(--quiet); font-size: .875rem; text-underline-offset: .2em; }
footer { margin-top: 1.25rem; padding-top: .75rem; border-top: 1px solid color-mix(in srgb, var(--line) 40%, transparent); color: var(--quiet); font-size: .8125rem; }
main[data-state="open"] [data-shown-when]:not([data-shown-when="open"]),
main[data-state="redeemed"] [data-shown-when]:not([data-shown-when="redeemed"]),
main[data-state="closed"] [data-shown-when]:not([data-shown-when="closed"]) { display: none; }
@media (max-height: 42rem) { main { padding-top: 1.25rem; } img { width: 6rem; height: 6rem; margin-bottom: .5rem; } form { margin-top: 1rem; } footer { margin-top: .5rem; } }
@media (prefers-reduced-motion: no-preference) {
  img { animation: arrive .5s cubic-bezier(.2, 1.4, .4, 1); }
  @keyframes arrive { from { transform: scale(.7) rotate(-8deg); opacity: 0; } }
}
`;
