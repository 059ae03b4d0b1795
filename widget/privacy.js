// What a visitor may do with what is kept of them: take it along, and have it deleted.

import { el } from './dom.js';

/** @param {Blob} transcript */
export function save(transcript) {
  const address = URL.createObjectURL(transcript);
  el('a', { href: address, download: 'chat.txt' }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/**
 * A question asked inside the panel, over the rest of it.
 * @param {HTMLElement} panel
 * @param {{ title: string, text: string, yes: string, no: string }} words
 * @returns {Promise<boolean>}
 */
export function confirmIn(panel, words) {
  return new Promise((done) => {
    const rest = /** @type {HTMLElement[]} */ ([...panel.children]);
    const before = /** @type {ShadowRoot} */ (panel.getRootNode()).activeElement;
    /** @param {boolean} answer */
    const close = (answer) => {
      box.remove();
      for (const one of rest) one.inert = false;
      if (before instanceof HTMLElement) before.focus();
      done(answer);
    };
    const no = el('button', { type: 'button', class: 'quiet', click: () => close(false) }, words.no);
    const yes = el('button', { type: 'button', class: 'danger', click: () => close(true) }, words.yes);
    const card = el('div', { class: 'card', role: 'alertdialog', 'aria-modal': 'true', 'aria-labelledby': 'ask', 'aria-describedby': 'why' },
      el('h2', { id: 'ask' }, words.title), el('p', { id: 'why' }, words.text), el('div', { class: 'choice' }, no, yes));
    const box = el('div', { class: 'veil' }, card);
    box.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation();
      close(false);
    });
    for (const one of rest) one.inert = true;
    panel.append(box);
    no.focus();
  });
}
