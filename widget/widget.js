// The loader: <clinic-chat> and its round button. The panel is fetched, and anything stored,
// only once the visitor opens the chat.

/** @typedef {import('./types.js').Panel} Panel */

// Open, close, unread, cannot be loaded.
/** @type {Record<string, string[]>} */
const LABELS = {
  en: ['Open chat', 'Close chat', 'unread', 'The chat cannot be loaded just now.'],
  de: ['Chat öffnen', 'Chat schließen', 'ungelesen', 'Der Chat lässt sich gerade nicht laden.'],
  es: ['Abrir el chat', 'Cerrar el chat', 'sin leer', 'El chat no se puede cargar ahora.'],
  ar: ['افتح المحادثة', 'أغلق المحادثة', 'غير مقروءة', 'يتعذر تحميل المحادثة الآن.'],
};

const sheet = new CSSStyleSheet();
// !important on :host is what a host page's own "* { … !important }" cannot beat.
sheet.replaceSync(`
:host { all: initial !important; display: contents !important }
:host([hidden]) { display: none !important }
:host([inline]) { display: block !important; block-size: 100% !important }
.launch { all: initial; position: fixed; inset: auto; inset-block-end: 20px; inset-inline-end: 20px;
  z-index: 2147483000; display: flex; align-items: center; overflow: visible; font: 15px system-ui }
.launch[hidden], .launch [hidden] { display: none }
.launch button { all: unset; box-sizing: border-box; position: relative; display: grid; place-items: center; inline-size: 60px; block-size: 60px;
  border: 1px solid transparent; border-radius: 50%; background: #2c6657; color: #fff; cursor: pointer; box-shadow: 0 8px 24px rgb(38 32 26 / .25) }
.launch button:hover { background: #235247 }
.launch button:focus-visible { outline: 3px solid #2c6657; box-shadow: inset 0 0 0 3px #fff }
.launch svg { inline-size: 28px; block-size: 28px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round }
.launch b { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; padding: 0 6px; border: 2px solid #fff;
  border-radius: 12px; background: #a63d2a; font: 12px/20px system-ui }
.launch p { max-inline-size: 240px; padding: 12px; border-radius: 12px; background: #fff; color: #235247 }
`);

const CHAT = 'M4 12c0-4 3.6-7 8-7s8 3 8 7-3.6 7-8 7c-1 0-2-.2-3-.5L5 20l1-4a6 6 0 0 1-2-4ZM9 12h0M12 12h0M15 12h0';
const DOWN = 'M6 9.5l6 6 6-6';

/** `<clinic-chat clinic lang privacy open inline>`: its attributes are its API. */
export class ClinicChatElement extends HTMLElement {
  static observedAttributes = ['open'];

  #section = document.createElement('section');
  #button = document.createElement('button');
  #icon = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  #badge = document.createElement('b');
  #problem = document.createElement('p');
  /** @type {Promise<Panel> | undefined} */
  #panel;
  #tries = '';
  #unread = 0;
  #resuming = false;

  get clinic() { return this.getAttribute('clinic') || ''; }
  get privacy() { return this.getAttribute('privacy') || ''; }
  get inline() { return this.hasAttribute('inline'); }
  get open() { return this.hasAttribute('open'); }
  set open(value) { this.toggleAttribute('open', value); }
  /** Where the assistant answers: the folder above the widget's own. */
  get server() { return new URL('../', import.meta.url).href; }
  get language() {
    const wanted = (this.lang || document.documentElement.lang).slice(0, 2).toLowerCase();
    return wanted in LABELS ? wanted : 'en';
  }
  get unread() { return this.#unread; }
  set unread(count) { this.#unread = count; this.#label(); }

  connectedCallback() {
    if (!this.shadowRoot) this.#draw();
    this.#section.hidden = this.inline;
    if (!this.inline) this.#section.showPopover?.(); // The top layer: no ancestor's transform or clipping applies.
    this.#label();
    if (this.inline || this.open) this.#show(false);
    else this.#resume();
  }

  attributeChangedCallback() {
    if (!this.shadowRoot || !this.isConnected) return;
    this.#label();
    if (this.open) this.#show(!this.#resuming);
    else if (!this.inline) this.#panel?.then((panel) => panel.close());
  }

  focusLauncher() { this.#button.focus(); }

  #draw() {
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet];
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('aria-hidden', 'true');
    svg.append(this.#icon);
    this.#section.className = 'launch';
    this.#section.setAttribute('popover', 'manual');
    this.#problem.setAttribute('role', 'status');
    this.#button.type = 'button';
    this.#button.append(svg, this.#badge);
    this.#button.addEventListener('click', () => { this.open = !this.open; });
    this.#section.append(this.#problem, this.#button);
    root.append(this.#section);
  }

  #label() {
    const [open, close, unread] = LABELS[this.language];
    const count = this.open ? 0 : this.#unread;
    this.#section.setAttribute('aria-label', 'Chat');
    this.#section.dir = this.language === 'ar' ? 'rtl' : 'ltr';
    this.#section.lang = this.language;
    this.#button.setAttribute('aria-label', this.open ? close : count ? `${open} (${count} ${unread})` : open);
    this.#button.setAttribute('aria-expanded', String(this.open));
    this.#icon.setAttribute('d', this.open ? DOWN : CHAT);
    this.#badge.hidden = !count;
    this.#badge.textContent = count > 9 ? '9+' : String(count);
    this.#problem.hidden = !this.#problem.textContent;
  }

  /** A visitor who opened the chat on the page before finds it as it was left. */
  #resume() {
    try {
      if (JSON.parse(sessionStorage.getItem('clinic-chat-tab') || '{}').open && innerWidth > 480) {
        this.#resuming = true; // The focus stays in the page.
        this.open = true;
        this.#resuming = false;
      } else if (localStorage.getItem('clinic-chat')) this.#load().catch(() => {});
    } catch { /* Storage is blocked. */ }
  }

  #load() {
    // A browser may remember a failed import, hence another address the next time.
    this.#panel ??= import(`./panel.js${this.#tries}`).then((module) => module.createPanel(this)).catch((error) => {
      this.#panel = undefined;
      this.#tries += '?';
      throw error;
    });
    return /** @type {Promise<Panel>} */ (this.#panel);
  }

  /** @param {boolean} focus */
  async #show(focus) {
    try {
      const panel = await this.#load();
      this.#problem.textContent = '';
      if (this.open || this.inline) panel.open(focus);
    } catch (error) {
      console.error(error);
      this.#problem.textContent = LABELS[this.language][3];
      this.open = false;
      this.#section.hidden = false;
    }
    this.#label();
  }
}

if (!customElements.get('clinic-chat')) customElements.define('clinic-chat', ClinicChatElement);

/** One script tag is enough: its data-* become the element's attributes. */
function place() {
  if (document.querySelector('clinic-chat')) return;
  const chat = document.createElement('clinic-chat');
  const script = [...document.scripts].find((one) => one.src === import.meta.url);
  for (const name of ['clinic', 'lang', 'privacy']) {
    const value = script?.dataset[name];
    if (value) chat.setAttribute(name, value);
  }
  document.body.append(chat);
}
place();
