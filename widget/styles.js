// The panel's style sheets. Constructed, so a page's style-src has no say in them.
// Lengths are in px: rem would follow the host page's own root font size.

import { styleSheet } from './dom.js';

// Every colour pair used for text is at least 4.5 to 1, in both schemes.
const light = `
  --cc-paper: #fffdfa; --cc-ground: #f7f1ea; --cc-raised: #ffffff; --cc-line: #e6dbcf; --cc-edge: #94877a;
  --cc-ink: #2b2723; --cc-soft: #6a5f55; --cc-accent: var(--chat-accent, #2c6657); --cc-accent-deep: #235247; --cc-on-accent: var(--chat-on-accent, #fff);
  --cc-tint: #e7f0ec; --cc-tint-ink: #235247; --cc-warm: #f6e3d7; --cc-warm-ink: #7a3d22; --cc-danger: #a63d2a;
  --cc-shadow: 0 1px 2px rgb(70 52 36 / .06), 0 1px 6px rgb(70 52 36 / .05);
  color-scheme: light;`;
const dark = `
  --cc-paper: #221f1c; --cc-ground: #1a1816; --cc-raised: #2d2925; --cc-line: #3d3833; --cc-edge: #857a70;
  --cc-ink: #f1ebe4; --cc-soft: #b8ada1; --cc-accent: var(--chat-accent, #35705f); --cc-accent-deep: #3f8270;
  --cc-tint: #243530; --cc-tint-ink: #a9d8c8; --cc-warm: #45301f; --cc-warm-ink: #f3c9a8; --cc-danger: #b8503c;
  --cc-shadow: none;
  color-scheme: dark;`;
const tokensCss = `.panel { ${light} }
@media (prefers-color-scheme: dark) { :host(:not([theme=light])) .panel { ${dark} } }
:host([theme=dark]) .panel { ${dark} }`;

