// Free times as a choice of day, then of time. Times are the clinic's own: what stands in `start` is
// shown as it stands, wherever the visitor is.

import { el, styleSheet } from './dom.js';

/** @typedef {{ start: string, title: string, payload: string }} Slot */
/** @typedef {{ day: string, name: string, slots: Slot[] }} Day */

const START = /^(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d)/;

/** @param {unknown} given  What the server sent. @returns {Slot[]} the slots of it that can be shown */
export function readSlots(given) {
  if (!Array.isArray(given)) return [];
  return given.filter((slot) => START.test(slot?.start) && typeof slot.title === 'string' && typeof slot.payload === 'string');
}

/**
 * @param {Slot[]} slots
 * @param {import('./types.js').Texts} texts
 * @param {(slot: Slot) => void} choose
 * @returns {HTMLElement}
 */
export function slotChooser(slots, texts, choose) {
  const days = byDay(slots, texts.lang);
  const times = el('div', { class: 'times', role: 'group' });
  /** @param {Day} day */
  const show = (day) => {
    for (const [at, tab] of tabs.entries()) tab.setAttribute('aria-pressed', String(days[at] === day));
    times.setAttribute('aria-label', `${texts.times}, ${day.name}`);
    times.replaceChildren(...day.slots.map((slot) => el('button', { type: 'button', class: 'reply', click: () => choose(slot) }, timeOf(slot))));
  };
  const tabs = days.map((day) => el('button', { type: 'button', class: 'day-choice', click: () => show(day) }, day.name));
  show(days[0]);
  return el('div', { class: 'slots', part: 'slots' },
    el('div', { class: 'days', role: 'group', 'aria-label': texts.days }, ...tabs), times, el('p', { class: 'zone' }, texts.zone));
}

/** @param {Slot[]} slots @param {string} lang @returns {Day[]} */
function byDay(slots, lang) {
  /** @type {Map<string, Day>} */
  const days = new Map();
  for (const slot of slots) {
    const day = slot.start.slice(0, 10);
    if (!days.has(day)) days.set(day, { day, name: nameOf(day, lang), slots: [] });
    days.get(day)?.slots.push(slot);
  }
  return [...days.values()];
}

/** @param {string} day @param {string} lang */
function nameOf(day, lang) {
  return new Date(`${day}T12:00Z`).toLocaleDateString(lang, { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' });
}

/** @param {Slot} slot */
function timeOf(slot) { return START.exec(slot.start)?.[4] ?? slot.title; }

export const sheet = styleSheet(`
.slots { flex: 1 0 100%; }
.days { display: flex; gap: 4px; padding: 4px; overflow: auto hidden; scrollbar-width: thin; border-radius: 16px; background: var(--cc-raised); border: 1px solid var(--cc-line); }
.panel .day-choice { flex: none; min-block-size: 44px; padding: 10px 14px; border-radius: 12px; color: var(--cc-soft); }
.panel .day-choice[aria-pressed=true] { background: var(--cc-accent); color: var(--cc-on-accent); font-weight: 600; }
.times { display: grid; grid-template-columns: repeat(auto-fill, minmax(84px, 1fr)); gap: 8px; margin-block-start: 10px; }
.panel .times .reply { padding-inline: 8px; text-align: center; font-variant-numeric: tabular-nums; }
.panel .zone { margin-block-start: 8px; color: var(--cc-soft); font-size: 12.5px; }
@media (forced-colors: active) { .panel .day-choice { border: 1px solid ButtonText; } .panel .day-choice[aria-pressed=true] { border: 3px double Highlight; } }`);
