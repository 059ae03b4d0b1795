// The token that binds this browser to one conversation.

import { call } from './api.js';
import { forget, readShared, writeShared } from './storage.js';

export class Session {
  #server;
  #changed;
  /** @type {string | undefined} */
  #token;
  /** @type {Promise<string> | undefined} */
  #asked;
  /** The version of the privacy notice that a new session began under. */
  notice = '';

  /** @param {string} server @param {() => void} changed  The conversation is another one now. */
  constructor(server, changed) {
    this.#server = server;
    this.#changed = changed;
    this.#token = readShared()?.token;
  }

  get current() { return this.#token; }

  /** @returns {Promise<string>} */
  async token() {
    if (this.#token) return this.#token;
    this.#asked ??= alone(() => this.#obtain()).finally(() => { this.#asked = undefined; });
    this.#token = await this.#asked;
    return this.#token;
  }

  /** The server no longer takes `stale`: get another, unless someone already has. @param {string} stale */
  async renew(stale) {
    if (this.#token !== stale) return;
    this.#token = await alone(() => this.#obtain(stale));
    this.#changed();
  }

  /** @param {string | undefined} token  What another tab stored. */
  adopt(token) { this.#token = token; }

  clear() {
    this.#token = undefined;
    forget();
  }

  /** @param {string} [stale] */
  async #obtain(stale) {
    const stored = readShared()?.token;
    if (stored && stored !== stale) return stored;
    const response = await call(new URL('chat/session', this.#server).href, { method: 'POST', body: {} });
    const { token, notice } = await response.json();
    this.notice = notice;
    writeShared({ token, lastEventId: 0 });
    return /** @type {string} */ (token);
  }
}

/** One tab at a time, so that two opened at once share a conversation. @template T @param {() => Promise<T>} work @returns {Promise<T>} */
async function alone(work) {
  let entered = false;
  try {
    return await navigator.locks.request('clinic-chat', () => {
      entered = true;
      return work();
    });
  } catch (error) {
    if (entered) throw error;
    return work(); // No locks here (plain http, a sandboxed frame): a second conversation is the worst that can happen.
  }
}
