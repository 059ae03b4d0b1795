// What scrolls: follows new messages, unless the visitor is reading further up.

import { el, icon } from './dom.js';

const NEAR = 60; // Pixels from the end that still count as being there.

export class Scroller {
  #view;
  #jump;
  #following = true;

  /** @param {import('./types.js').Texts} texts @param {...HTMLElement} parts */
  constructor(texts, ...parts) {
    this.#view = el('div', { class: 'view', tabindex: '0', role: 'group', 'aria-label': texts.log }, ...parts);
    this.#jump = el('button', { type: 'button', class: 'jump', hidden: true, click: () => this.toEnd() }, icon('down'), texts.newest);
    // Dots, pictures and a growing box move the end; the visitor who was there stays there.
    new ResizeObserver(() => { if (this.#following) this.toEnd(); }).observe(this.#view);
    new MutationObserver(() => { if (this.#following) this.toEnd(); }).observe(this.#view, { subtree: true, childList: true, attributeFilter: ['hidden'] });
    this.#view.addEventListener('load', () => { if (this.#following) this.toEnd(); }, true);
    this.#view.addEventListener('scroll', () => { this.#following = this.#atEnd(); if (this.#following) this.#jump.hidden = true; }, { passive: true });
    this.element = el('div', { class: 'scroller' }, this.#view, this.#jump);
  }

  /** Make a change and stay at the end, or say that there is something below. @param {() => void} change @param {boolean} news */
  keep(change, news) {
    const stay = this.#following;
    change();
    if (stay) this.toEnd();
    else if (news) this.#jump.hidden = false;
  }

  focus() { this.#view.focus({ preventScroll: true }); }

  toEnd() {
    this.#following = true;
    this.#jump.hidden = true;
    this.#view.scrollTop = this.#view.scrollHeight;
  }

  /** History is in place: begin at its end. */
  settle() { if (this.#following) this.toEnd(); }

  #atEnd() { return this.#view.scrollHeight - this.#view.scrollTop - this.#view.clientHeight < NEAR; }
}
