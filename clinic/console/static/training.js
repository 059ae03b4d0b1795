// A form that takes long says what it waits for and is sent once.
for (const form of document.querySelectorAll("form[data-slow]")) {
  form.addEventListener("submit", () => {
    const button = form.querySelector("[type=submit]");
    button.textContent = form.dataset.slow;
    button.setAttribute("aria-busy", "true");
    button.disabled = true;
  });
}
