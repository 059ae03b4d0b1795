// The three dots, while any message waits for the end of its turn.

import { el } from './dom.js';

const LONGEST = 45_000; // An end of turn that never came must not leave the dots for good.

export class Typing {
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  #waiting = new Map();
  /** @type {Set<string>} */
  #finished = new Set();
  #paused = false;

  /** @param {import('./types.js').Texts} texts */
  constructor(texts) {
    const dots = el('span', { class: 'dots', 'aria-hidden': 'true' }, el('i'), el('i'), el('i'));
    this.element = el('div', { class: 'typing', hidden: true }, dots, el('span', { class: 'spoken' }, texts.typing));
  }

  /** @param {string} id */
  wait(id) {
    if (this.#finished.has(id) || this.#waiting.has(id)) return;
    this.#waiting.set(id, setTimeout(() => this.done(id), LONGEST));
    this.#show();
  }

  /** Also when it is told before `wait`. @param {string} id */
  done(id) {
    clearTimeout(this.#waiting.get(id));
    this.#waiting.delete(id);
    this.#finished.add(id);
    this.#show();
  }

  /** @param {boolean} paused  Nobody can be writing while the line is lost. */
  pause(paused) {
    this.#paused = paused;
    this.#show();
  }

  clear() {
    for (const id of [...this.#waiting.keys()]) this.done(id);
  }

  #show() { this.element.hidden = this.#paused || !this.#waiting.size; }
}
