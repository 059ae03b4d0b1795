// The interface's texts. The assistant's answers come from the server and are not translated here.

import en from './texts/en.js';

/** @type {Record<string, () => Promise<{ default: import('./types.js').Texts }>>} */
const OTHERS = {
  de: () => import('./texts/de.js'),
  es: () => import('./texts/es.js'),
  ar: () => import('./texts/ar.js'),
};

/** @param {string} language @returns {Promise<import('./types.js').Texts>} */
export async function loadTexts(language) {
  return OTHERS[language] ? (await OTHERS[language]()).default : en;
}
