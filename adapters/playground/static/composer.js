// Writing: drafts per place that outlive a failed request, Enter to send, and completion.
import { account, direct, newId, post } from "./api.js";
import * as complete from "./complete.js";
import * as places from "./places.js";
import { shown } from "./press.js";
import { sorry, t } from "./words.js";

const form = document.getElementById("composer");
const box = document.getElementById("text");
const error = document.getElementById("composer-error");
const send = document.getElementById("send");
const sending = new Set();
let place = "";
let attempt = { same: "", id: "" };

/** Begin to listen; `state` brings the colleagues and the commands. */
export function begin(state) {
  complete.begin(box, state);
  box.addEventListener("input", keep);
  box.addEventListener("keydown", (event) => {
    // While an input method is open, Enter belongs to it.
    if (event.isComposing || event.keyCode === 229) return;
    if (complete.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    say();
  });
}

/** Write in another place, with what was begun there. */
export function at(id) {
  place = id;
  error.textContent = "";
  box.value = sessionStorage.getItem(draft(id)) ?? "";
  complete.close();
  const label = id === direct ? t("write_to_bot") : t("write_to", { place: `#${places.titleOf(id)}` });
  box.placeholder = label;
  document.getElementById("text-label").textContent = t("write_to", { place: places.titleOf(id) });
  send.disabled = sending.has(id);
}

/** Put a text into the composer and go there. */
export function prepare(text) {
  box.value = text;
  keep();
  box.focus();
  box.setSelectionRange(text.length, text.length);
  complete.offer();
}

function draft(id) {
  return `kizuki-draft:${account}:${id}`;
}

function keep() {
  if (box.value) sessionStorage.setItem(draft(place), box.value);
  else sessionStorage.removeItem(draft(place));
}

async function say() {
  const [where, text] = [place, box.value];
  if (!text.trim() || sending.has(where)) return;
  const said = { place: where, text, mentions: complete.picked(text) };
  const same = JSON.stringify(said);
  if (attempt.same !== same) attempt = { same, id: newId() };
  sending.add(where);
  send.disabled = true;
  error.textContent = "";
  try {
    const answer = await post("say", attempt.id, said);
    attempt = { same: "", id: "" };
    // Whatever was typed meanwhile stays.
    if (sessionStorage.getItem(draft(where)) === text) sessionStorage.removeItem(draft(where));
    if (place === where && box.value === text) box.value = "";
    shown(answer, null, { place: where });
    document.dispatchEvent(new CustomEvent("said", { detail: text }));
  } catch (fault) {
    if (place === where) error.textContent = sorry(fault);
  } finally {
    sending.delete(where);
    if (place === where) send.disabled = false;
  }
}
