// What is offered to say: quick replies, the welcome before the first message, and what writing means.

import { el, icon } from './dom.js';
import { safeUrl } from './richtext.js';

/** @typedef {import('./types.js').QuickReply} QuickReply */

/** Under the last answer: gone as soon as the visitor has said anything. */
export class QuickReplies {
  #choose;

  /** @param {import('./types.js').Texts} texts @param {(reply: QuickReply) => void} choose */
  constructor(texts, choose) {
    this.#choose = choose;
    this.element = el('div', { class: 'replies', part: 'replies', role: 'group', 'aria-label': texts.replies, hidden: true });
  }

  /** @param {QuickReply[]} replies @param {HTMLElement} [before]  A richer choice of some of them. */
  offer(replies, before) {
    this.element.replaceChildren(...(before ? [before] : []), ...replyButtons(replies, this.#choose));
    this.element.hidden = false;
  }

  clear() {
    this.element.hidden = true;
    this.element.replaceChildren();
  }
}

/** @param {QuickReply[]} replies @param {(reply: QuickReply) => void} choose */
function replyButtons(replies, choose) {
  return replies.map((reply) => el('button', { type: 'button', class: 'reply', dir: 'auto', click: () => choose(reply) }, reply.title));
}

/** Before the first message. @param {import('./types.js').Texts} texts @param {string | null} greeting @param {(reply: import('./types.js').QuickReply) => void} choose */
export function welcome(texts, greeting, choose) {
  const words = [el('h3', {}, greeting || texts.hello), el('p', {}, texts.intro)];
  if (texts.answers) words.push(el('p', {}, texts.answers));
  return el('div', { class: 'welcome', part: 'welcome' },
    el('span', { class: 'badge' }, icon('mark')), ...words,
    el('div', { class: 'replies', role: 'group', 'aria-label': texts.replies }, ...replyButtons(texts.ask, choose)));
}

/** The line under the box: what writing means. @param {import('./types.js').Texts} texts @param {string} address  Of the privacy notice. */
export function privacyNote(texts, address) {
  const [before, after] = texts.privacy.split('{notice}');
  const url = safeUrl(address, undefined, document.baseURI);
  const words = url ? el('a', { href: url.href, target: '_blank', rel: 'noopener' }, texts.notice) : texts.notice;
  return el('p', { class: 'privacy', part: 'privacy' }, before, words, after);
}
