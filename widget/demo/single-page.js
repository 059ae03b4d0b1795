// A very small application: the main part changes, the chat's element stays where it is.

/** @type {Record<string, string>} */
const PAGES = { home: 'Welcome', prices: 'Prices', about: 'About us' };
const main = /** @type {HTMLElement} */ (document.querySelector('main'));
const chat = /** @type {import('../widget.js').ClinicChatElement} */ (document.querySelector('clinic-chat'));

function show() {
  const name = location.hash.slice(1);
  const heading = document.createElement('h1');
  const ask = document.createElement('button');
  heading.textContent = PAGES[name] ?? PAGES.home;
  ask.textContent = 'Ask about prices';
  ask.addEventListener('click', () => chat.send('What does it cost?'));
  main.replaceChildren(heading, ask);
  document.title = heading.textContent;
}

addEventListener('hashchange', show);
chat.addEventListener('chat-booked', (event) => {
  const booked = document.createElement('p');
  booked.textContent = `Booked: ${/** @type {CustomEvent} */ (event).detail.reference}`;
  main.append(booked);
});
show();
