// What the panel shows before the first message, and the line under the box.

import { el, icon } from './dom.js';
import { safeUrl } from './richtext.js';
import { replyButtons } from './replies.js';

/** @param {import('./types.js').Texts} texts @param {(reply: import('./types.js').QuickReply) => void} choose */
export function welcome(texts, choose) {
  const words = [el('h3', {}, texts.hello), el('p', {}, texts.intro)];
  if (texts.answers) words.push(el('p', {}, texts.answers));
  return el('div', { class: 'welcome' },
    el('span', { class: 'badge' }, icon('mark')), ...words,
    el('div', { class: 'replies', role: 'group', 'aria-label': texts.replies }, ...replyButtons(texts.ask, choose)));
}

/** @param {import('./types.js').Texts} texts @param {string} address  The clinic's privacy notice, or nothing. */
export function privacyNote(texts, address) {
  const note = el('p', { class: 'privacy' }, texts.privacy);
  const url = address && safeUrl(address, undefined, document.baseURI);
  if (url) note.append(' ', el('a', { href: url.href, target: '_blank', rel: 'noopener' }, texts.privacyLink));
  return note;
}
