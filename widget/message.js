// One message as nodes: who, what, when and, for the visitor's own, how far it got.

import { el } from './dom.js';
import { richText } from './richtext.js';

/** @typedef {import('./types.js').ChatMessage} ChatMessage */
/** @typedef {import('./types.js').Texts} Texts */

/**
 * @param {Pick<ChatMessage, 'from' | 'text' | 'time' | 'name'>} message
 * @param {Texts} texts
 * @param {(Node | string)[]} [more]  What stands below the words, in the bubble.
 * @returns {HTMLElement}
 */
export function messageNode(message, texts, more = []) {
  const from = message.from === 'visitor' || message.from === 'staff' ? message.from : 'bot';
  const who = { visitor: texts.you, staff: message.name ? `${message.name} · ${texts.staff}` : texts.staff, bot: texts.bot }[from];
  const bubble = el('div', { class: 'bubble', part: `bubble ${from}`, dir: 'auto' });
  if (message.text) bubble.append(from === 'visitor' ? message.text : richText(message.text));
  bubble.append(...more);
  const meta = el('div', { class: 'meta' }, el('time'), el('span', { class: 'delivery', 'aria-live': 'off' }));
  const node = el('div', { class: `item ${from}` }, el('div', { class: 'who' }, who, el('span', { class: 'spoken' }, ':')), bubble, meta);
  setTime(node, message.time, texts);
  return node;
}

/** @param {HTMLElement} node @param {string} iso @param {Texts} texts */
export function setTime(node, iso, texts) {
  const time = node.querySelector('time');
  const date = new Date(iso);
  if (!time || Number.isNaN(date.valueOf())) return;
  time.dateTime = iso;
  time.textContent = date.toLocaleTimeString(texts.lang, { hour: 'numeric', minute: '2-digit' });
}

/**
 * @param {HTMLElement} node
 * @param {import('./types.js').Delivery} state
 * @param {Texts} texts
 * @param {() => void} retry
 */
export function setDelivery(node, state, texts, retry) {
  const place = node.querySelector('.delivery');
  if (!place || node.dataset.delivery === state) return;
  node.dataset.delivery = state;
  place.replaceChildren(texts[state]);
  if (state === 'failed') place.append(' ', el('button', { type: 'button', class: 'retry', click: retry }, texts.retry));
}

/** The local day, for the line between two days. @param {string} iso @param {Texts} texts */
export function dayOf(iso, texts) {
  const date = new Date(iso);
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(iso).setHours(0, 0, 0, 0)) / 86_400_000);
  if (days === 0) return texts.today;
  if (days === 1) return texts.yesterday;
  return date.toLocaleDateString(texts.lang, { weekday: 'long', day: 'numeric', month: 'long' });
}
