// What a visitor may do with what is kept of them: take it along, and have it deleted.

import { el, styleSheet } from './dom.js';

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
    const root = /** @type {ShadowRoot} */ (panel.getRootNode());
    const before = root.activeElement;
    if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
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

const sheet = styleSheet(`
.veil { position: absolute; inset: 0; z-index: 5; display: grid; place-items: end center; padding: 12px; background: rgb(30 24 18 / .4); }
.card { inline-size: 100%; max-inline-size: 416px; padding: 20px; border: 1px solid var(--cc-line); border-radius: 18px; background: var(--cc-raised); }
.panel .card h2 { font-size: 17px; }
.panel .card p { margin-block: 5.6px 17.6px; color: var(--cc-soft); }
.choice { display: flex; flex-wrap: wrap; gap: 9.6px; }
.panel .choice button { flex: 1; min-block-size: 46px; padding: 10px 16px; border: 1px solid var(--cc-edge); border-radius: 23px; font-weight: 600; text-align: center; }
.panel .choice .danger { border-color: transparent; background: var(--cc-danger); color: #fff; }
@media (min-height: 480px) { .inline .veil { place-items: center; } }`);
