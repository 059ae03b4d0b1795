// The panel: its parts, and what passes between them and the connection.

import { Composer } from './composer.js';
import { confirmIn } from './confirm.js';
import { Connection } from './connection.js';
import { el } from './dom.js';
import { Frame } from './frame.js';
import { Header } from './header.js';
import { Messages } from './messages.js';
import { QuickReplies } from './replies.js';
import { Scroller } from './scroller.js';
import { Status } from './status.js';
import { updateTab, readTab } from './storage.js';
import { panelSheets } from './styles.js';
import { loadTexts } from './texts.js';
import { Typing } from './typing.js';
import { uuid } from './uuid.js';
import { privacyNote, welcome } from './welcome.js';

/** @typedef {import('./types.js').Host} Host */
/** @typedef {import('./types.js').ChatMessage} ChatMessage */
/** @typedef {import('./types.js').Texts} Texts */

/** @param {Host} host @returns {Promise<import('./types.js').Panel>} */
export async function createPanel(host) {
  return new ChatPanel(host, await loadTexts(host.language));
}

class ChatPanel {
  #host; #texts; #connection;
  #messages; #typing; #replies; #welcome; #scroller; #status; #composer; #header; #panel; #frame;
  #last = 0;
  #lastFrom = '';
  #live = false;
  #started = false;
  /** @type {number[]} */
  #unread = [];

