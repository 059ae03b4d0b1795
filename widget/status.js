// What is going on: who is writing, and one line above the box.

import { el } from './dom.js';

const PASSING = 8_000;
const LONGEST = 45_000; // An end of turn that never came must not leave the dots for good.

/** The outage while it lasts, otherwise a passing remark. */
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

/** The three dots, while any message waits for the end of its turn, or a person writes. */
export class Typing {
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  #waiting = new Map();
  /** @type {Set<string>} */
  #finished = new Set();
  #paused = false;
  #texts;
  #words = el('span', { class: 'spoken' });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #person;

  /** @param {import('./types.js').Texts} texts */
  constructor(texts) {
    const dots = el('span', { class: 'dots', 'aria-hidden': 'true' }, el('i'), el('i'), el('i'));
    this.#texts = texts;
    this.element = el('div', { class: 'typing', hidden: true }, dots, this.#words);
    this.person('', 0);
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

  /** @param {string} words  Who is writing; none says that nobody is. @param {number} seconds */
  person(words, seconds) {
    clearTimeout(this.#person);
    this.#person = words ? setTimeout(() => this.person('', 0), seconds * 1000) : undefined;
    this.#words.textContent = words || this.#texts.typing;
    this.#words.className = words ? 'writer' : 'spoken';
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

  #show() { this.element.hidden = this.#paused || !(this.#waiting.size || this.#person); }
}
