// What comes from the server, shown in its order, also where a part has to be fetched first.

import { needed, part } from './parts.js';

/** @typedef {import('./types.js').ChatMessage} ChatMessage */

/**
 * @typedef {object} Desk  What the reader writes on.
 * @property {import('./types.js').Host} host
 * @property {import('./types.js').Texts} texts
 * @property {(reply: import('./types.js').QuickReply) => void} choose
 * @property {import('./messages.js').Messages} messages
 * @property {import('./status.js').Typing} typing
 * @property {import('./replies.js').QuickReplies} replies
 * @property {HTMLElement} welcome
 * @property {import('./scroller.js').Scroller} scroller
 * @property {import('./header.js').Header} header
 * @property {import('./status.js').Status} status
 * @property {import('./connection.js').Connection} connection
 * @property {(id: number) => void} read  A message of the other side is shown; 0: look again.
 */

export class Reader {
  #desk;
  #line = Promise.resolve();
  #from = '';
  #live = false;
  last = 0;
  withPerson = false;

  /** @param {Desk} desk */
  constructor(desk) { this.#desk = desk; }

  /** @param {ChatMessage} message */
  message(message) {
    if (!this.#live && message.message && this.#desk.messages.has(message.message)) this.live(); // Said just now: no history.
    this.#inTurn(async () => {
      const parts = await this.#parts(message);
      this.#show(message, parts);
    });
  }

  /** @param {string} id */
  turn(id) { this.#inTurn(() => this.#desk.typing.done(id)); }

  /** @param {import('./types.js').Presence} presence */
  presence(presence) {
    this.#inTurn(async () => {
      const { host, texts, messages, header, typing, scroller, welcome, replies } = this.#desk;
      const people = await this.#dressed('people');
      const line = people.presenceLine(presence, texts);
      welcome.hidden = true;
      if (line) scroller.keep(() => messages.remark(line), this.#live);
      header.subtitle = people.subtitle(presence, texts);
      this.withPerson = presence.state === 'joined';
      this.last = Math.max(this.last, presence.id);
      typing.clear();
      replies.clear();
      if (this.#live) host.tell('presence', { state: presence.state, name: presence.name });
    });
  }

  /** @param {string | null} name @param {number} seconds */
  typing(name, seconds) {
    this.#inTurn(async () => {
      const { writing } = await part('people');
      this.#desk.typing.person(name ? writing(name, this.#desk.texts) : '', seconds);
    });
  }

  /** Stored messages have been shown; what follows is new. */
  live() {
    this.#inTurn(() => {
      const { typing, scroller, messages, read } = this.#desk;
      // The end of a turn may have been missed while the line was broken.
      if (this.#from !== 'visitor') typing.clear();
      scroller.settle();
      // The replayed nodes have to be in the page before the region speaks.
      setTimeout(() => messages.announce(true), 100);
      this.#live = true;
      read(0);
    });
  }

  /** @param {'erased' | 'expired'} why */
  reset(why) {
    const { messages, typing, replies, welcome, header, texts } = this.#desk;
    typing.clear();
    replies.clear();
    header.subtitle = texts.subtitle;
    this.withPerson = false;
    this.last = 0;
    if (why === 'expired') return messages.seal();
    this.#live = false;
    messages.announce(false);
    messages.clear();
    welcome.hidden = false;
  }

  /** @param {() => unknown} work */
  #inTurn(work) { this.#line = this.#line.then(work).then(() => {}, console.error); }

  /** @param {ChatMessage} message @param {{ more: (Node | string)[], below?: HTMLElement, choice?: HTMLElement, covered: Set<string> }} parts */
  #show(message, { more, below, choice, covered }) {
    const { messages, typing, replies, welcome, scroller, host, read } = this.#desk;
    const theirs = message.from !== 'visitor';
    welcome.hidden = true;
    scroller.keep(() => {
      messages.add(message, more, below);
      const rest = (message.buttons ?? []).filter(({ payload }) => !covered.has(payload));
      if (message.from !== 'bot') replies.clear();
      if (theirs && (rest.length || choice)) replies.offer(rest, choice);
    }, this.#live && theirs);
    if (!theirs && message.message && this.#live && !this.withPerson) typing.wait(message.message);
    if (message.from === 'staff') typing.person('', 0);
    this.last = Math.max(this.last, message.id);
    this.#from = message.from;
    if (this.#live) host.tell('message', { from: message.from, text: message.text });
    if (this.#live && message.custom?.type === 'booking') host.tell('booked', { reference: message.custom.reference });
    if (theirs || this.#live) read(theirs ? message.id : 0);
  }

  /** What stands below the words and the bubble, and in place of quick replies. @param {ChatMessage} message */
  async #parts(message) {
    const { host, texts, choose } = this.#desk;
    const names = needed(message);
    /** @type {{ more: (Node | string)[], below?: HTMLElement, choice?: HTMLElement, covered: Set<string> }} */
    const made = { more: [], covered: new Set() };
    if (names.includes('rich')) made.more = (await this.#dressed('rich')).richParts(message, { host, texts });
    if (names.includes('thumbs')) made.below = await this.#thumbs(message);
    if (names.includes('slots')) {
      const { readSlots, slotChooser } = await this.#dressed('slots');
      const slots = readSlots(message.custom?.slots);
      for (const { payload } of slots) made.covered.add(payload);
      if (slots.length) made.choice = slotChooser(slots, texts, choose);
    }
    return made;
  }

  /** @param {ChatMessage} message */
  async #thumbs(message) {
    const { host, texts, connection, status } = this.#desk;
    const { thumbs, storeThumb } = await this.#dressed('thumbs');
    return thumbs(message, texts, async (/** @type {import('./thumbs.js').Thumb} */ thumb) => {
      try {
        await storeThumb(host.server, await connection.token(), message.id, thumb);
      } catch (error) {
        status.say(texts.rateFailed);
        throw error;
      }
    });
  }

  /** A part with its style sheet in place. @template {'rich' | 'slots' | 'thumbs' | 'people'} T @param {T} name */
  async #dressed(name) {
    const found = await part(name);
    const root = /** @type {ShadowRoot} */ (this.#desk.host.shadowRoot);
    if (!root.adoptedStyleSheets.includes(found.sheet)) root.adoptedStyleSheets.push(found.sheet);
    return found;
  }
}
