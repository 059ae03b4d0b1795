// The live view of one conversation: new lines, who answers, who writes; Enter sends an answer.
const log = document.getElementById("log");
const TYPING_SECONDS = 3;
let told = 0;
let acting = false;

const source = new EventSource(`${log.dataset.live}?after=${log.dataset.newest}`);

source.addEventListener("lines", (event) => {
  const atEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 80;
  log.insertAdjacentHTML("beforeend", JSON.parse(event.data));
  if (atEnd) scrollTo(0, document.documentElement.scrollHeight);
});

source.addEventListener("state", (event) => {
  const state = document.getElementById("state");
  const fresh = document.createElement("template");
  fresh.innerHTML = JSON.parse(event.data).trim();
  if (fresh.content.firstChild.dataset.state === state.dataset.state) return; // an answer half written stays
  state.replaceWith(fresh.content);
  window.htmx.process(document.getElementById("state"));
  showWhereToWrite();
});

source.addEventListener("writing", (event) => {
  document.getElementById("writing").textContent = JSON.parse(event.data);
});

document.addEventListener("keydown", (event) => {
  if (!event.target.matches(".answer textarea") || event.isComposing) return;
  if (event.key !== "Enter" || event.shiftKey) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

document.addEventListener("input", (event) => {
  if (!event.target.matches(".answer textarea") || Date.now() - told < TYPING_SECONDS * 1000) return;
  told = Date.now();
  fetch(event.target.form.dataset.typing, { method: "POST" });
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target;
  if (form.matches(".answer") && event.detail.successful) {
    form.reset();
    told = 0;
    document.getElementById("problem").replaceChildren();
  }
});

// Who has taken over writes next. The answer of the server or the live view, whichever is first, shows where.
document.addEventListener("submit", (event) => {
  acting = event.target.matches("#state > form:not(.answer)");
}, true);
document.addEventListener("htmx:load", showWhereToWrite);

function showWhereToWrite() {
  if (!acting) return;
  acting = false;
  (document.querySelector(".answer textarea") ?? document.querySelector("#state button"))?.focus();
}

scrollTo(0, document.documentElement.scrollHeight);
