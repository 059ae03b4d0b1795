// The box to write in: grows with its text, Enter sends, Shift+Enter makes a line.

import { el, icon } from './dom.js';

const LIMIT = 1_000;
const NEAR = 100; // The counter shows from here on.

export class Composer {
  #texts;
  #changed;
  #area;
  #grow;
  #counter;
  #long = false;

  /**
   * @param {import('./types.js').Texts} texts
   * @param {{ send: (text: string) => void, changed: (draft: string) => void, tooLong: () => void }} handlers
   */
  constructor(texts, handlers) {
    this.#texts = texts;
    this.#changed = handlers.changed;
    this.tooLong = handlers.tooLong;
    this.send = handlers.send;
    this.#area = el('textarea', {
      rows: '1', 'aria-label': texts.label, placeholder: texts.placeholder, enterkeyhint: 'send', autocomplete: 'off',
      'aria-describedby': 'left', input: () => this.#update(), keydown: (event) => this.#key(/** @type {KeyboardEvent} */ (event)),
    });
    // The wrapper's ::after repeats the text and so sets the height: no inline style.
    this.#grow = el('div', { class: 'grow' }, this.#area);
    this.#counter = el('span', { class: 'counter', id: 'left', hidden: true });
    const button = el('button', { type: 'submit', class: 'send', part: 'send', 'aria-label': texts.send }, icon('send'));
    this.element = el('form', { class: 'composer', part: 'composer', submit: (event) => { event.preventDefault(); this.#submit(); } }, this.#grow, this.#counter, button);
    this.#update();
  }

  get draft() { return this.#area.value; }
  set draft(text) { this.#area.value = text; this.#update(); }

  focus() { this.#area.focus({ preventScroll: true }); }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#submit();
  }

  #submit() {
    const text = this.#area.value.trim();
    if (this.#long) this.tooLong();
    else if (text) {
      this.draft = '';
      this.send(text);
    }
    this.focus();
  }

  #update() {
    const text = this.#area.value;
    const left = LIMIT - [...text.trim()].length; // Code points, as the server counts.
    const long = left < 0;
    if (long && !this.#long) this.tooLong();
    this.#long = long;
    this.#grow.dataset.text = text;
    this.#counter.hidden = left > NEAR;
    this.#counter.replaceChildren(String(left), el('span', { class: 'spoken' }, ` ${this.#texts.left}`));
    this.#counter.classList.toggle('over', long);
    this.#area.dir = text ? 'auto' : this.#texts.dir;
    this.#area.setAttribute('aria-invalid', String(long));
    this.element?.classList.toggle('ready', Boolean(text.trim()) && !long);
    this.#changed(text);
  }
}
