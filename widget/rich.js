// What a message may hold beside words: pictures, video, files, a booking. What is not known shows as text.

import { el, styleSheet } from './dom.js';
import { safeUrl } from './richtext.js';

/** @typedef {import('./types.js').Host} Host */
/** @typedef {import('./types.js').Texts} Texts */
/** @typedef {{ host: Host, texts: Texts }} Place */

const FILM = /\.(mp4|webm|ogv)$/i;

/** @param {Pick<import('./types.js').ChatMessage, 'image' | 'attachment' | 'custom'>} message @param {Place} place @returns {(Node | string)[]} */
export function richParts({ image, attachment, custom }, place) {
  const parts = [];
  if (image) parts.push(media('image', image, '', place));
  if (attachment) parts.push(attached(attachment, place));
  if (custom) parts.push(special(custom, place));
  return parts;
}

/** Rasa's attachment: an address, or `{type, payload: {src | url, title}}`. @param {unknown} attachment @param {Place} place */
function attached(attachment, place) {
  const { type, payload, ...rest } = /** @type {any} */ (typeof attachment === 'string' ? { payload: attachment } : attachment);
  const inside = typeof payload === 'object' && payload ? payload : { src: payload };
  const address = inside.src ?? inside.url ?? rest.url;
  if (typeof address !== 'string') return raw(attachment);
  return media(typeof type === 'string' ? type : 'file', address, typeof inside.title === 'string' ? inside.title : '', place);
}

/** @param {Record<string, any>} data @param {Place} place */
function special(data, place) {
  if (data.type === 'booking') return booking(data, place);
  if (['video', 'image', 'file'].includes(data.type) && typeof data.url === 'string') return media(data.type, data.url, typeof data.title === 'string' ? data.title : '', place);
  if (data.type === 'list' && Array.isArray(data.items)) return el('ul', {}, ...data.items.map((item) => el('li', {}, typeof item === 'string' ? item : String(item?.title ?? JSON.stringify(item)))));
  if (data.type === 'ics' && typeof data.url === 'string') return action(data.url, place.texts.calendar, place);
  return raw(typeof data.text === 'string' ? data.text : data);
}

/** @param {unknown} data */
function raw(data) { return el('p', { class: 'raw' }, typeof data === 'string' ? data : JSON.stringify(data)); }

/** Shown where the clinic allows it, else a link: nothing is fetched from a stranger unasked. @param {string} type @param {string} address @param {string} title @param {Place} place */
function media(type, address, title, place) {
  const { host, texts } = place;
  const url = safeUrl(address, undefined, host.server);
  if (!url) return raw(title ? `${title}: ${address}` : address);
  const words = title || (type === 'image' ? texts.picture : type === 'video' ? texts.video : texts.file);
  const link = anchor(url, words);
  if (!allowed(url, host)) return link;
  if (type === 'image') {
    const image = el('img', { src: url.href, alt: words, loading: 'lazy', referrerpolicy: 'no-referrer' });
    image.addEventListener('error', () => image.replaceWith(link)); // Away, or forbidden by the page's policy.
    return image;
  }
  if (type !== 'video' || !FILM.test(url.pathname)) return link;
  const film = el('video', { src: url.href, controls: true, preload: 'none', playsinline: true, 'aria-label': words });
  film.addEventListener('error', () => film.replaceWith(link));
  return film;
}

/** The assistant's own origin, and those in the `media` attribute. @param {URL} url @param {Host} host */
function allowed(url, host) {
  return [new URL(host.server).origin, ...(host.getAttribute('media') ?? '').split(/\s+/)].includes(url.origin);
}

/** @param {Record<string, any>} data @param {Place} place */
function booking(data, place) {
  const { texts } = place;
  /** @param {string} name @param {unknown} value */
  const row = (name, value) => typeof value === 'string' && value ? [el('dt', {}, name), el('dd', { dir: 'auto' }, value)] : [];
  const links = [action(data.ics, texts.calendar, place), action(data.manage, texts.manage, place)];
  return el('div', { class: 'booking', part: 'booking' },
    el('p', { class: 'booked' }, texts.booked),
    el('dl', {}, ...row(texts.service, data.service), ...row(texts.when, data.when), ...row(texts.reference, data.reference)),
    el('div', { class: 'actions' }, ...links));
}

/** @param {unknown} address @param {string} words @param {Place} place */
function action(address, words, { host }) {
  const url = typeof address === 'string' && address ? safeUrl(address, undefined, host.server) : null;
  return url ? anchor(url, words) : '';
}

/** @param {URL} url @param {string} words */
function anchor(url, words) {
  return el('a', { class: 'action', href: url.href, target: '_blank', rel: 'noopener noreferrer' }, words);
}

export const sheet = styleSheet(`
.bubble img, .bubble video { display: block; inline-size: 100%; max-inline-size: 352px; min-block-size: 64px; border-radius: 12px; object-fit: cover; background: var(--cc-ground); }
.panel .bubble .action { display: inline-flex; align-items: center; min-block-size: 44px; padding: 9px 16px; border-radius: 22px; background: var(--cc-tint); font-weight: 600; text-decoration: none; }
.panel .bubble .action:hover { text-decoration: underline; }
.bubble .raw { white-space: pre-wrap; }
.booking { min-inline-size: 200px; }
.panel .booked { display: flex; align-items: center; gap: 8px; font-weight: 600; color: var(--cc-tint-ink); }
.booked::before { content: ""; inline-size: 7px; block-size: 12px; margin-inline: 3px 2px; border: solid currentColor; border-width: 0 2.5px 2.5px 0; rotate: 42deg; translate: 0 -2px; }
.booking dl { display: grid; grid-template-columns: auto 1fr; gap: 4px 14px; margin: 10px 0 14px; }
.booking dt { color: var(--cc-soft); }
.booking dd { margin: 0; font-weight: 600; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; }
@media (forced-colors: active) { .panel .bubble .action { border: 1px solid LinkText; } }`);
