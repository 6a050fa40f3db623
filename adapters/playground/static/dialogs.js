// Dialogs: opened on top, changed in place, closed with the focus back where it was.

/** Open a card as a dialog that remembers the message it came from. */
export function openCard(shown, origin) {
  const dialog = document.getElementById("dialog-template").content.firstElementChild.cloneNode(true);
  dialog.dataset.origin = origin;
  document.body.append(dialog);
  fill(dialog, shown);
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  focusFirst(dialog);
  return dialog;
}

/** Put another card into an open dialog. */
export function fill(dialog, shown) {
  const body = dialog.querySelector(".dialog-body");
  // The server has escaped every text in it.
  body.innerHTML = shown.html;
  dialog.setAttribute("aria-label", shown.title);
  dialog.lang = shown.lang;
  dialog.querySelector(".dialog-bar span").lang = document.documentElement.lang;
  dialog.querySelector(".dialog-error").textContent = "";
  dialog.scrollTop = 0;
}

/** Focus the field with a fault, else the first field, else the first button. */
export function focusFirst(dialog) {
  const body = dialog.querySelector(".dialog-body");
  const faulty = body.querySelector("[aria-invalid=true], .error ~ .options input");
  (faulty ?? body.querySelector("input:not([type=hidden]), textarea, select") ?? body.querySelector("button"))?.focus();
}

/** Ask before something that matters; resolves to whether to go on. */
export function ask(text, button) {
  const dialog = document.getElementById("confirm");
  document.getElementById("confirm-text").textContent = text;
  document.getElementById("confirm-yes").textContent = button;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }));
}

/** Dialogs that stand in the page: opened by a button, closed by theirs. */
export function wire(button, dialog, opened = () => {}) {
  button.addEventListener("click", () => {
    dialog.showModal();
    opened();
  });
  for (const close of dialog.querySelectorAll("[data-close]")) close.addEventListener("click", () => dialog.close());
}

/** Close with a click beside the dialog, as with Escape; not card dialogs, which may hold typed text. */
export function closeBeside(dialog) {
  dialog.addEventListener("pointerdown", (event) => {
    if (event.target !== dialog) return;
    const box = dialog.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) dialog.close();
  });
}
