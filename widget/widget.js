// The loader: a round button. The panel is fetched when the chat is opened.

// The button, its failure, hide.
/** @type {Record<string, string[]>} */
const LABELS = {
  en: ['Chat', 'The chat cannot be loaded just now.', 'Hide'],
  de: ['Chat', 'Der Chat lädt gerade nicht.', 'Ausblenden'],
  es: ['Chat', 'El chat no carga ahora.', 'Ocultar'],
  ar: ['محادثة', 'يتعذر تحميل المحادثة الآن.', 'إخفاء'],
};

const sheet = new CSSStyleSheet();
// A page's own !important cannot beat :host's.
sheet.replaceSync(`
:host { all: initial !important; display: contents !important }
:host([hidden]) { display: none !important }
:host([inline]) { display: block !important; block-size: 100% !important }
.bar { all: initial; position: fixed; inset-block: auto 20px; inset-inline: auto 20px; z-index: 2147483000;
  display: flex; align-items: center; gap: 8px; overflow: visible; font: 15px/1.4 system-ui; color: #222 }
:host([position=start]) .bar { inset-inline: 20px auto; flex-direction: row-reverse }
.bar[hidden], .bar [hidden] { display: none !important }
.bar button { all: unset; display: grid; place-items: center; inline-size: 44px; block-size: 44px; border-radius: 50%; cursor: pointer }
.bar .launch { position: relative; inline-size: 60px; block-size: 60px; outline: 1px solid transparent;
  background: var(--chat-accent, #2c6657); color: var(--chat-on-accent, #fff); box-shadow: 0 8px 24px rgb(38 32 26 / .2) }
.bar :focus-visible { outline: 3px solid #2c6657; box-shadow: inset 0 0 0 3px #fff }
.bar svg { inline-size: 28px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round }
.bar b { position: absolute; inset: -4px -4px auto auto; padding: 0 6px; border: 2px solid #fff; border-radius: 12px; background: #a63d2a; font: 12px/20px system-ui; color: #fff }
.bar p { display: flex; align-items: center; max-inline-size: 260px; margin: 0; border-radius: 14px; background: #fff; box-shadow: 0 4px 20px rgb(38 32 26 / .2) }
.bar span { padding: 12px 0 12px 16px }
`);

const CHAT = 'M4 12c0-4 3.6-7 8-7s8 3 8 7-3.6 7-8 7c-1 0-2-.2-3-.5L5 20l1-4a6 6 0 0 1-2-4ZM9 12h0M12 12h0M15 12h0';
const DOWN = 'M6 9l6 6 6-6';

export class ClinicChatElement extends HTMLElement {
  static observedAttributes = ['open'];

  #section = document.createElement('section');
  #button = document.createElement('button');
  #icon = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  #badge = document.createElement('b');
  #note = document.createElement('p');
  #words = document.createElement('span');
  #hide = document.createElement('button');
  /** @type {Promise<import('./types.js').Panel> | undefined} */
  #panel;
  #tries = '';
  #unread = 0;
  #resuming = false;

