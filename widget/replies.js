// Quick replies under the last answer: gone as soon as the visitor has said anything.

import { el } from './dom.js';

/** @typedef {import('./types.js').QuickReply} QuickReply */

export class QuickReplies {
  #choose;

  /** @param {import('./types.js').Texts} texts @param {(reply: QuickReply) => void} choose */
  constructor(texts, choose) {
    this.#choose = choose;
    this.element = el('div', { class: 'replies', role: 'group', 'aria-label': texts.replies, hidden: true });
  }

  /** @param {QuickReply[]} replies */
  offer(replies) {
    this.element.replaceChildren(...replyButtons(replies, this.#choose));
    this.element.hidden = false;
  }

  clear() {
    this.element.hidden = true;
    this.element.replaceChildren();
  }
}

/** @param {QuickReply[]} replies @param {(reply: QuickReply) => void} choose */
export function replyButtons(replies, choose) {
  return replies.map((reply) => el('button', { type: 'button', class: 'reply', dir: 'auto', click: () => choose(reply) }, reply.title));
}
