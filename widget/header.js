// The panel's head: the clinic's name, the menu and the way out.

import { el, icon } from './dom.js';

/** @typedef {{ transcript: () => void, erase: () => void, close: () => void }} Actions */

export class Header {
  #toggle;
  #list;
  #subtitle;

  /** @param {import('./types.js').Texts} texts @param {string} clinic @param {boolean} inline @param {Actions} actions */
  constructor(texts, clinic, inline, actions) {
    /** @param {string} words @param {() => void} action */
    const entry = (words, action) => el('li', {}, el('button', { type: 'button', click: () => { this.closeMenu(true); action(); } }, words));
    const entries = [entry(texts.transcript, actions.transcript), entry(texts.erase, actions.erase)];
    if (!inline) entries.push(entry(texts.close, actions.close));
    this.#list = el('ul', { class: 'menu', id: 'menu', hidden: true }, ...entries);
    this.#toggle = el('button', {
      type: 'button', class: 'tool', 'aria-label': texts.menu, 'aria-expanded': 'false', 'aria-controls': 'menu', click: () => this.#flip(),
    }, icon('more'));
    const nav = el('div', { class: 'tools' }, this.#toggle, this.#list);
    if (!inline) nav.append(el('button', { type: 'button', class: 'tool', 'aria-label': texts.close, click: actions.close }, icon('close')));
    nav.addEventListener('focusout', (event) => {
      const to = event.relatedTarget;
      if (to instanceof Node && !nav.contains(to)) this.closeMenu(false);
    });
    this.#subtitle = el('p', {}, texts.subtitle);
    this.element = el('div', { class: 'header', part: 'header' },
      el('span', { class: 'badge' }, icon('mark')),
      el('div', { class: 'names' }, el('h2', {}, clinic), this.#subtitle), nav);
  }

  set subtitle(/** @type {string} */ words) { this.#subtitle.textContent = words; }

  /** @param {boolean} focus  Give the focus back to the menu's button. @returns {boolean} whether it was open */
  closeMenu(focus) {
    if (this.#list.hidden) return false;
    this.#list.hidden = true;
    this.#toggle.setAttribute('aria-expanded', 'false');
    if (focus) this.#toggle.focus();
    return true;
  }

  /** @param {Event} event  A press anywhere else closes the menu. */
  pressed(event) {
    if (!event.composedPath().includes(this.element)) this.closeMenu(false);
  }

  #flip() {
    if (this.closeMenu(true)) return;
    this.#list.hidden = false;
    this.#toggle.setAttribute('aria-expanded', 'true');
    this.#list.querySelector('button')?.focus();
  }
}
