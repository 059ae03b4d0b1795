// A link or button with data-key="n" is pressed by that key, except while typing.
const FIELDS = "input, textarea, select, [contenteditable]";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(FIELDS)) return;
  for (const one of document.querySelectorAll("[data-key]")) {
    if (one.dataset.key === event.key) one.click();
  }
});
