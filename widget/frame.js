// Where the panel stands: inline in its page, floating above it, or over the whole of a small screen.

const SMALL = '(max-width: 480px), (max-height: 480px)';

export class Frame {
  #panel;
  #inline;
  #small = matchMedia(SMALL);

  /** @param {HTMLDialogElement | HTMLElement} panel @param {boolean} inline */
  constructor(panel, inline) {
    this.#panel = panel;
    this.#inline = inline;
    this.#small.addEventListener('change', () => {
      if (!this.shown || inline) return;
      this.hide();
      this.show(true);
    });
  }

  get shown() { return this.#panel.classList.contains('shown'); }
  get modal() { return this.#small.matches && !this.#inline; }

  /** @param {boolean} focus  Whether the panel may take it: not when it comes back by itself. */
  show(focus) {
    const panel = this.#panel;
    if (this.shown) return;
    panel.classList.add('shown');
    if (!(panel instanceof HTMLDialogElement)) return;
    panel.classList.toggle('full', this.modal);
    if (this.modal) {
      panel.removeAttribute('popover');
      panel.showModal(); // The browser itself keeps the focus inside.
    } else if ('showPopover' in panel) {
      panel.setAttribute('popover', 'manual');
      const before = document.activeElement;
      panel.showPopover(); // The top layer; a dialog takes the focus as it opens.
      if (!focus) giveBack(before, panel);
    } else /** @type {HTMLElement} */ (panel).setAttribute('open', '');
  }

  hide() {
    const panel = this.#panel;
    panel.classList.remove('shown');
    if (!(panel instanceof HTMLDialogElement)) return;
    if (panel.hasAttribute('popover')) panel.hidePopover();
    else if (panel.open) panel.close();
  }
}

/** @param {Element | null} before @param {HTMLElement} panel */
function giveBack(before, panel) {
  const inside = /** @type {ShadowRoot} */ (panel.getRootNode()).activeElement;
  if (inside instanceof HTMLElement) inside.blur();
  if (before instanceof HTMLElement && before !== document.body) before.focus({ preventScroll: true });
}
