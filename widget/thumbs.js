// The thumbs under an answer: stored at once, changed or taken back by another press.

import { call } from './api.js';
import { el, icon, styleSheet } from './dom.js';

/** @typedef {'up' | 'down' | null} Thumb */

/**
 * @param {import('./types.js').ChatMessage} message
 * @param {import('./types.js').Texts} texts
 * @param {(thumb: Thumb) => Promise<void>} store  Rejects when it could not be stored.
 * @returns {HTMLElement}
 */
export function thumbs(message, texts, store) {
  /** @type {Thumb} */
  let now = message.feedback ?? null;
  /** @param {'up' | 'down'} which */
  const press = async (which) => {
    const before = now;
    draw(now === which ? null : which);
    await store(now).catch(() => draw(before));
  };
  /** @param {'up' | 'down'} which @param {string} words */
  const button = (which, words) => el('button', { type: 'button', class: `thumb ${which}`, 'aria-label': words, click: () => press(which) }, icon('thumb'));
  const both = { up: button('up', texts.helpful), down: button('down', texts.unhelpful) };
  /** @param {Thumb} thumb */
  const draw = (thumb) => {
    now = thumb;
    both.up.setAttribute('aria-pressed', String(thumb === 'up'));
    both.down.setAttribute('aria-pressed', String(thumb === 'down'));
  };
  draw(now);
  return el('div', { class: 'thumbs', role: 'group', 'aria-label': texts.rate, part: 'thumbs' }, both.up, both.down);
}

/** @param {string} server @param {string} token @param {number} message @param {Thumb} value */
export async function storeThumb(server, token, message, value) {
  await call(new URL('chat/feedback', server).href, { method: 'POST', token, body: { message, value } });
}

export const sheet = styleSheet(`
.thumbs { display: flex; margin-block: -4px -10px; margin-inline-start: -6px; }
.panel .thumb { display: grid; place-items: center; inline-size: 44px; block-size: 44px; border-radius: 50%; color: var(--cc-soft); }
.panel .thumb .icon { inline-size: 18px; block-size: 18px; }
.panel .thumb.down .icon { rotate: 180deg; }
.panel .thumb:hover { color: var(--cc-tint-ink); }
.panel .thumb[aria-pressed=true] { color: var(--cc-tint-ink); }
.thumb[aria-pressed=true] .icon { fill: var(--cc-tint); stroke-width: 2.2; }
@media (forced-colors: active) { .thumb[aria-pressed=true] .icon { fill: Highlight; } }`);