  /** @param {Host} host @param {Texts} texts */
  constructor(host, texts) {
    this.#host = host;
    this.#texts = texts;
    const clinic = host.clinic || texts.clinic;
    this.#connection = new Connection(host.server, this.#handlers());
    this.#messages = new Messages(texts, host.server, (id) => { this.#connection.retry(id); this.#composer.focus(); });
    this.#typing = new Typing(texts);
    this.#replies = new QuickReplies(texts, (reply) => this.#send(reply.payload, reply.title));
    this.#welcome = welcome(texts, (reply) => this.#send(reply.payload, reply.title));
    this.#scroller = new Scroller(texts, this.#welcome, this.#messages.element, this.#typing.element, this.#replies.element);
    this.#status = new Status(texts, () => this.#connection.wake());
    this.#composer = new Composer(texts, {
      send: (text) => this.#send(text),
      changed: (draft) => { if (this.#started) updateTab({ draft }); },
      tooLong: () => this.#status.say(texts.tooLong),
    });
    this.#header = new Header(texts, clinic, host.inline, {
      transcript: () => this.#transcript(), erase: () => this.#erase(), close: () => { host.open = false; },
    });
    this.#panel = this.#build(clinic);
    this.#frame = new Frame(this.#panel, host.inline);
    const root = /** @type {ShadowRoot} */ (host.shadowRoot);
    root.adoptedStyleSheets.push(...panelSheets);
    root.append(this.#panel);
    this.#start();
  }

  /** @param {boolean} focus */
  open(focus) {
    this.#start();
    if (!this.#host.inline) updateTab({ open: true });
    this.#frame.show(focus);
    if (focus || this.#frame.modal) this.#composer.focus();
    this.#scroller.toEnd();
    this.#markRead();
  }

  close() {
    const inside = this.#panel.matches(':focus-within');
    this.#header.closeMenu(false);
    updateTab({ open: false });
    this.#frame.hide();
    if (inside) this.#host.focusLauncher();
  }

  /** @param {string} clinic */
  #build(clinic) {
    const inline = this.#host.inline;
    const panel = el(inline ? 'section' : 'dialog', { class: inline ? 'panel inline' : 'panel', 'aria-label': clinic, lang: this.#texts.lang, dir: this.#texts.dir },
      this.#header.element, this.#scroller.element, this.#status.element, this.#composer.element, privacyNote(this.#texts, this.#host.privacy));
    panel.addEventListener('pointerdown', (event) => this.#header.pressed(event));
    panel.addEventListener('cancel', (event) => event.preventDefault());
    panel.addEventListener('keydown', (event) => {
      if (/** @type {KeyboardEvent} */ (event).key !== 'Escape' || /** @type {KeyboardEvent} */ (event).isComposing) return;
      event.preventDefault();
      if (!this.#header.closeMenu(true) && !inline) this.#host.open = false;
    });
    return panel;
  }

  #start() {
    if (this.#started) return;
    this.#started = true;
    this.#composer.draft = readTab().draft ?? '';
    for (const message of this.#connection.start()) this.#showOwn(message);
    this.#connection.resume();
  }

  /** @param {string} text @param {string} [title] */
  #send(text, title) {
    const message = { id: uuid(), text, title };
    this.#started = true;
    this.#status.clear();
    this.#replies.clear();
    this.#showOwn(message);
    this.#connection.send(message);
    // A tapped choice should not bring up the keyboard; its button is gone, so the focus needs a place.
    if (title && matchMedia('(pointer: coarse)').matches) this.#scroller.focus();
    else this.#composer.focus();
  }

  /** @param {import('./types.js').Outgoing} message */
  #showOwn(message) {
    this.#welcome.hidden = true;
    this.#messages.addOwn(message);
    this.#scroller.toEnd();
  }

  /** @returns {import('./types.js').Handlers} */
  #handlers() {
    return {
      message: (message) => this.#received(message),
      turn: (id) => this.#typing.done(id),
      live: () => this.#nowLive(),
      delivery: (id, state, reason) => this.#delivered(id, state, reason),
      outage: (lost) => { this.#status.outage(lost); this.#typing.pause(lost); },
      reset: (why) => this.#reset(why),
      read: (id) => this.#countUnread(id),
    };
  }

  /** @param {ChatMessage} message */
  #received(message) {
    const theirs = message.from !== 'visitor';
    this.#welcome.hidden = true;
    this.#scroller.keep(() => {
      this.#messages.add(message);
      if (!theirs) this.#replies.clear();
      else if (message.buttons?.length) this.#replies.offer(message.buttons);
    }, this.#live && theirs);
    if (!theirs && message.message && this.#live) this.#typing.wait(message.message);
    if (theirs) this.#unread.push(message.id);
    this.#last = Math.max(this.#last, message.id);
    this.#lastFrom = message.from;
    if (this.#live) this.#markRead();
  }

  #nowLive() {
    // The end of a turn may have been missed while the line was broken.
    if (this.#lastFrom !== 'visitor') this.#typing.clear();
    this.#scroller.settle();
    // The replayed nodes have to be in the page before the region speaks.
    setTimeout(() => { this.#messages.announce(true); }, 100);
    this.#live = true;
    this.#markRead();
  }

  /** @param {string} id @param {import('./types.js').Delivery} state @param {string} [reason] */
  #delivered(id, state, reason) {
    this.#messages.delivery(id, state);
    if (state === 'sent') this.#typing.wait(id);
    if (state === 'failed') this.#typing.done(id);
    if (reason || state === 'failed') this.#status.say(reason || this.#texts.failed);
  }

  #markRead() {
    if (this.#frame.shown) this.#connection.markRead(this.#last);
    this.#countUnread(this.#connection.lastRead);
  }

  /** @param {number} read */
  #countUnread(read) {
    this.#unread = this.#unread.filter((id) => id > read);
    this.#host.unread = this.#unread.length;
  }

  /** @param {'erased' | 'expired'} why */
  #reset(why) {
    this.#typing.clear();
    this.#replies.clear();
    this.#last = 0;
    this.#unread = [];
    this.#host.unread = 0;
    if (why === 'expired') this.#messages.seal();
    else {
      this.#started = false;
      this.#live = false;
      this.#messages.announce(false);
      this.#messages.clear();
      this.#composer.draft = '';
      this.#welcome.hidden = false;
    }
    this.#status.say(this.#texts[why]);
  }

  async #transcript() {
    try {
      const address = URL.createObjectURL(await this.#connection.transcript());
      el('a', { href: address, download: 'chat.txt' }).click();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
    } catch {
      this.#status.say(this.#texts.transcriptFailed);
    }
  }

  async #erase() {
    const { eraseTitle: title, eraseText: text, eraseYes: yes, eraseNo: no } = this.#texts;
    if (!await confirmIn(this.#panel, { title, text, yes, no })) return;
    try {
      await this.#connection.erase();
      this.#composer.focus();
    } catch {
      this.#status.say(this.#texts.eraseFailed);
    }
  }
}
