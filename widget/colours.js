// A colour of the page's own, from the `accent` attribute: what the panel derives from it.

import { styleSheet } from './dom.js';

const EQUAL = 0.19; // The luminance on which dark words and white ones read alike.

/** @param {string} accent @param {string | null} onAccent @returns {CSSStyleSheet | null} null when it is no colour */
export function accentSheet(accent, onAccent) {
  if (!CSS.supports('color', accent)) return null;
  const words = onAccent && CSS.supports('color', onAccent) ? onAccent : readable(accent);
  // Three times: this outranks the theme.
  return styleSheet(`.panel.panel.panel { --cc-accent: ${accent}; --cc-on-accent: ${words}; --cc-accent-deep: color-mix(in oklab, ${accent} 85%, ${words === '#fff' ? '#000' : '#fff'});
    --cc-tint: color-mix(in oklab, ${accent} 12%, var(--cc-raised)); --cc-tint-ink: color-mix(in oklab, ${accent} 40%, var(--cc-ink)); }`);
}

/** White or near-black, whichever reads better. @param {string} colour */
function readable(colour) {
  const canvas = document.createElement('canvas').getContext('2d');
  if (!canvas) return '#fff';
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => (value / 255) ** 2.2);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > EQUAL ? '#1d1a17' : '#fff';
}
