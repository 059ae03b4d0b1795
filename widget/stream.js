// What the server says: one long response, resumed after the last event whenever it breaks.

import { Backoff, call, Refusal } from './api.js';

const SILENCE = 25_000; // The server pings every 10 s; two missed pings and a bit is a dead line.

/** @typedef {{ up: () => void, down: () => void, event: (name: string, data: any) => void }} StreamHandlers */

export class Stream {
  #address;
  #session;
  #handlers;
  #backoff = new Backoff();
  /** @type {AbortController | undefined} */
  #run;
  /** @type {AbortController | undefined} */
  #attempt;
  #last = 0;

  /** @param {string} server @param {import('./session.js').Session} session @param {StreamHandlers} handlers */
  constructor(server, session, handlers) {
    this.#address = new URL('chat/events', server).href;
    this.#session = session;
    this.#handlers = handlers;
  }

  get running() { return Boolean(this.#run); }

  /** @param {number} [after]  The last event already shown; 0 for all of them. */
  start(after = this.#last) {
    this.stop();
    this.#last = after;
    this.#run = new AbortController();
    this.#keep(this.#run.signal);
  }

  stop() {
    this.#run?.abort();
    this.#attempt?.abort();
    this.#run = undefined;
    this.#backoff.wake();
  }

  /** Try now rather than at the next step. */
  wake() { this.#backoff.wake(); }

  /** The browser says that the network has gone: do not wait for the silence to tell. */
  drop() { this.#attempt?.abort(); }

  /** @param {AbortSignal} stop */
  async #keep(stop) {
    while (!stop.aborted) {
      try {
        await this.#listen(stop);
      } catch (error) {
        await this.#recover(error, stop);
      }
      if (stop.aborted) return;
      this.#handlers.down();
      await this.#backoff.wait();
    }
  }

  /** @param {AbortSignal} stop */
  async #listen(stop) {
    const token = await this.#session.token();
    if (stop.aborted) return;
    const attempt = new AbortController();
    this.#attempt = attempt;
    let watchdog = setTimeout(() => attempt.abort(), SILENCE);
    const alive = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => attempt.abort(), SILENCE);
    };
    try {
      const headers = { Accept: 'text/event-stream', 'Last-Event-ID': String(this.#last) };
      const response = await call(this.#address, { token, headers, signal: attempt.signal });
      if (!response.body || stop.aborted) return;
      this.#handlers.up();
      for await (const { event, data } of readEvents(response.body, alive)) {
        if (stop.aborted) return;
        this.#backoff.reset();
        this.#pass(event, data);
      }
    } finally {
      clearTimeout(watchdog);
      attempt.abort();
    }
  }

  /** @param {string} event @param {string} text */
  #pass(event, text) {
    const data = JSON.parse(text);
    if (data.id) {
      if (!(data.id > this.#last)) return; // Shown before the line broke.
      this.#last = data.id;
    }
    this.#handlers.event(event, data);
  }

  /** @param {unknown} error @param {AbortSignal} stop */
  async #recover(error, stop) {
    const token = this.#session.current;
    if (stop.aborted || !token || !(error instanceof Refusal)) return;
    if (![401, 403, 404, 410].includes(error.status)) return;
    await this.#session.renew(token).catch(() => {});
  }
}

/** @typedef {{ event: string, data: string }} ServerEvent */

/**
 * Read from a fetch body: EventSource can send neither Authorization nor a first Last-Event-ID.
 * @param {ReadableStream<Uint8Array>} body
 * @param {() => void} alive  Called for every piece received, pings included.
 * @returns {AsyncGenerator<ServerEvent>}
 */
async function* readEvents(body, alive) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return; // An event that was cut off is dropped: it comes again after the reconnection.
      alive();
      rest += decoder.decode(value, { stream: true });
      const blocks = rest.split(/\r?\n\r?\n/);
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const found = parse(block);
        if (found) yield found;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** @param {string} block @returns {ServerEvent | null} */
function parse(block) {
  let event = 'message';
  const data = [];
  for (const line of block.split(/\r?\n/)) {
    const [, field, value] = /^([^:]+):? ?(.*)$/s.exec(line) ?? [];
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
  }
  return data.length ? { event, data: data.join('\n') } : null;
}
