const CSS = `
:host{all:initial;color-scheme:light dark;--back:#fff;--text:#1b1b1f;--quiet:#55555e;--line:#d5d5dd;--ring:#0b57d0}
@media(prefers-color-scheme:dark){:host{--back:#1f1f24;--text:#f3f3f6;--quiet:#b9b9c4;--line:#45454f;--ring:#a8c7fa}}
*{box-sizing:border-box;font-family:system-ui,sans-serif}
button{font-size:1rem;color:inherit;background:none;border:0;padding:0;margin:0;cursor:pointer;text-align:start;border-radius:.5rem}
button:focus-visible{outline:3px solid var(--ring);outline-offset:1px}
.close{flex:none;width:2.75rem;height:2.75rem;font-size:1.25rem;line-height:1;text-align:center}
.name,h2{min-width:0;overflow-wrap:anywhere;unicode-bidi:isolate;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}
.toast{position:fixed;inset-inline:1rem;bottom:calc(1rem + env(safe-area-inset-bottom) + var(--below,0px));z-index:2147483647;max-width:24rem;margin-inline:auto;display:flex;align-items:center;
gap:.25rem;padding:.5rem;color:var(--text);background:var(--back);border:1px solid var(--line);border-radius:.75rem;box-shadow:0 .5rem 1.5rem #0005;font-size:1rem;line-height:1.35}
.open{flex:1;min-width:0;min-height:2.75rem;display:flex;align-items:center;gap:.75rem;padding:.25rem .5rem}
.open img{flex:none;width:2.75rem;height:2.75rem;object-fit:cover;border-radius:.5rem}
.words{flex:1;min-width:0}.name{font-weight:600}.more{color:var(--quiet);font-size:.875rem}
dialog{position:fixed;inset:0;z-index:2147483647;width:min(30rem,100vw - 2rem);height:min(46rem,100vh - 2rem);height:min(46rem,100dvh - 2rem);max-width:none;max-height:none;margin:auto;padding:0;overflow:hidden;
color:var(--text);background:var(--back);border:1px solid var(--line);border-radius:1rem;font-size:1rem;line-height:1.35}
dialog::backdrop{background:#000a}
.inside{display:flex;flex-direction:column;height:100%}
header{flex:none;display:flex;align-items:center;justify-content:space-between;gap:.5rem;padding:.25rem .25rem .25rem 1rem;border-bottom:1px solid var(--line)}
h2{margin:0;font-size:1rem;font-weight:600}
.stage{flex:1;position:relative;min-height:0}
.page,.page iframe,.cover{position:absolute;inset:0;width:100%;height:100%;border:0}
.page{background:#fff}
.cover{display:flex;flex-direction:column;align-items:center;justify-content:center;gap:1rem;padding:1.5rem;text-align:center;background:var(--back);overflow:auto}
.cover[hidden]{display:none}
.cover p,h3{margin:0;max-width:22rem;overflow-wrap:anywhere}.cover p{color:var(--quiet)}
h3{margin-bottom:.25rem;font-size:1.25rem;font-weight:600;line-height:1.3}
.spinner{width:2.5rem;height:2.5rem;margin:0 auto 1.25rem;border:.25rem solid var(--line);border-top-color:var(--ring);border-radius:50%}
.retry{flex:none;min-height:2.75rem;padding:.5rem 1.25rem;font-weight:600;text-align:center;color:var(--back);background:var(--ring)}
@media(max-width:30rem),(max-height:30rem){dialog{width:100vw;height:100vh;height:100dvh;border:0;border-radius:0}}
@media(prefers-reduced-motion:no-preference){.toast,dialog{animation:kiip .2s ease-out}@keyframes kiip{from{opacity:0;transform:translateY(1rem)}}
.loading{animation:show .3s .2s backwards}@keyframes show{from{opacity:0}}.spinner{animation:turn 1s linear infinite}@keyframes turn{to{transform:rotate(1turn)}}}
`;

/**
 * Adds the styles as a constructed sheet, which a Content-Security-Policy does not treat as inline style. Browsers without constructed
 * sheets (Safari before 16.4) get a style element, for which a strict host must pass its nonce.
 */
export function addStyles(root: ShadowRoot, nonce: string | undefined): void {
  const document = root.ownerDocument;
  const Sheet = document.defaultView?.CSSStyleSheet;
  try {
    if (Sheet === undefined || !('adoptedStyleSheets' in root)) throw new TypeError();
    const sheet = new Sheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
  } catch {
    const style = document.createElement('style');
    if (nonce !== undefined) style.nonce = nonce;
    style.textContent = CSS;
    root.append(style);
  }
}
