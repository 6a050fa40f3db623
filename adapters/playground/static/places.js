// The list of places: where one is, what is unread, and the menu on a phone.
import { account, direct } from "./api.js";
import { t } from "./words.js";

const SEEN = `kizuki-seen:${account}`;
const seen = JSON.parse(localStorage.getItem(SEEN) ?? "{}");
const unread = new Map();
const changed = [];
let places = [];

/** Begin with the places of the state; everything there is is read on the very first visit. */
export function begin(found) {
  places = found;
  const first = Object.keys(seen).length === 0;
  for (const place of places) {
    if (first || !(place.id in seen)) seen[place.id] = first ? place.newest : 0;
    // A database that was started anew counts from one again.
    if (seen[place.id] > place.newest) seen[place.id] = place.newest;
    if (place.newest > seen[place.id]) mark(place.id, 1);
  }
  keep();
  addEventListener("hashchange", arrive);
  document.getElementById("menu").addEventListener("click", () => menu());
  for (const link of links()) link.addEventListener("click", () => menu(false));
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open]") && document.getElementById("side").classList.contains("open")) menu(false);
  });
}

/** Be told of each arrival in a place. */
export function onArrive(listener) {
  changed.push(listener);
}

/** Where the window is: "home" or a place's id. */
export function here() {
  const id = decodeURIComponent(location.hash.slice(1));
  return id === "home" || places.some((p) => p.id === id) ? id : direct;
}

/** What a place is called. */
export function titleOf(id) {
  return places.find((p) => p.id === id)?.title ?? "";
}

/** Go to a place; told again when already there. */
export function go(id) {
  const hash = `#${encodeURIComponent(id)}`;
  if (location.hash === hash) arrive();
  else location.hash = hash;
}

/** Show where the window is and tell the others. */
export function arrive() {
  const place = here();
  for (const link of links()) {
    if (link.dataset.place === place) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  for (const link of document.querySelectorAll("[data-keep-place]")) link.hash = location.hash;
  unread.delete(place);
  show();
  for (const listener of changed) listener(place);
}

/** A message was seen in its place, or waits there unread. */
export function noticed(message, visible) {
  if (visible) {
    seen[message.place] = Math.max(seen[message.place] ?? 0, message.id);
    keep();
  } else if (message.id > (seen[message.place] ?? 0)) {
    mark(message.place, 1);
  }
}

function mark(place, more) {
  unread.set(place, (unread.get(place) ?? 0) + more);
  show();
}

function keep() {
  localStorage.setItem(SEEN, JSON.stringify(seen));
}

function show() {
  for (const link of links()) {
    const count = unread.get(link.dataset.place) ?? 0;
    const dot = link.querySelector(".dot");
    link.classList.toggle("new", count > 0);
    if (!dot) continue;
    dot.hidden = count === 0;
    link.querySelector("[data-unread]").textContent = count ? t("unread", { count }) : "";
  }
  document.querySelector("#menu .dot").hidden = unread.size === 0;
  document.title = document.title.replace(/^(\(\d+\) )?/, unread.size ? `(${unread.size}) ` : "");
}

function links() {
  return document.querySelectorAll("[data-place]");
}

function menu(open) {
  const side = document.getElementById("side");
  const button = document.getElementById("menu");
  const opening = side.classList.toggle("open", open);
  button.setAttribute("aria-expanded", String(opening));
  if (opening) side.querySelector("a").focus();
  else if (open === false && button.offsetParent) button.focus();
}
