// A person of the clinic: waited for, here, writing, gone.

import { el, styleSheet } from './dom.js';

/** @typedef {import('./types.js').Presence} Presence */
/** @typedef {import('./types.js').Texts} Texts */

/** The line in the log. @param {Presence} presence @param {Texts} texts */
export function presenceLine({ state, name }, texts) {
  const words = { waiting: texts.waitingForPerson, joined: texts.joined, left: texts.gone }[state];
  return words ? el('div', { class: 'presence' }, el('span', {}, named(words, name, texts))) : null;
}

/** What stands under the clinic's name. @param {Presence | null} presence @param {Texts} texts */
export function subtitle(presence, texts) {
  if (presence?.state === 'joined') return named(texts.withPerson, presence.name, texts);
  return presence?.state === 'waiting' ? texts.waitingForPerson : texts.subtitle;
}

/** @param {string} name @param {Texts} texts */
export const writing = (name, texts) => named(texts.personTyping, name, texts);

/** @param {string} words @param {string | null} name @param {Texts} texts */
const named = (words, name, texts) => words.replace('{name}', () => name || texts.staff);

export const sheet = styleSheet(`
.presence { inline-size: fit-content; max-inline-size: 100%; box-sizing: border-box; margin: 14px auto 4px; padding: 4px 14px; border-radius: 14px; background: var(--cc-warm); color: var(--cc-warm-ink); font-size: 13px; text-align: center; }`);