  get inline() { return this.hasAttribute('inline'); }
  get open() { return this.hasAttribute('open'); }
  set open(value) { this.toggleAttribute('open', value); }
  get server() { return new URL('../', import.meta.url).href; }
  get language() {
    const wanted = (this.lang || document.documentElement.lang).slice(0, 2).toLowerCase();
    return wanted in LABELS ? wanted : 'en';
  }
  get unread() { return this.#unread; }

  /** @param {number} count @param {string} words */
  setUnread(count, words) {
    if (count !== this.#unread) this.tell('unread', count);
    this.#unread = count;
    this.#label(words);
  }

  connectedCallback() {
    if (!this.shadowRoot) this.#draw();
    this.#section.hidden = this.inline;
    if (!this.inline) this.#section.showPopover?.();
    this.#label();
    if (this.inline || this.open) this.#show(false);
    else this.#resume();
    const after = this.getAttribute('proactive');
    if (after) setTimeout(() => this.open || this.#say(this.getAttribute('greeting') || ''), Number(after) * 1000);
  }

  attributeChangedCallback() {
    if (!this.shadowRoot || !this.isConnected) return;
    this.#label();
    if (this.open) this.#show(!this.#resuming);
    else if (!this.inline) this.#panel?.then((panel) => panel.close());
    this.tell(this.open ? 'open' : 'close');
  }

  /** @param {string} text */
  async send(text) {
    this.open = true;
    (await this.#load()).send(text);
  }

  /** @param {string} name @param {unknown} [detail] */
  tell(name, detail) { this.dispatchEvent(new CustomEvent(`chat-${name}`, { detail, bubbles: true, composed: true })); }

  focusLauncher() { this.#button.focus(); }

  #draw() {
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet];
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.append(this.#icon);
    this.#section.className = 'bar';
    this.#section.popover = 'manual';
    this.#words.setAttribute('role', 'status');
    this.#button.className = 'launch';
    this.#button.part.add('launcher');
    this.#note.part.add('greeting');
    this.#button.append(svg, this.#badge);
    this.#button.onclick = this.#words.onclick = () => { this.open = !this.open; };
    this.#hide.onclick = () => this.#say('');
    this.#hide.textContent = '✕';
    this.#note.append(this.#words, this.#hide);
    this.#section.append(this.#note, this.#button);
    root.append(this.#section);
    this.#say('');
  }

  #label(words = '') {
    const [chat, , hide] = LABELS[this.language];
    const count = this.open ? 0 : this.#unread;
    this.#section.ariaLabel = chat;
    this.#section.dir = this.language === 'ar' ? 'rtl' : 'ltr';
    this.#section.lang = this.language;
    for (const name of ['accent', 'on-accent']) this.#section.style.setProperty(`--chat-${name}`, this.getAttribute(name));
    this.#button.ariaLabel = count ? `${chat} (${count} ${words})` : chat;
    this.#button.ariaExpanded = String(this.open);
    this.#hide.ariaLabel = hide;
    this.#icon.setAttribute('d', this.open ? DOWN : CHAT);
    this.#badge.hidden = !count;
    this.#badge.textContent = count > 9 ? '9+' : String(count);
  }

  /** @param {string} words */
  #say(words) {
    this.#words.textContent = words;
    this.#note.hidden = !words;
  }

  #resume() {
    try {
      if (JSON.parse(sessionStorage.getItem('clinic-chat-tab') || '{}').open && innerWidth > 480) {
        this.#resuming = true;
        this.open = true;
        this.#resuming = false;
      } else if (localStorage.getItem('clinic-chat')) this.#load().catch(() => {});
    } catch { /* No storage. */ }
  }

  #load() {
    // A failed import may be remembered: another address next time.
    this.#panel ??= import(`./panel.js${this.#tries}`).then((module) => module.createPanel(this)).catch((error) => {
      this.#panel = undefined;
      this.#tries += '?';
      throw error;
    });
    return this.#panel;
  }

  /** @param {boolean} focus */
  async #show(focus) {
    this.#say('');
    try {
      const panel = await this.#load();
      if (this.open || this.inline) panel.open(focus);
    } catch (error) {
      console.error(error);
      this.open = this.#section.hidden = false;
      this.#say(LABELS[this.language][1]);
    }
  }
}

if (!customElements.get('clinic-chat')) customElements.define('clinic-chat', ClinicChatElement);

// data-* become the element's attributes.
if (!document.querySelector('clinic-chat')) {
  const chat = document.createElement('clinic-chat');
  const script = [...document.scripts].find((one) => one.src === import.meta.url);
  for (const [name, value] of Object.entries(script?.dataset ?? {})) chat.setAttribute(name, value ?? '');
  document.body.append(chat);
}
