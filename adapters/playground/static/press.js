// Pressing a card's button: every field of the card goes with it, its buttons rest until the answer.
import { direct, newId, post } from "./api.js";
import { ask, fill, focusFirst, openCard } from "./dialogs.js";
import * as home from "./home.js";
import * as places from "./places.js";
import { announce, problem, sorry, t, toast } from "./words.js";

/** Listen for presses everywhere on the page. */
export function begin() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-action]");
    if (button) event.preventDefault();
    if (button && !button.disabled) press(button);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.classList.contains("card")) return;
    event.preventDefault();
  });
  document.addEventListener("change", (event) => {
    const menu = event.target.closest(".menu");
    if (menu) showChosen(menu);
  });
}

async function press(button) {
  const card = button.closest(".card");
  if (card.getAttribute("aria-busy") === "true") return;
  if (button.dataset.confirm && !(await ask(button.dataset.confirm, button.textContent))) return;
  const dialog = button.closest("dialog");
  const from = origin(button, dialog);
  const pressed = { action: button.dataset.action, value: button.dataset.value, fields: fields(card), ...from };
  // A second try of the same press, with the same fields, must not act twice.
  const same = JSON.stringify(pressed);
  if (button.dataset.same !== same) Object.assign(button.dataset, { same, id: newId() });
  rest(card, true);
  try {
    const answer = await post("press", button.dataset.id, pressed);
    delete button.dataset.same;
    rest(card, false);
    refocus(button);
    shown(answer, dialog, from);
  } catch (fault) {
    rest(card, false);
    refocus(button);
    complain(dialog, sorry(fault));
  }
}

function origin(button, dialog) {
  const message = button.closest(".message");
  const remembered = dialog?.dataset.origin ? JSON.parse(dialog.dataset.origin) : null;
  if (remembered) return remembered;
  if (message) return { place: places.here(), message: Number(message.dataset.id) };
  return { place: places.here() === "home" ? direct : places.here() };
}

function fields(card) {
  const found = {};
  for (const field of card.querySelectorAll("[data-field]")) found[field.dataset.field] = [];
  for (const [name, value] of new FormData(card)) (found[name] ??= []).push(value);
  return found;
}

function rest(card, busy) {
  card.setAttribute("aria-busy", String(busy));
  for (const button of card.querySelectorAll(".buttons button")) button.disabled = busy;
}

function refocus(button) {
  if (document.activeElement === document.body && button.isConnected) button.focus({ preventScroll: true });
}

/** Show an answer: in a dialog, at home, or as the message that arrives by itself. */
export function shown(answer, dialog, from) {
  problem("");
  if (answer.dialog && dialog && answer.dialog.replaces) {
    fill(dialog, answer.dialog);
    focusFirst(dialog);
  } else if (answer.dialog) {
    openCard(answer.dialog, JSON.stringify(from));
  } else {
    dialog?.close();
  }
  if (answer.dialog) return;
  if (answer.home) home.show(answer.home);
  else if (places.here() === "home") home.refresh();
  if (answer.home && places.here() !== "home") places.go("home");
  if (answer.message && answer.place !== places.here()) {
    toast(t("elsewhere", { summary: answer.summary }), () => places.go(answer.place));
    announce(t("elsewhere", { summary: answer.summary }));
  }
}

function complain(dialog, text) {
  if (dialog) dialog.querySelector(".dialog-error").textContent = text;
  else problem(text);
}

function showChosen(menu) {
  const names = [...menu.querySelectorAll("input:checked")].map((box) => box.labels[0].textContent);
  const text = names.length ? t("menu_chosen", { names: names.join(t("and")) }) : t("menu_empty");
  menu.querySelector("summary").textContent = text;
}
