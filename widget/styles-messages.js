// How the conversation itself looks.

export const messagesCss = `
.scroller { position: relative; min-block-size: 0; background: var(--cc-ground); }
.view { display: flex; flex-direction: column; block-size: 100%; padding: 16px; overflow: hidden auto; overscroll-behavior: contain; scrollbar-width: thin; }
.panel .view:focus-visible { outline-offset: -3px; }
.inline .view { padding-inline: max(16px, 50% - 336px); }
/* Few messages stand at the foot, by the box. */
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
.bot .bubble, .staff .bubble { border-color: var(--cc-line); border-end-start-radius: 6px; background: var(--cc-raised); box-shadow: var(--cc-shadow); }
.staff .bubble { border-color: transparent; background: var(--cc-warm); }
.visitor .bubble { border-end-end-radius: 6px; background: var(--cc-accent); color: var(--cc-on-accent); white-space: pre-wrap; }
.item[data-delivery=sending] .bubble, .item[data-delivery=waiting] .bubble { border: 1px dashed var(--cc-on-accent); }
.item[data-delivery=failed] .bubble { border-color: var(--cc-warm-ink); background: var(--cc-warm); color: var(--cc-warm-ink); }
.bubble > * + * { margin-block-start: 8px !important; }
.bubble ul { padding-inline-start: 18.4px !important; list-style: disc; }
.bubble li { margin-block: 2.4px; padding-inline-start: 1.6px; }
.bubble li::marker { color: var(--cc-tint-ink); }
.bubble img { display: block; inline-size: 100%; max-inline-size: 352px; min-block-size: 64px; border-radius: 12px; object-fit: cover; }
.panel .bubble .action { display: inline-flex; align-items: center; min-block-size: 44px; padding: 9px 16px; border-radius: 22px; background: var(--cc-tint); font-weight: 600; text-decoration: none; }
.panel .bubble .action:hover { text-decoration: underline; }
.bubble .raw { white-space: pre-wrap; }

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
@keyframes show { from { opacity: 0; } }
@keyframes breathe { 0%, 60%, 100% { opacity: .35; transform: none; } 30% { opacity: 1; transform: translateY(-3px); } }

.panel .jump { display: flex; position: absolute; inset-block-end: 12px; inset-inline: 0; align-items: center; gap: 6.4px; inline-size: fit-content; min-block-size: 44px; margin-inline: auto; padding: 9px 18px 9px 12px; border: 1px solid var(--cc-line); border-radius: 22px; background: var(--cc-raised); color: var(--cc-tint-ink); font-weight: 600; box-shadow: 0 4px 16px rgb(40 28 18 / .18); }
@media (forced-colors: active) { .dots i { background: CanvasText; } .visitor .bubble { border-style: double; border-width: 3px; } }`;
