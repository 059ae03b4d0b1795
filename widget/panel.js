// The panel: its parts, and what passes between them and the connection.

import { Composer } from './composer.js';
import { Connection } from './connection.js';
import { el } from './dom.js';
import { Frame } from './frame.js';
import { Header } from './header.js';
import { Messages } from './messages.js';
import { uuid } from './outbox.js';
import { part } from './parts.js';
import { Reader } from './reader.js';
import { privacyNote, QuickReplies, welcome } from './replies.js';
import { Scroller } from './scroller.js';
import { Status, Typing } from './status.js';
import { updateTab, readTab } from './storage.js';
import { panelSheets } from './styles.js';

/** @typedef {import('./types.js').Host} Host */
/** @typedef {import('./types.js').Texts} Texts */

/** @param {Host} host @returns {Promise<import('./types.js').Panel>} */
export async function createPanel(host) {
  return new ChatPanel(host, (await import(`./texts/${host.language}.js`)).default);
}

class ChatPanel {
  #host; #texts; #connection; #reader;
  #messages; #typing; #replies; #welcome; #scroller; #status; #composer; #header; #note; #panel; #frame;
  #started = false;
  /** @type {number[]} */
  #unread = [];

  /** @param {Host} host @param {Texts} texts */
  constructor(host, texts) {
    this.#host = host;
    this.#texts = texts;
    const clinic = host.getAttribute('clinic') || texts.clinic;
    /** @param {import('./types.js').QuickReply} reply */
    const choose = (reply) => this.send(reply.payload, reply.title);
    this.#connection = new Connection(host.server, this.#handlers());
    this.#messages = new Messages(texts, (id) => { this.#connection.retry(id); this.#composer.focus(); });
    this.#typing = new Typing(texts);
    this.#replies = new QuickReplies(texts, choose);
    this.#welcome = welcome(texts, host.getAttribute('greeting'), choose);
    this.#scroller = new Scroller(texts, this.#welcome, this.#messages.element, this.#typing.element, this.#replies.element);
    this.#status = new Status(texts, () => this.#connection.wake());
    this.#composer = new Composer(texts, {
      send: (text) => this.send(text),
      changed: (draft) => { if (this.#started) updateTab({ draft }); },
      tooLong: () => this.#status.say(texts.tooLong),
    });
    this.#header = new Header(texts, clinic, host.inline, {
      transcript: () => this.#transcript(), erase: () => this.#erase(), close: () => { host.open = false; },
    });
    this.#note = privacyNote(texts, host.getAttribute('privacy') || new URL('chat/privacy', host.server).href);
    this.#panel = this.#build(clinic);
    this.#frame = new Frame(this.#panel, host.inline);
    this.#reader = new Reader({
      host, texts, choose, messages: this.#messages, typing: this.#typing, replies: this.#replies, welcome: this.#welcome, scroller: this.#scroller,
      header: this.#header, status: this.#status, connection: this.#connection, read: (id) => { if (id) this.#unread.push(id); this.#markRead(); },
    });
    this.#dress(/** @type {ShadowRoot} */ (host.shadowRoot));
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

  /** @param {string} text @param {string} [title]  What the visitor sees of it. */
  send(text, title) {
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

  /** @param {string} clinic */
  #build(clinic) {
    const inline = this.#host.inline;
    const panel = el(inline ? 'section' : 'dialog', { class: inline ? 'panel inline' : 'panel', part: 'panel', 'aria-label': clinic, lang: this.#texts.lang, dir: this.#texts.dir },
      this.#header.element, this.#scroller.element, this.#status.element, this.#composer.element, this.#note);
    panel.addEventListener('pointerdown', (event) => this.#header.pressed(event));
    panel.addEventListener('cancel', (event) => event.preventDefault());
    panel.addEventListener('keydown', (event) => {
      if (/** @type {KeyboardEvent} */ (event).key !== 'Escape' || /** @type {KeyboardEvent} */ (event).isComposing) return;
      event.preventDefault();
      if (!this.#header.closeMenu(true) && !inline) this.#host.open = false;
    });
    return panel;
  }

  /** @param {ShadowRoot} root */
  #dress(root) {
    root.adoptedStyleSheets.push(...panelSheets);
    root.append(this.#panel);
    const accent = this.#host.getAttribute('accent');
    if (!accent) return;
    part('colours').then(({ accentSheet }) => {
      const sheet = accentSheet(accent, this.#host.getAttribute('on-accent'));
      if (sheet) root.adoptedStyleSheets.push(sheet);
    }).catch(console.error);
  }

  #start() {
    if (this.#started) return;
    this.#started = true;
    this.#composer.draft = readTab().draft ?? '';
    for (const message of this.#connection.start()) this.#showOwn(message);
    this.#connection.resume();
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
      message: (message) => this.#reader.message(message),
      turn: (id) => this.#reader.turn(id),
      presence: (presence) => this.#reader.presence(presence),
      typing: (name, seconds) => this.#reader.typing(name, seconds),
      live: () => this.#reader.live(),
      delivery: (id, state, reason) => this.#delivered(id, state, reason),
      notice: (accepted) => { if (!accepted && this.#connection.lastRead) this.#note.firstChild?.replaceWith(`${this.#texts.noticeChanged} `); },
      outage: (lost) => { this.#status.outage(lost); this.#typing.pause(lost); },
      reset: (why) => this.#reset(why),
      read: (id) => this.#countUnread(id),
    };
  }

  /** @param {string} id @param {import('./types.js').Delivery} state @param {string} [reason] */
  #delivered(id, state, reason) {
    this.#messages.delivery(id, state);
    if (state === 'sent' && !this.#reader.withPerson) this.#typing.wait(id);
    if (state === 'failed') this.#typing.done(id);
    if (reason || state === 'failed') this.#status.say(reason || this.#texts.failed);
  }

  #markRead() {
    if (this.#frame.shown) this.#connection.markRead(this.#reader.last);
    this.#countUnread(this.#connection.lastRead);
  }

  /** @param {number} read */
  #countUnread(read) {
    this.#unread = this.#unread.filter((id) => id > read);
    this.#host.setUnread(this.#unread.length, this.#texts.unread);
  }

  /** @param {'erased' | 'expired'} why */
  #reset(why) {
    this.#unread = [];
    this.#countUnread(0);
    this.#reader.reset(why);
    if (why === 'erased') {
      this.#started = false;
      this.#composer.draft = '';
    }
    this.#status.say(this.#texts[why]);
  }

  async #transcript() {
    try {
      const [{ save }, transcript] = await Promise.all([part('privacy'), this.#connection.transcript()]);
      save(transcript);
    } catch {
      this.#status.say(this.#texts.transcriptFailed);
    }
  }

  async #erase() {
    const { eraseTitle: title, eraseText: text, eraseYes: yes, eraseNo: no } = this.#texts;
    try {
      const { confirmIn } = await part('privacy');
      if (!await confirmIn(this.#panel, { title, text, yes, no })) return;
      await this.#connection.erase();
      this.#composer.focus();
    } catch {
      this.#status.say(this.#texts.eraseFailed);
    }
  }
}