const panelCss = `
.panel, .panel * { box-sizing: border-box; }
.panel { all: initial; }
.panel { display: none; grid-template: auto minmax(0, 1fr) auto auto auto / minmax(0, 1fr); position: fixed; z-index: 2147483000;
  inset: auto; inset-block-end: 96px; inset-inline-end: 20px; margin: 0; padding: 0; overflow: clip;
  inline-size: 392px; block-size: min(672px, 100dvh - 116px); max-inline-size: none; max-block-size: none;
  border: 1px solid var(--cc-line); border-radius: 22px; background: var(--cc-paper); color: var(--cc-ink);
  font: 400 15px/1.5 var(--chat-font, system-ui), -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; text-align: start; -webkit-text-size-adjust: 100%;
  box-shadow: 0 2px 6px rgb(60 44 30 / .08), 0 18px 50px rgb(60 44 30 / .2); }
:host([position=start]) .panel { inset-inline: 20px auto; }
.panel.shown { display: grid; animation: rise .18s ease-out; }
.panel.full { inset: 0; inline-size: 100vw; block-size: 100dvh; border: 0; border-radius: 0; box-shadow: none; animation: none; }
.panel.inline { position: relative; inset: auto; z-index: 0; inline-size: 100%; block-size: 100%; border-radius: inherit; animation: none; box-shadow: none; border: 0; }
.panel::backdrop { background: none; }
@keyframes rise { from { opacity: 0; transform: translateY(10px); } }
.panel [hidden] { display: none !important; }
.panel h2, .panel h3, .panel p, .panel ul { margin: 0; padding: 0; }
.panel h2, .panel h3 { font-size: inherit; font-weight: 600; letter-spacing: -.005em; text-wrap: balance; }
.panel button { all: unset; box-sizing: border-box; cursor: pointer; -webkit-tap-highlight-color: transparent; }
.panel a { color: var(--cc-tint-ink); text-underline-offset: 2px; }
.panel :focus-visible { outline: 2px solid var(--cc-tint-ink); outline-offset: 2px; }
.spoken { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.icon { display: block; inline-size: 22px; block-size: 22px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.i-more { stroke-width: 2.8; }
.badge { display: grid; place-items: center; flex: none; inline-size: 40px; block-size: 40px; border-radius: 50%; background: var(--cc-tint); color: var(--cc-tint-ink); }
.badge .icon { inline-size: 26px; block-size: 26px; stroke-width: 1.4; }

.header { position: relative; z-index: 3; display: flex; align-items: center; gap: 12px; padding: 11.2px 9.6px 11.2px 16px;
  padding-block-start: max(11.2px, env(safe-area-inset-top)); border-block-end: 1px solid var(--cc-line); background: var(--cc-paper); }
.panel[dir=rtl] .header { padding-inline: 16px 9.6px; }
.names { flex: 1; min-inline-size: 0; }
.names h2 { overflow: hidden; font-size: 16px; line-height: 1.3; text-overflow: ellipsis; white-space: nowrap; }
.names p { color: var(--cc-soft); font-size: 13px; line-height: 1.3; }
.tools { display: flex; position: relative; }
.panel .tool { display: grid; place-items: center; inline-size: 44px; block-size: 44px; border-radius: 50%; color: var(--cc-soft); }
.panel .tool:hover, .panel .tool[aria-expanded=true] { background: var(--cc-ground); color: var(--cc-ink); }
.panel .menu { position: absolute; inset-block-start: calc(100% + 4px); inset-inline-end: 0; min-inline-size: 208px; padding: 6px; list-style: none;
  border: 1px solid var(--cc-line); border-radius: 14px; background: var(--cc-raised); box-shadow: 0 10px 30px rgb(40 28 18 / .2); }
.panel .menu button { display: block; inline-size: 100%; min-block-size: 44px; padding: 10px 12px; border-radius: 9px; }
.panel .menu button:hover { background: var(--cc-ground); }

.status { display: flex; align-items: center; gap: 12px; margin: 0; background: var(--cc-tint); color: var(--cc-tint-ink); font-size: 13.5px; line-height: 1.4; }
.status.lost { background: var(--cc-warm); color: var(--cc-warm-ink); }
.status [role=status] { flex: 1; }
.status .line:not(:empty) { display: block; padding: 9.6px 16px; }
.panel .now { flex: none; min-block-size: 44px; padding: 10px 16px; font-weight: 600; text-decoration: underline; text-underline-offset: 3px; }

.composer { display: flex; position: relative; align-items: flex-end; gap: 8px; padding: 12px 12px 0; background: var(--cc-paper); }
.grow { display: grid; flex: 1; min-inline-size: 0; border: 1px solid var(--cc-edge); border-radius: 23px; background: var(--cc-raised); }
.grow::after { content: attr(data-text) " "; visibility: hidden; max-block-size: 144px; overflow: hidden; white-space: pre-wrap; }
.grow textarea, .grow::after { grid-area: 1 / 1; min-inline-size: 0; margin: 0; padding: 10px 16px; border: 0; font: inherit; font-size: 16px; line-height: 24px; overflow-wrap: anywhere; }
.panel .grow textarea { block-size: 100%; max-block-size: 144px; border-radius: inherit; outline: 0; background: none; color: inherit; resize: none; overflow-y: auto; scrollbar-width: thin; }
.grow textarea::placeholder { color: var(--cc-soft); opacity: 1; }
.grow:focus-within { border-color: var(--cc-tint-ink); outline: 1px solid var(--cc-tint-ink); }
.counter { position: absolute; inset-block-start: -17.6px; inset-inline-end: 72px; padding: 1px 8px; border-radius: 9px; background: var(--cc-tint); color: var(--cc-tint-ink); font-size: 12.5px; font-variant-numeric: tabular-nums; }
.counter.over { background: var(--cc-warm); color: var(--cc-warm-ink); font-weight: 600; }
.panel .send { display: grid; place-items: center; flex: none; inline-size: 46px; block-size: 46px; border: 1px solid transparent; border-radius: 50%; background: var(--cc-tint); color: var(--cc-tint-ink); transition: background-color .15s; }
.panel .ready .send { background: var(--cc-accent); color: var(--cc-on-accent); }
.panel .ready .send:hover { background: var(--cc-accent-deep); }
.panel .privacy { padding: 7.2px 20px 9.6px; padding-block-end: max(9.6px, env(safe-area-inset-bottom)); background: var(--cc-paper); color: var(--cc-soft); font-size: 12.5px; line-height: 1.4; text-align: center; }

/* The conversation itself. */
.scroller { position: relative; min-block-size: 0; background: var(--cc-ground); }
.view { display: flex; flex-direction: column; block-size: 100%; padding: 16px; overflow: hidden auto; overscroll-behavior: contain; scrollbar-width: thin; }
.panel .view:focus-visible { outline-offset: -3px; }
.inline .view { padding-inline: max(16px, 50% - 336px); }
.log { margin-block-start: auto; }

.welcome { margin-block: auto; padding: 16px 4px; text-align: center; }
.welcome .badge { inline-size: 64px; block-size: 64px; margin: 0 auto 16px; }
.welcome .badge .icon { inline-size: 42px; block-size: 42px; stroke-width: 1.1; }
.panel .welcome h3 { font-size: 22px; line-height: 1.25; letter-spacing: -.015em; }
.panel .welcome p { max-inline-size: 384px; margin: 8px auto 0; color: var(--cc-soft); text-wrap: pretty; }
.panel .welcome .replies { justify-content: center; margin-block-start: 24px; }
.welcome:not([hidden]) + .log { margin: 0; }

.day { margin-block: 17.6px 9.6px; color: var(--cc-soft); font-size: 12.5px; text-align: center; }
.day:first-child { margin-block-start: 0; }
.item { display: flex; flex-direction: column; align-items: flex-start; margin-block-start: 14.4px; }
.day + .item { margin-block-start: 4px; }
.item.visitor { align-items: flex-end; }
.item.bot + .item.bot, .item.staff + .item.staff, .item.visitor + .item.visitor { margin-block-start: 4px; }
.who { margin-block-end: 4px; padding-inline: 4.8px; color: var(--cc-soft); font-size: 12.5px; font-weight: 600; line-height: 1.3; }
.item.staff .who { color: var(--cc-warm-ink); }
/* Said once a group, and to a screen reader each time. */
.item.visitor .who, .item.bot + .item.bot .who, .item.staff + .item.staff .who { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.bubble { max-inline-size: min(88%, 528px); padding: 9.6px 14.4px; border: 1px solid transparent; border-radius: 18px; overflow-wrap: anywhere; }
.bot .bubble, .staff .bubble { border-color: var(--cc-line); border-bottom-left-radius: 6px; background: var(--cc-raised); box-shadow: var(--cc-shadow); }
.staff .bubble { border-color: transparent; background: var(--cc-warm); }
/* Physical, as a bubble has the direction of its own words. */
[dir=rtl] :is(.bot, .staff) .bubble { border-radius: 18px 18px 6px; }
.visitor .bubble { border-bottom-right-radius: 6px; background: var(--cc-accent); color: var(--cc-on-accent); white-space: pre-wrap; }
[dir=rtl] .visitor .bubble { border-radius: 18px 18px 18px 6px; }
.item[data-delivery=sending] .bubble, .item[data-delivery=waiting] .bubble { border: 1px dashed var(--cc-on-accent); }
.item[data-delivery=failed] .bubble { border-color: var(--cc-warm-ink); background: var(--cc-warm); color: var(--cc-warm-ink); }
.bubble > * + * { margin-block-start: 8px !important; }
.panel .bubble ul, .panel .bubble ol { padding-inline-start: 20px; }
.bubble ul { list-style: disc; }
.bubble li { margin-block: 2.4px; padding-inline-start: 1.6px; }
.bubble li::marker { color: var(--cc-tint-ink); }

.meta { display: flex; align-items: center; gap: 6.4px; min-block-size: 16px; margin-block-start: 3.2px; padding-inline: 5.6px; color: var(--cc-soft); font-size: 12px; line-height: 1.3; }
.delivery:not(:empty)::before { content: "·"; margin-inline-end: 6.4px; }
.item[data-delivery=failed] .delivery { color: var(--cc-warm-ink); font-weight: 600; }
.panel .retry { display: inline-block; min-block-size: 44px; min-inline-size: 44px; padding: 13px 6px; text-decoration: underline; text-underline-offset: 3px; }
/* Only the last of a group keeps its time, only the newest its "Sent". */
.item.bot:has(+ .item.bot) .meta, .item.staff:has(+ .item.staff) .meta { display: none; }
.item.visitor:has(+ .item.visitor):is([data-delivery=sent], :not([data-delivery])) .meta { display: none; }
.item[data-delivery=sent]:has(~ .item) .delivery { display: none; }

.replies { display: flex; flex-wrap: wrap; gap: 8px; margin-block-start: 12px; }
.panel .reply { min-block-size: 44px; padding: 10px 17px; border: 1px solid var(--cc-tint-ink); border-radius: 22px; background: var(--cc-paper); color: var(--cc-tint-ink); font-weight: 500; line-height: 22px; overflow-wrap: anywhere; transition: background-color .15s; }
@media (hover: hover) { .panel .reply:hover { background: var(--cc-tint); } }

.typing { align-self: flex-start; margin-block-start: 12px; padding: 13.6px 16px; border: 1px solid var(--cc-line); border-radius: 18px; border-end-start-radius: 6px; background: var(--cc-raised); animation: show .2s .3s backwards; }
.dots { display: flex; gap: 5px; }
.dots i { inline-size: 7px; block-size: 7px; border-radius: 50%; background: var(--cc-soft); animation: breathe 1.3s infinite ease-in-out; }
.dots i:nth-child(2) { animation-delay: .16s; }
.dots i:nth-child(3) { animation-delay: .32s; }
.writer { display: block; margin-block-start: 6px; color: var(--cc-soft); font-size: 12.5px; }
@keyframes show { from { opacity: 0; } }
@keyframes breathe { 0%, 60%, 100% { opacity: .35; transform: none; } 30% { opacity: 1; transform: translateY(-3px); } }

.panel .jump { display: flex; position: absolute; inset-block-end: 12px; inset-inline: 0; align-items: center; gap: 6.4px; inline-size: fit-content; min-block-size: 44px; margin-inline: auto; padding: 9px 18px 9px 12px; border: 1px solid var(--cc-line); border-radius: 22px; background: var(--cc-raised); color: var(--cc-tint-ink); font-weight: 600; box-shadow: 0 4px 16px rgb(40 28 18 / .18); }
@media (forced-colors: active) { .dots i { background: CanvasText; } .visitor .bubble { border-style: double; border-width: 3px; } }

@media (prefers-reduced-motion: reduce) { .panel, .panel * { animation: none !important; transition: none !important; } }
@media (forced-colors: active) {
  .panel, .panel .send, .panel .reply, .panel .bubble, .status, .badge, .panel .tool, .panel .danger { border: 1px solid ButtonText; }
  .panel :focus-visible, .grow:focus-within { outline-color: Highlight; }
}`;

export const panelSheets = [styleSheet(panelCss), styleSheet(tokensCss)];
