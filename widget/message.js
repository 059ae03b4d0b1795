// One message as nodes: who, what, when and, for the visitor's own, how far it got.

import { el } from './dom.js';
import { richText, safeUrl } from './richtext.js';

/** @typedef {import('./types.js').ChatMessage} ChatMessage */
/** @typedef {import('./types.js').Texts} Texts */

/**
 * @param {Pick<ChatMessage, 'from' | 'text' | 'image' | 'custom' | 'time'>} message
 * @param {Texts} texts
 * @param {string} server
 * @returns {HTMLElement}
 */
export function messageNode(message, texts, server) {
  const who = { visitor: texts.you, staff: texts.staff, bot: texts.bot }[message.from] ?? texts.bot;
  const bubble = el('div', { class: 'bubble', dir: 'auto' });
  if (message.text) bubble.append(message.from === 'visitor' ? message.text : richText(message.text));
  if (message.image) bubble.append(picture(message.image, texts, server));
  if (message.custom) bubble.append(custom(message.custom, texts, server));
  const meta = el('div', { class: 'meta' }, el('time'), el('span', { class: 'delivery', 'aria-live': 'off' }));
  const from = message.from === 'visitor' || message.from === 'staff' ? message.from : 'bot';
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

/** @param {string} address @param {Texts} texts @param {string} server */
function picture(address, texts, server) {
  const url = safeUrl(address, undefined, server);
  if (!url) return address;
  const image = el('img', { src: url.href, alt: texts.picture, loading: 'lazy', referrerpolicy: 'no-referrer' });
  // A picture that is away, or that the page's policy forbids, is still there as a link.
  image.addEventListener('error', () => image.replaceWith(anchor(url, texts.picture)));
  return image;
}

/** @param {Record<string, unknown>} data @param {Texts} texts @param {string} server */
function custom(data, texts, server) {
  const url = data.type === 'ics' && typeof data.url === 'string' ? safeUrl(data.url, undefined, server) : null;
  if (url) return anchor(url, texts.calendar);
  return el('p', { class: 'raw' }, typeof data.text === 'string' ? data.text : JSON.stringify(data));
}

/** @param {URL} url @param {string} words */
function anchor(url, words) {
  return el('a', { class: 'action', href: url.href, target: '_blank', rel: 'noopener noreferrer' }, words);
}
