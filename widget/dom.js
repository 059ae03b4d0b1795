// Building nodes. Text goes in as text nodes, so no string is ever read as markup.

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | boolean | ((event: Event) => void)>} [attributes]  A function is a listener; true an empty attribute.
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(name, value);
    else if (typeof value === 'boolean') node.toggleAttribute(name, value);
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

const PATHS = {
  mark: 'M12 20c-4.5-2-6.5-5.5-6.5-9.5C8.5 11 11 13 12 16c1-3 3.5-5 6.5-5.5 0 4-2 7.5-6.5 9.5ZM12 13.5c-2-2.5-2-6.5 0-9.5 2 3 2 7 0 9.5Z',
  more: 'M12 5.5h.01M12 12h.01M12 18.5h.01',
  close: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  send: 'M12 19V5.5M6 11.2l6-6 6 6',
  down: 'M12 5v13M6.5 12.5l5.5 5.5 5.5-5.5',
  thumb: 'M7 11v9H4v-9ZM7 11l4-8c1.6 0 2.6 1 2.4 2.6L13 9h5.2c1.3 0 2.2 1.2 1.8 2.4l-2 7c-.3 1-1.2 1.6-2.2 1.6H7',
};

/** @param {keyof typeof PATHS} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', `icon i-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}

/** @param {string} css */
export function styleSheet(css) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return sheet;
}
