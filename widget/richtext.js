// Text of the assistant or the staff as nodes: paragraphs, line breaks, "- " and "1." lists, safe links.

import { el } from './dom.js';

// [words](address), a bare https: address, mailto: or tel:. No other scheme can come out of this.
const LINK = /\[([^\]\n]{1,200})\]\(((?:https:\/\/|mailto:|tel:)[^\s()<>]+)\)|(?:https:\/\/|mailto:|tel:)[^\s<>"]+/gi;
const SAFE = new Set(['https:', 'mailto:', 'tel:']);

/** @param {string} text @returns {DocumentFragment} */
export function richText(text) {
  const all = document.createDocumentFragment();
  for (const block of text.trim().split(/\n\s*\n/)) all.append(...blocks(block));
  return all;
}

/** Runs of list lines and of other lines, in their order. @param {string} block */
function blocks(block) {
  /** @type {HTMLElement[]} */
  const found = [];
  for (const line of block.split('\n')) {
    const item = /^\s*(?:[-•*]|(\d{1,2})[.)])\s+(.+)$/.exec(line);
    const tag = !item ? 'p' : item[1] ? 'ol' : 'ul';
    let last = found.at(-1);
    if (last?.localName !== tag) found.push(last = el(tag, item?.[1] ? { start: item[1] } : {}));
    else if (!item) last.append(el('br'));
    if (item) last.append(el('li', {}, ...inline(item[2])));
    else last.append(...inline(line));
  }
  return found;
}

/** @param {string} line @returns {(Node | string)[]} */
function inline(line) {
  const parts = [];
  let end = 0;
  for (const match of line.matchAll(LINK)) {
    const [whole, words] = match;
    const trailing = words ? '' : /[.,;:!?)\]'’”]*$/.exec(whole)?.[0] ?? '';
    const shown = whole.slice(0, whole.length - trailing.length);
    parts.push(line.slice(end, match.index), link(match[2] ?? shown, words ?? shown.replace(/^(mailto:|tel:)/i, '')));
    end = match.index + shown.length;
  }
  return [...parts, line.slice(end)];
}

/**
 * @param {string} address
 * @param {string} words
 * @returns {Node}  A link, or the words alone when the address is not one to follow.
 */
export function link(address, words) {
  const url = safeUrl(address, SAFE);
  if (!url) return document.createTextNode(words);
  const a = el('a', { href: url.href }, words);
  if (url.protocol === 'https:' || url.protocol === 'http:') {
    a.target = '_blank';
    a.rel = 'noopener noreferrer';
  }
  return a;
}

/**
 * @param {string} address
 * @param {Set<string>} schemes
 * @param {string} [base]  The assistant's own server: an address on it is always fine.
 * @returns {URL | null}
 */
export function safeUrl(address, schemes = new Set(['https:']), base = undefined) {
  try {
    const url = new URL(address, base);
    const own = base !== undefined && url.origin === new URL(base).origin && /^https?:$/.test(url.protocol);
    return own || schemes.has(url.protocol) ? url : null;
  } catch {
    return null;
  }
}
