// Things to try: five steps, each made ready by a click, ticked off once done.
import { direct, lang } from "./api.js";
import { prepare } from "./composer.js";
import * as places from "./places.js";
import { go } from "./travel.js";
import { t, toast } from "./words.js";

const KEY = "kizuki-hints";
const panel = document.getElementById("hints");
const opener = document.getElementById("hints-open");
const narrow = matchMedia("(max-width: 75em)");
const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
let manager = "";

/** Begin; open on the first visit. */
export function begin(state) {
  manager = state.manager;
  opener.addEventListener("click", () => toggle(panel.hidden));
  document.getElementById("hints-close").addEventListener("click", () => {
    toggle(false);
    opener.focus();
  });
  for (const button of panel.querySelectorAll("[data-try]")) button.addEventListener("click", () => attempt(button.dataset.try));
  for (const hint of Object.keys(kept.tried ?? {})) tick(hint);
  document.addEventListener("said", (event) => tick(/^[/／]kudos/.test(event.detail) ? "thank" : "post"));
  if (!kept.closed) toggle(true);
}

function attempt(hint) {
  if (narrow.matches) toggle(false);
  const acts = {
    post: () => write(t("hint_example")),
    thank: () => write(t("hint_thanks")),
    confirm,
    daily: () => travel("daily", "daily"),
    digest: () => travel("digest", "manager"),
    manager: () => open(`/playground/as/${encodeURIComponent(manager)}?lang=${lang}`, "_blank", "noopener"),
  };
  acts[hint]();
}

function write(text) {
  if (places.here() === "home") places.go(direct);
  // The place's own draft is put back on arrival; the example comes after it.
  setTimeout(() => prepare(text), 60);
}

async function travel(until, hint) {
  if (await go({ until })) tick(hint);
}

function confirm() {
  const buttons = [...document.querySelectorAll("#log .message.bot .button.primary")];
  const last = buttons.at(-1);
  if (!last) return toast(t("hint_no_card"));
  last.closest(".message").scrollIntoView({ block: "center" });
  last.focus();
  tick("confirm");
}

function tick(hint) {
  kept.tried = { ...kept.tried, [hint]: true };
  panel.querySelector(`[data-hint="${hint}"]`)?.classList.add("tried");
  keep();
}

function toggle(open) {
  panel.hidden = !open;
  opener.setAttribute("aria-expanded", String(open));
  kept.closed = !open;
  keep();
}

function keep() {
  localStorage.setItem(KEY, JSON.stringify(kept));
}
