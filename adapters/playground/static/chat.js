// The chat page: fetch the state, follow the stream, and let each part do its own.
import { direct, get } from "./api.js";
import * as composer from "./composer.js";
import { closeBeside, wire } from "./dialogs.js";
import { narrow } from "./filter.js";
import * as hints from "./hints.js";
import * as home from "./home.js";
import * as log from "./log.js";
import * as pick from "./pick.js";
import * as places from "./places.js";
import * as press from "./press.js";
import { follow } from "./stream.js";
import * as travel from "./travel.js";
import { announce, learn, problem, sorry, t } from "./words.js";

async function begin() {
  const state = await get("state");
  learn(state.phrases);
  travel.begin(state.clock);
  places.begin(state.places);
  composer.begin(state);
  pick.begin(state.people);
  press.begin();
  hints.begin(state);
  secondWindow();
  places.onArrive(arrived);
  places.arrive();
  follow(state.cursor, { message: received, clock: travel.show, resync });
  document.body.dataset.ready = "true";
}

let arrivedAt = null;

async function arrived(place) {
  if (arrivedAt === place && place !== "home") return;
  arrivedAt = place;
  problem("");
  home.toggle(place === "home");
  if (place === "home") {
    press.shown(await home.refresh(), null, { place: direct });
    return;
  }
  const title = document.getElementById("place-title");
  const note = document.getElementById("place-note");
  title.textContent = place === direct ? places.titleOf(place) : `# ${places.titleOf(place)}`;
  note.textContent = place === direct ? note.dataset.directNote : note.dataset.channelNote;
  composer.at(place);
  await reload(place);
}

async function reload(place) {
  try {
    for (const message of await log.load(place)) places.noticed(message, true);
  } catch (fault) {
    problem(sorry(fault));
  }
}

function received(message) {
  const visible = message.place === places.here();
  const fresh = log.receive(message);
  if (fresh || !visible) places.noticed(message, visible);
  if (message.author !== document.body.dataset.account) announce(t("new_message", { name: message.name, summary: message.summary }));
}

async function resync() {
  const state = await get("state");
  travel.show(state.clock);
  for (const place of state.places) {
    if (place.newest && place.id !== places.here()) places.noticed({ place: place.id, id: place.newest }, false);
  }
  if (places.here() !== "home") await reload(places.here());
}

function secondWindow() {
  const dialog = document.getElementById("second");
  const search = document.getElementById("second-search");
  const items = [...dialog.querySelectorAll("[data-words]")];
  wire(document.getElementById("second-open"), dialog, () => search.focus());
  closeBeside(dialog);
  search.addEventListener("input", () => narrow(items, search.value));
}

begin().catch((fault) => {
  problem(sorry(fault) || document.getElementById("composer-error").textContent);
  setTimeout(() => location.reload(), 5000);
});
