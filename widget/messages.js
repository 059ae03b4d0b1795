// The log: every message once, in the server's order, the visitor's unconfirmed ones last.

import { el } from './dom.js';
import { dayOf, messageNode, setDelivery, setTime } from './message.js';

/** @typedef {import('./types.js').ChatMessage} ChatMessage */
/** @typedef {import('./types.js').Texts} Texts */

export class Messages {
  #texts;
  #retry;
  /** @type {Map<string, HTMLElement>} */
  #own = new Map();
  /** @type {Map<string, string>} */
  #titles = new Map();
  /** @type {HTMLElement | undefined} */
  #lastConfirmed;
  #day = '';

  /** @param {Texts} texts @param {(uuid: string) => void} retry */
  constructor(texts, retry) {
    this.#texts = texts;
    this.#retry = retry;
    // The region is in the page before its first message and stays; off while history is put back.
    this.element = el('div', { class: 'log', part: 'log', role: 'log', 'aria-live': 'off', 'aria-relevant': 'additions', 'aria-label': texts.log });
  }

  get empty() { return !this.element.childElementCount; }

  /** @param {boolean} on */
  announce(on) { this.element.setAttribute('aria-live', on ? 'polite' : 'off'); }

  /** Whether it was said on this page. @param {string} id */
  has(id) { return this.#own.has(id); }

  /** Shown at once, before the server has it. @param {import('./types.js').Outgoing} message */
  addOwn({ id, text, title }) {
    if (this.#own.has(id)) return;
    const node = messageNode({ from: 'visitor', text: title ?? text, time: new Date().toISOString() }, this.#texts);
    this.#own.set(id, node);
    this.element.append(node);
  }

  /** @param {string} id @param {import('./types.js').Delivery} state */
  delivery(id, state) {
    const node = this.#own.get(id);
    if (!node) return;
    if (state === 'failed' && this.#inPlace(node)) this.#lastConfirmed = node; // It stays where it was said.
    else if (node.dataset.delivery === 'failed' && state !== 'failed') this.#again(node);
    setDelivery(node, state, this.#texts, () => this.#retry(id));
  }

  /**
   * From the server: stored, and in its place for good.
   * @param {ChatMessage} message
   * @param {(Node | string)[]} [more]  In the bubble, below its words.
   * @param {HTMLElement} [below]  Under the bubble.
   */
  add(message, more = [], below) {
    for (const { title, payload } of message.buttons ?? []) this.#titles.set(payload, title);
    const own = message.message ? this.#own.get(message.message) : undefined;
    if (own) {
      setTime(own, message.time, this.#texts);
      setDelivery(own, 'sent', this.#texts, () => {});
    } else if (!message.text && !more.length) return;
    const node = own ?? messageNode(this.#readable(message), this.#texts, more);
    if (below) {
      node.classList.add('rated');
      node.append(below);
    }
    if (message.message) this.#own.set(message.message, node);
    if (!own || !this.#inPlace(node)) this.#insert(node);
    this.#separate(node, message.time);
    this.#lastConfirmed = node;
  }

  /** A remark between messages, in its place for good. @param {HTMLElement} line */
  remark(line) {
    this.#insert(line);
    this.#lastConfirmed = line;
  }

  clear() {
    this.#own.clear();
    this.#day = '';
    this.#lastConfirmed = undefined;
    this.element.replaceChildren();
  }

  /** A new conversation: what is on screen stays, what comes goes below it. */
  seal() {
    const nodes = this.element.querySelectorAll('.item:not([data-delivery=sending], [data-delivery=waiting])');
    this.#lastConfirmed = /** @type {HTMLElement | undefined} */ ([...nodes].at(-1));
  }

  /** A retried message is said anew, after what has been said since. @param {HTMLElement} node */
  #again(node) {
    if (this.#lastConfirmed === node) this.#lastConfirmed = /** @type {HTMLElement | undefined} */ (node.previousElementSibling ?? undefined);
    this.element.append(node);
  }

  /** The title of a quick reply in place of its payload. @param {ChatMessage} message */
  #readable(message) {
    const title = message.from === 'visitor' && this.#titles.get(message.text ?? '');
    return title ? { ...message, text: title } : message;
  }

  /** @param {HTMLElement} node */
  #inPlace(node) {
    return this.#lastConfirmed ? this.#lastConfirmed.nextElementSibling === node : this.element.firstElementChild === node;
  }

  /** @param {HTMLElement} node */
  #insert(node) {
    if (this.#lastConfirmed) this.#lastConfirmed.after(node);
    else this.element.prepend(node);
  }

  /** @param {HTMLElement} node @param {string} time */
  #separate(node, time) {
    const day = dayOf(time, this.#texts);
    if (day === this.#day) return;
    this.#day = day;
    node.before(el('div', { class: 'day', 'aria-live': 'off' }, el('span', {}, day)));
  }
}
