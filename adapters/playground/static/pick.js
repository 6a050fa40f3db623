// Person fields: a search box over the colleagues with a list, the ARIA combobox pattern, and the chosen ones as chips.
import { fillPerson } from "./complete.js";
import { announce } from "./words.js";

const MOST = 12;
let people = [];

/** Begin with the colleagues; every person field that ever appears works from here. */
export function begin(found) {
  people = found;
  document.addEventListener("input", (event) => searched(event, (pick) => open(pick)));
  document.addEventListener("focusin", (event) => searched(event, (pick) => open(pick)));
  document.addEventListener("click", (event) => {
    const remove = event.target.closest(".chip-remove");
    if (remove) drop(remove);
    else searched(event, (pick) => open(pick));
  });
  document.addEventListener("focusout", (event) => searched(event, (pick) => setTimeout(() => close(pick), 150)));
  document.addEventListener("keydown", (event) => searched(event, (pick) => pressed(event, pick)), true);
}

function searched(event, act) {
  const pick = event.target.closest?.(".pick");
  if (pick && event.target.matches(".search")) act(pick);
}

function parts(pick) {
  return { box: pick.querySelector(".search"), list: pick.querySelector(".listbox"), chips: pick.querySelector(".chips") };
}

function taken(pick) {
  return [...pick.querySelectorAll(".chip input")].map((input) => input.value);
}

function open(pick) {
  const { box, list } = parts(pick);
  const wanted = box.value.toLowerCase().split(/[\s\u3000]+/).filter(Boolean);
  const without = taken(pick);
  const found = people.filter((p) => !without.includes(`playground/${p.id}`) && wanted.every((w) => p.words.includes(w))).slice(0, MOST);
  list.replaceChildren(...found.map((person, n) => option(pick, person, `${list.id}-${n}`)));
  if (found.length === 0) announce(pick.dataset.none);
  list.hidden = found.length === 0;
  box.setAttribute("aria-expanded", String(found.length > 0));
  select(pick, -1);
}

function option(pick, person, id) {
  const line = document.createElement("li");
  line.id = id;
  line.setAttribute("role", "option");
  line.setAttribute("aria-selected", "false");
  line.person = person;
  fillPerson(line, person);
  line.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    take(pick, person);
  });
  return line;
}

function select(pick, position) {
  const { box, list } = parts(pick);
  [...list.children].forEach((line, n) => line.setAttribute("aria-selected", String(n === position)));
  const line = list.children[position];
  if (!line) return box.removeAttribute("aria-activedescendant");
  box.setAttribute("aria-activedescendant", line.id);
  line.scrollIntoView({ block: "nearest" });
}

function pressed(event, pick) {
  if (event.isComposing || event.keyCode === 229) return;
  const { box, list } = parts(pick);
  const lines = [...list.children];
  const now = lines.findIndex((line) => line.getAttribute("aria-selected") === "true");
  const moves = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in moves) {
    if (list.hidden) open(pick);
    const count = list.children.length;
    if (count) select(pick, now < 0 ? (moves[event.key] > 0 ? 0 : count - 1) : (now + moves[event.key] + count) % count);
  } else if (event.key === "Enter") {
    if (now >= 0) take(pick, lines[now].person);
  } else if (event.key === "Escape" && !list.hidden) {
    close(pick);
  } else if (event.key === "Backspace" && !box.value) {
    pick.querySelector(".chip:last-child .chip-remove")?.click();
    return;
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

function take(pick, person) {
  const { box, chips } = parts(pick);
  if (pick.dataset.many === undefined) chips.replaceChildren();
  chips.append(chip(pick, person));
  chips.hidden = false;
  box.value = "";
  close(pick);
  announce(person.name);
}

function chip(pick, person) {
  const line = Object.assign(document.createElement("li"), { className: "chip" });
  const name = Object.assign(document.createElement("span"), { textContent: person.name });
  const value = Object.assign(document.createElement("input"), { type: "hidden", name: pick.dataset.pick, value: `playground/${person.id}` });
  const remove = Object.assign(document.createElement("button"), { type: "button", className: "chip-remove", textContent: "×" });
  remove.setAttribute("aria-label", pick.dataset.remove.replace("{name}", person.name));
  line.append(name, value, remove);
  return line;
}

function drop(remove) {
  const pick = remove.closest(".pick");
  remove.closest(".chip").remove();
  parts(pick).chips.hidden = taken(pick).length === 0;
  parts(pick).box.focus();
}

function close(pick) {
  const { box, list } = parts(pick);
  list.hidden = true;
  box.setAttribute("aria-expanded", "false");
  box.removeAttribute("aria-activedescendant");
}
