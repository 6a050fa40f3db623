// The simulated clock: what time it is, the next event, and a date to go to.
import { newId, post } from "./api.js";
import { wire } from "./dialogs.js";
import { announce, problem, sorry, t } from "./words.js";

const next = document.getElementById("next");
const opener = document.getElementById("travel-open");
const dialog = document.getElementById("travel");
const to = document.getElementById("travel-to");
const fault = document.getElementById("travel-error");
const banner = document.getElementById("travelling");
let now = "";

/** Begin with the clock of the state. */
export function begin(clock) {
  show(clock);
  next.addEventListener("click", () => go({}));
  wire(opener, dialog, () => {
    fault.textContent = "";
    to.min = now;
    to.value = now;
  });
  document.getElementById("travel-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await go({ to: to.value }, (text) => (fault.textContent = text))) dialog.close();
  });
}

/** Show the time and what comes next. */
export function show(clock) {
  now = clock.iso;
  document.getElementById("now").textContent = clock.text;
  next.hidden = !clock.next;
  document.getElementById("next-label").textContent = clock.next?.label ?? "";
  document.getElementById("next-time").textContent = clock.next?.text ?? "";
}

/** Move the clock: `{}` to the next event, `{to}` to a moment, `{until}` on to an event of one kind. */
export async function go(where, complain = problem) {
  busy(true);
  try {
    const answer = await post("travel", newId(), where);
    show(answer.clock);
    announce(t("travelled", { time: answer.clock.text }));
    return true;
  } catch (problemFound) {
    complain(sorry(problemFound));
    return false;
  } finally {
    busy(false);
  }
}

function busy(on) {
  const focused = document.activeElement;
  for (const button of [next, opener, ...dialog.querySelectorAll("button")]) button.disabled = on;
  banner.textContent = on ? t("travelling") : "";
  banner.hidden = !on;
  if (on) busy.focused = focused;
  else if (document.activeElement === document.body) busy.focused?.focus();
}
