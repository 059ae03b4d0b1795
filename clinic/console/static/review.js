// The review queue by keyboard. The message in work has the focus; a decided one gives it to the next.
const list = document.querySelector("#messages");
const dialog = document.querySelector("#choosing");
const input = document.querySelector("#topic");
const options = [...document.querySelectorAll("#topics [role=option]")];
const decided = []; // ids, the last one last
let current = null; // id of the message in work

const messageOf = (id) => document.querySelector(`#review-${id}`);
const messages = () => [...(list?.querySelectorAll(".message") ?? [])];
const typing = (event) => event.target.closest("input, textarea, select, dialog");

function work(message) {
  if (!message) return;
  current = message.dataset.id;
  message.focus();
  message.scrollIntoView({ block: "nearest" });
}

function move(step) {
  const all = messages();
  const at = all.findIndex((message) => message.dataset.id === current);
  work(all[Math.min(Math.max(at + step, 0), all.length - 1)]);
}

function nextOpen() {
  const all = messages();
  const at = all.findIndex((message) => message.dataset.id === current);
  const waiting = (message) => message.dataset.state === "open" && !message.dataset.sent;
  work(all.slice(at + 1).find(waiting) ?? all[at]);
}

// The next message is in work at once: whoever types fast waits for no answer of the server.
function sent(message) {
  message.dataset.sent = "yes";
  nextOpen();
}

function press(key) {
  const message = messageOf(current);
  const button = message?.querySelector(`[data-key="${key}"]`);
  if (!button) return;
  button.click();
  if (key === "n") message.querySelector("details input")?.focus();
  if ("aof".includes(key)) sent(message);
}

function undo() {
  const id = decided.pop();
  const button = id && messageOf(id)?.querySelector("[data-undo]");
  if (button) {
    current = id;
    button.click();
  } else if (!id) {
    document.querySelector("#undo").requestSubmit();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event)) return;
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "u") undo();
  else if ("acofwn".includes(event.key)) press(event.key);
  else return;
  event.preventDefault();
});

list?.addEventListener("focusin", (event) => {
  current = event.target.closest(".message")?.dataset.id ?? current;
});

list?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-choose]");
  if (!button) return;
  current = button.closest(".message").dataset.id;
  choose();
});

// What replaces a message is the message as it is now.
document.addEventListener("htmx:afterSettle", (event) => {
  const message = event.detail.elt?.closest?.(".message");
  if (!message) return;
  const { id, state } = message.dataset;
  const last = decided.indexOf(id);
  document.querySelector("#said").textContent = `${state}: ${message.querySelector("blockquote").textContent}`;
  if (state !== "open" && last < 0) decided.push(id);
  if (state === "open" && last >= 0) decided.splice(last, 1);
  if (state === "open") work(message);
  else if (id === current) nextOpen();
});

// What was refused (#problem says why) is open still.
document.addEventListener("htmx:responseError", () => {
  for (const message of messages()) delete message.dataset.sent;
});

// Choosing a topic: what is typed narrows the list, arrows move, Enter takes.
function shown() {
  return options.filter((option) => !option.hidden);
}

function select(option) {
  for (const other of options) other.setAttribute("aria-selected", String(other === option));
  input.setAttribute("aria-activedescendant", option?.id ?? "");
  option?.scrollIntoView({ block: "nearest" });
}

function narrow() {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const option of options) {
    const text = option.textContent.toLowerCase();
    option.hidden = !words.every((word) => text.includes(word));
  }
  select(shown()[0]);
}

function choose() {
  dialog.querySelector(".quoted").textContent = messageOf(current).querySelector("blockquote").textContent;
  input.value = "";
  narrow();
  dialog.showModal();
  input.focus();
}

function take(option) {
  if (!option) return;
  const message = messageOf(current);
  dialog.close();
  window.htmx.ajax("POST", `/review/${current}/decide`, {
    target: `#review-${current}`,
    swap: "outerHTML",
    values: { state: "corrected", was: "open", topic: option.dataset.name },
  });
  sent(message);
}

input?.addEventListener("input", narrow);
input?.addEventListener("keydown", (event) => {
  const all = shown();
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown") select(all[Math.min(at + 1, all.length - 1)]);
  else if (event.key === "ArrowUp") select(all[Math.max(at - 1, 0)]);
  else if (event.key === "Enter") take(all[at]);
  else return;
  event.preventDefault();
});
dialog?.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) dialog.close();
  else take(event.target.closest("[role=option]"));
});
dialog?.addEventListener("close", () => messageOf(current)?.focus());

work(messages()[0]);
