/** The widget's look, in a sheet that is made by script: a page's policy against inline styles does not concern it. */

const CSS = `
:host {
  --a: #1f5eff; --t: #fff; --bg: #fff; --fg: #1a1d24; --soft: #f1f3f7; --line: #c3c9d4; --dim: #596273; --bad: #a3262a;
  --r: 14px; all: initial; position: fixed; z-index: 2147483000; inset-block-end: 20px; inset-inline-end: 20px;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: var(--fg); color-scheme: light;
}
:host([data-position="left"]) { inset-inline: 20px auto; }
:host([hidden]) { display: none; }
:host([data-theme="dark"]) { --bg: #171a21; --fg: #eceef2; --soft: #262b36; --line: #4a5263; --dim: #a9b1c0; --bad: #ff9a9a; color-scheme: dark; }
@media (prefers-color-scheme: dark) {
  :host([data-theme="auto"]) { --bg: #171a21; --fg: #eceef2; --soft: #262b36; --line: #4a5263; --dim: #a9b1c0; --bad: #ff9a9a; color-scheme: dark; }
}
* { box-sizing: border-box; }
button, textarea { font: inherit; color: inherit; }
button { cursor: pointer; border: 0; background: none; border-radius: 10px; }
button:disabled { cursor: default; opacity: .55; }
:focus-visible { outline: 3px solid var(--a); outline-offset: 2px; }
.launch { display: grid; place-items: center; inline-size: 56px; block-size: 56px; border-radius: 50%; background: var(--a);
  color: var(--t); margin-inline-start: auto; box-shadow: 0 4px 16px #0004; }
:host([data-position="left"]) .launch { margin-inline: 0 auto; }
svg { inline-size: 24px; block-size: 24px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
.panel { display: flex; flex-direction: column; inline-size: min(380px, calc(100vw - 40px)); block-size: min(560px, calc(100dvh - 40px));
  background: var(--bg); border: 1px solid var(--line); border-radius: var(--r); box-shadow: 0 12px 40px #0005; overflow: hidden; }
[hidden] { display: none !important; }
header { display: flex; align-items: center; gap: 4px; padding: 8px 8px 8px 16px; border-block-end: 1px solid var(--line); }
h2 { flex: 1; margin: 0; font-size: 16px; overflow-wrap: anywhere; }
.icon { display: grid; place-items: center; inline-size: 44px; block-size: 44px; }
.icon:hover { background: var(--soft); }
.log { flex: 1; overflow-y: auto; margin: 0; padding: 16px; list-style: none; display: flex; flex-direction: column; gap: 10px; overscroll-behavior: contain; }
.log > * { max-inline-size: 88%; padding: 8px 12px; border-radius: 12px; background: var(--soft); white-space: pre-wrap; overflow-wrap: anywhere; align-self: start; }
.log > .user { background: var(--a); color: var(--t); align-self: end; }
.wait::after { content: "…"; }
.sorry { padding: 8px 16px; margin: 0; color: var(--bad); border-block-start: 1px solid var(--line); }
.sorry p { margin: 0; }
form { margin: 0; display: flex; align-items: end; gap: 8px; padding: 12px; border-block-start: 1px solid var(--line); }
textarea { flex: 1; resize: none; field-sizing: content; min-block-size: 44px; max-block-size: 132px; padding: 10px 12px; background: var(--bg); border: 1px solid var(--dim); border-radius: 10px; }
textarea::placeholder { color: var(--dim); opacity: 1; }
.send { display: grid; place-items: center; inline-size: 44px; block-size: 44px; background: var(--a); color: var(--t); }
.out { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 480px) {
  :host(.open) { inset: 0; }
  .panel { inline-size: 100vw; block-size: 100dvh; border: 0; border-radius: 0; }
  textarea { font-size: 16px; }
}
@media (forced-colors: active) { .log > *, .launch, .send { border: 1px solid; } }
@media (prefers-reduced-motion: no-preference) { .wait::after { animation: wait 1s steps(2) infinite; } @keyframes wait { to { opacity: 0; } } }
`;

let made: CSSStyleSheet | undefined;

/** One sheet for all widgets of a page. */
export function sheet(): CSSStyleSheet {
  if (!made) {
    made = new CSSStyleSheet();
    made.replaceSync(CSS);
  }
  return made;
}

/**
 * Sets the colour and shape that the page asked for; what is not CSS is left out. Text on the colour is black or white,
 * whichever stands out more (WCAG 2, relative luminance).
 */
export function dress(
  root: ShadowRoot,
  accent: string | undefined,
  radius: string | undefined,
): void {
  const host = root.host as HTMLElement;
  if (radius !== undefined && isCss('border-radius', radius)) {
    host.style.setProperty('--r', radius);
  }
  if (accent === undefined || !isCss('color', accent)) return;
  host.style.setProperty('--a', accent);
  const probe = document.createElement('span');
  probe.style.color = accent;
  // Not in the host itself, whose children have no slot: what is not drawn has no style that one could rely on.
  root.append(probe);
  const [red = 0, green = 0, blue = 0] = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? [])
    .slice(0, 3)
    .map(linear);
  probe.remove();
  const light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  host.style.setProperty('--t', light > 0.179 ? '#000' : '#fff');
}

function isCss(property: string, value: string): boolean {
  return window.CSS.supports(property, value);
}

function linear(channel: string): number {
  const value = Number(channel) / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}
