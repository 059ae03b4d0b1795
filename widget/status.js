// One line above the box: the outage while it lasts, otherwise a passing remark.

import { el } from './dom.js';

const PASSING = 8_000;

export class Status {
  #texts;
  #line = el('span', { class: 'line' });
  #now;
  #lost = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {import('./types.js').Texts} texts @param {() => void} tryNow */
  constructor(texts, tryNow) {
    this.#texts = texts;
    this.#now = el('button', { type: 'button', class: 'now', hidden: true, click: tryNow }, texts.now);
    // The live region holds the words alone, and is in the page before them.
    const region = el('div', { role: 'status' }, this.#line);
    this.element = el('div', { class: 'status' }, region, this.#now);
  }

  /** @param {boolean} lost */
  outage(lost) {
    if (lost === this.#lost) return;
    this.#lost = lost;
    this.#write(lost ? this.#texts.lost : this.#texts.back, lost);
  }

  /** @param {string} words */
  say(words) { if (!this.#lost) this.#write(words, false); }

  clear() { if (!this.#lost) this.#write('', false); }

  /** @param {string} words @param {boolean} stays */
  #write(words, stays) {
    clearTimeout(this.#timer);
    this.#line.textContent = words;
    this.#now.hidden = !stays;
    this.element.classList.toggle('lost', stays);
    if (words && !stays) this.#timer = setTimeout(() => this.#write('', false), PASSING);
  }
}
