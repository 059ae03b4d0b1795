// What the browser keeps: the token for all tabs, the draft and unsent messages for this one.
// Nothing here runs before the visitor has opened the chat.

const SHARED = 'clinic-chat';
const TAB = 'clinic-chat-tab';

/** @typedef {{ token: string, lastEventId: number }} Shared  lastEventId: the last message shown to the visitor. */
/** @typedef {{ open?: boolean, draft?: string, unsent?: import('./types.js').Outgoing[] }} Tab */

/** @type {Map<string, string>} */
const memory = new Map();

/** Storage may be blocked, or full: the next place down is used, at last the page's memory. @param {string} key */
function places(key) {
  /** @type {(() => Storage)[]} */
  const all = [() => localStorage, () => sessionStorage];
  return key === SHARED ? all : all.slice(1);
}

/** @param {string} key @returns {any} */
function read(key) {
  for (const place of places(key)) {
    try {
      const value = place().getItem(key);
      if (value) return JSON.parse(value);
    } catch { /* Blocked or not ours. */ }
  }
  const kept = memory.get(key);
  return kept ? JSON.parse(kept) : null;
}

/** @param {string} key @param {object} value */
function write(key, value) {
  const text = JSON.stringify(value);
  for (const place of places(key)) {
    try {
      place().setItem(key, text);
      return;
    } catch { /* Blocked or full. */ }
  }
  memory.set(key, text);
}

/** @param {string} key */
function remove(key) {
  memory.delete(key);
  for (const place of places(key)) {
    try {
      place().removeItem(key);
    } catch { /* Blocked. */ }
  }
}

/** @returns {Shared | null} */
export function readShared() {
  const value = read(SHARED);
  return typeof value?.token === 'string' ? { token: value.token, lastEventId: Number(value.lastEventId) || 0 } : null;
}

/** @param {Shared} value */
export const writeShared = (value) => write(SHARED, value);

/** @returns {Tab} */
export const readTab = () => read(TAB) ?? {};

/** @param {Tab} change */
export const updateTab = (change) => write(TAB, { ...readTab(), ...change });

export function forget() {
  remove(SHARED);
  remove(TAB);
}

/** @param {(value: Shared | null) => void} listener  Called when another tab changed what is shared. */
export function watchShared(listener) {
  addEventListener('storage', (event) => {
    if (event.key === SHARED || event.key === null) listener(readShared());
  });
}
