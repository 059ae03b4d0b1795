// The protocol's client: session, stream and outbox seen as one line that is up or lost.

import { call, Refusal } from './api.js';
import { Outbox } from './outbox.js';
import { Session } from './session.js';
import { readShared, watchShared, writeShared } from './storage.js';
import { Stream } from './stream.js';

const GRACE = 2_000; // A break shorter than this is not worth a word.

export class Connection {
  #server;
  #handlers;
  #session;
  #stream;
  #outbox;
  /** @type {Map<'stream' | 'post', ReturnType<typeof setTimeout>>} */
  #troubles = new Map();

  /** @param {string} server  Its address, ending in a slash. @param {import('./types.js').Handlers} handlers */
  constructor(server, handlers) {
    this.#server = server;
    this.#handlers = handlers;
    this.#session = new Session(server, () => this.#renewed());
    this.#stream = new Stream(server, this.#session, {
      up: () => { this.#mend('stream'); this.#outbox.wake(); },
      down: () => this.#trouble('stream', GRACE),
      event: (name, data) => this.#received(name, data),
    });
    this.#outbox = new Outbox(server, this.#session, {
      up: () => { this.#mend('post'); this.#stream.wake(); },
      down: () => this.#trouble('post', 0),
      state: (id, state, reason) => handlers.delivery(id, state, reason),
    });
    watchShared((value) => this.#elsewhere(value));
    this.#followBrowser();
  }

  /** Idempotent. @returns {import('./types.js').Outgoing[]} what was still unsent on the page before */
  start() {
    if (this.#stream.running) return [];
    const unsent = this.#outbox.restore();
    this.#trouble('stream', GRACE);
    this.#stream.start(0);
    return unsent;
  }

  /** Send what `start` returned. */
  resume() { this.#outbox.pump(); }

  /** @param {import('./types.js').Outgoing} message */
  send(message) {
    this.start();
    this.#outbox.add(message);
  }

  /** @param {string} id */
  retry(id) { this.#outbox.retry(id); }

  wake() {
    this.#stream.wake();
    this.#outbox.wake();
  }

  /** The visitor has seen messages up to this one. @param {number} id */
  markRead(id) {
    const stored = readShared();
    if (stored && id > stored.lastEventId) writeShared({ ...stored, lastEventId: id });
  }

  /** @returns {number} */
  get lastRead() { return readShared()?.lastEventId ?? 0; }

  /** @returns {Promise<Blob>} */
  async transcript() {
    const token = await this.#session.token();
    const response = await call(new URL('chat/transcript', this.#server).href, { token });
    return response.blob();
  }

  /** @returns {Promise<string>} */
  token() { return this.#session.token(); }

  /** Erase the conversation there and here. @throws when the server did not confirm it */
  async erase() {
    const token = this.#session.current;
    if (token) {
      await call(new URL('chat/session', this.#server).href, { method: 'DELETE', token }).catch((error) => {
        const gone = error instanceof Refusal && [401, 404, 410].includes(error.status);
        if (!gone) throw error;
      });
    }
    this.#end();
  }

  /** Back to before the first message; the next one begins a new conversation. */
  #end() {
    this.#stream.stop();
    this.#outbox.clear();
    this.#session.clear();
    this.#mend('stream');
    this.#mend('post');
    this.#handlers.reset('erased');
  }

  #renewed() {
    this.#handlers.reset('expired');
    this.#stream.start(0);
  }

  /** Another tab changed what the tabs share. @param {import('./storage.js').Shared | null} value */
  #elsewhere(value) {
    if (!value && this.#session.current) this.#end();
    else if (value && value.token === this.#session.current) this.#handlers.read(value.lastEventId);
    else if (value && this.#session.current) {
      this.#session.adopt(value.token);
      this.#renewed();
    } else if (value) {
      this.#session.adopt(value.token);
      this.start();
    }
  }

  /** @param {string} name @param {any} data */
  #received(name, data) {
    if (name === 'message') {
      if (data.message) this.#outbox.arrived(data.message);
      this.#handlers.message(data);
    } else if (name === 'turn') this.#handlers.turn(data.message);
    else if (name === 'presence') this.#handlers.presence(data);
    else if (name === 'typing') this.#handlers.typing(data.name, data.seconds);
    else if (name === 'history-end') this.#handlers.live();
    else if (name === 'notice') {
      this.#outbox.notice = data.accepted ? '' : data.version;
      this.#handlers.notice(data.accepted);
    }
  }

  /** @param {'stream' | 'post'} what @param {number} grace  Milliseconds before it is said. */
  #trouble(what, grace) {
    if (this.#troubles.has(what)) return;
    this.#troubles.set(what, setTimeout(() => this.#handlers.outage(true), grace));
  }

  /** @param {'stream' | 'post'} what */
  #mend(what) {
    clearTimeout(this.#troubles.get(what));
    this.#troubles.delete(what);
    if (!this.#troubles.size) this.#handlers.outage(false);
  }

  #followBrowser() {
    addEventListener('online', () => this.wake());
    addEventListener('offline', () => this.#stream.drop());
    document.addEventListener('visibilitychange', () => { if (!document.hidden) this.wake(); });
    // An open stream would keep the page out of the back-forward cache.
    let paused = false;
    addEventListener('pagehide', () => { paused = this.#stream.running; this.#stream.stop(); });
    addEventListener('pageshow', () => { if (paused && !this.#stream.running) this.#stream.start(); });
  }
}
