// The log: every message once, in the server's order, the visitor's unconfirmed ones last.

import { el } from './dom.js';
import { richText } from './richtext.js';

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

/**
 * One message as nodes: who, what, when and, for the visitor's own, how far it got.
 * @param {Pick<ChatMessage, 'from' | 'text' | 'time' | 'name'>} message
 * @param {Texts} texts
 * @param {(Node | string)[]} [more]  What stands below the words, in the bubble.
 * @returns {HTMLElement}
 */
function messageNode(message, texts, more = []) {
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
function setTime(node, iso, texts) {
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
function setDelivery(node, state, texts, retry) {
  const place = node.querySelector('.delivery');
  if (!place || node.dataset.delivery === state) return;
  node.dataset.delivery = state;
  place.replaceChildren(texts[state]);
  if (state === 'failed') place.append(' ', el('button', { type: 'button', class: 'retry', click: retry }, texts.retry));
}

/** The local day, for the line between two days. @param {string} iso @param {Texts} texts */
function dayOf(iso, texts) {
  const date = new Date(iso);
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(iso).setHours(0, 0, 0, 0)) / 86_400_000);
  if (days === 0) return texts.today;
  if (days === 1) return texts.yesterday;
  return date.toLocaleDateString(texts.lang, { weekday: 'long', day: 'numeric', month: 'long' });
}
