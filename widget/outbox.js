// What the visitor says: one message at a time, in order, until the server has taken it.
// A repeat with the same id is harmless, so a lost answer is simply asked for again.

import { Backoff, call, Refusal } from './api.js';
import { readTab, updateTab } from './storage.js';

const SLOW = 2_000; // A message not taken by then counts as an outage, to be said within 3 s.

/** @typedef {import('./types.js').Outgoing} Outgoing */
/** @typedef {import('./types.js').Delivery} Delivery */
/** @typedef {{ up: () => void, down: () => void, state: (id: string, state: Delivery, reason?: string) => void }} OutboxHandlers */

export class Outbox {
  #address;
  #session;
  #handlers;
  #backoff = new Backoff();
  /** @type {Outgoing[]} */
  #queue = [];
  /** @type {Map<string, Outgoing>} */
  #failed = new Map();
  #busy = false;
  /** The privacy notice that stands under the box, until the server knows that it was accepted. */
  notice = '';

  /** @param {string} server @param {import('./session.js').Session} session @param {OutboxHandlers} handlers */
  constructor(server, session, handlers) {
    this.#address = new URL('chat/messages', server).href;
    this.#session = session;
    this.#handlers = handlers;
  }

  /** Messages that were still unsent when the page before was left. */
  restore() {
    this.#queue = readTab().unsent ?? [];
    return [...this.#queue];
  }

  /** @param {Outgoing} message */
  add(message) {
    this.#queue.push(message);
    this.#keep();
    this.#handlers.state(message.id, this.#busy ? 'waiting' : 'sending');
    this.pump();
  }

  /** @param {string} id */
  retry(id) {
    const message = this.#failed.get(id);
    if (message && this.#failed.delete(id)) this.add(message);
  }

  /** The stream has shown this message: it arrived, whatever became of the answer. @param {string} id */
  arrived(id) {
    this.#failed.delete(id);
    this.#drop(id);
  }

  wake() { this.#backoff.wake(); }

  clear() {
    this.#queue = [];
    this.#failed.clear();
    this.#keep();
    this.#backoff.wake();
  }

  async pump() {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#queue.length) await this.#deliver(this.#queue[0]);
    this.#busy = false;
    this.#handlers.up();
  }

  /** @param {Outgoing} message */
  async #deliver(message) {
    this.#handlers.state(message.id, 'sending');
    const slow = setTimeout(() => this.#handlers.down(), SLOW);
    let token = '';
    try {
      token = await this.#session.token();
      const notice = this.notice || this.#session.notice;
      await call(this.#address, { method: 'POST', token, body: { id: message.id, text: message.text, ...(notice && { notice }) } });
      this.notice = this.#session.notice = '';
      this.#backoff.reset();
      this.#handlers.up();
      if (this.#drop(message.id)) this.#handlers.state(message.id, 'sent');
    } catch (error) {
      clearTimeout(slow);
      await this.#recover(message, token, error);
    } finally {
      clearTimeout(slow);
    }
  }

  /** @param {Outgoing} message @param {string} token @param {unknown} error */
  async #recover(message, token, error) {
    if (error instanceof Refusal && token && error.status === 401) {
      await this.#session.renew(token).catch(() => {});
      await this.#backoff.wait();
    } else if (error instanceof Refusal && error.status === 429) {
      this.#handlers.state(message.id, 'waiting', error.message);
      await this.#backoff.wait(error.retryAfter * 1000);
    } else if (error instanceof Refusal && !error.passing) {
      if (!this.#drop(message.id)) return;
      this.#failed.set(message.id, message);
      this.#handlers.state(message.id, 'failed', error.message);
    } else {
      this.#handlers.down();
      this.#handlers.state(message.id, 'waiting');
      await this.#backoff.wait();
    }
  }

  /** @param {string} id @returns {boolean} whether it was still there */
  #drop(id) {
    const before = this.#queue.length;
    this.#queue = this.#queue.filter((one) => one.id !== id);
    this.#keep();
    return this.#queue.length < before;
  }

  #keep() { updateTab({ unsent: this.#queue }); }
}

/** The id a message keeps from the first attempt to the last. @returns {string} a UUID, also where randomUUID is missing (plain http) */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
