// Completion in the composer: commands after a slash, colleagues after an at sign. Arrow keys, Enter or Tab, Escape.
import { announce, t } from "./words.js";

const MOST = 8;
const COMMAND = /^[/／][^\n]*$/;
const PERSON = /(?:^|[\s\u3000、。「（(])?[@＠]([^@＠\n]{0,20})$/u;
const BOT = "kizuki";
const list = document.getElementById("completions");
const chosen = new Map();
let box = null;
let people = [];
let commands = [];
let options = [];
let active = -1;
let from = 0;

/** Begin with a text box, the colleagues and the commands. */
export function begin(textBox, state) {
  box = textBox;
  people = state.people;
  commands = state.completions;
  box.addEventListener("input", (event) => {
    if (!event.isComposing) offer();
  });
  box.addEventListener("compositionend", offer);
  box.addEventListener("blur", () => setTimeout(close, 150));
}

/** Offer what fits the text before the caret. */
export function offer() {
  const before = box.value.slice(0, box.selectionStart);
  const person = PERSON.exec(before);
  if (person) {
    from = before.length - person[1].length - 1;
    show(persons(person[1].toLowerCase()));
  } else if (COMMAND.test(before)) {
    from = 0;
    show(words(before.replace("／", "/").toLowerCase()));
  } else {
    close();
  }
}

function persons(query) {
  const wanted = query.split(/[\s\u3000]+/).filter(Boolean);
  const fits = (p) => wanted.every((word) => p.words.includes(word)) && !(query.length > p.name.length && query.startsWith(p.name.toLowerCase()));
  const found = people.filter(fits).sort((a, b) => rank(a, query) - rank(b, query));
  const bot = BOT.startsWith(query) && query !== "" ? [{ text: `@${BOT} `, lines: [BOT], bot: true }] : [];
  return [...bot, ...found.slice(0, MOST).map((p) => ({ text: `@${p.name} `, person: p }))];
}

function rank(person, query) {
  const name = `${person.name} ${person.other}`.toLowerCase();
  return name.startsWith(query) ? 0 : name.includes(query) ? 1 : 2;
}

function words(typed) {
  const fits = (c) => c.typed.toLowerCase().startsWith(typed) && c.insert.trim().length > typed.trim().length;
  return commands.filter(fits).map((c) => ({ text: c.insert, command: c }));
}

function show(found) {
  const had = options.length;
  options = found;
  list.replaceChildren(...options.map(item));
  list.hidden = options.length === 0;
  select(options.length ? 0 : -1);
  if (options.length && options.length !== had) announce(t("found", { count: options.length }));
}

function item(option, position) {
  const line = document.createElement("li");
  line.id = `completion-${position}`;
  line.setAttribute("role", "option");
  if (option.person) fillPerson(line, option.person);
  else {
    const typed = line.appendChild(document.createElement("code"));
    typed.textContent = option.command ? option.command.typed : option.text;
    const does = line.appendChild(document.createElement("span"));
    does.className = "does";
    does.textContent = option.command ? option.command.does : t("bot");
  }
  line.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    take(position);
  });
  return line;
}

/** A colleague as one line: face, both names, unit and title. */
export function fillPerson(line, person) {
  // Drawn and escaped by the server.
  line.insertAdjacentHTML("afterbegin", person.avatar);
  const texts = line.appendChild(document.createElement("span"));
  texts.append(Object.assign(document.createElement("strong"), { textContent: person.name }), ` ${person.other} `);
  texts.append(document.createElement("br"), Object.assign(document.createElement("span"), { className: "more", textContent: `${person.unit} ${person.title}` }));
}

function select(position) {
  active = position;
  [...list.children].forEach((line, n) => line.setAttribute("aria-selected", String(n === position)));
  if (position < 0) return box.removeAttribute("aria-activedescendant");
  box.setAttribute("aria-activedescendant", `completion-${position}`);
  list.children[position].scrollIntoView({ block: "nearest" });
}

function take(position) {
  const option = options[position];
  const caret = box.selectionStart;
  if (option.person) chosen.set(option.person.name, option.person.id);
  box.setRangeText(option.text, from, caret, "end");
  close();
  box.dispatchEvent(new InputEvent("input", { bubbles: true }));
  box.focus();
}

/** Use a key when the list is open; returns whether it was used. */
export function key(event) {
  if (list.hidden) return false;
  const moves = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in moves) select((active + moves[event.key] + options.length) % options.length);
  else if ((event.key === "Enter" && !event.shiftKey) || (event.key === "Tab" && !event.shiftKey)) take(active);
  else if (event.key === "Escape") close();
  else return false;
  event.preventDefault();
  return true;
}

/** Put the list away. */
export function close() {
  options = [];
  list.hidden = true;
  list.replaceChildren();
  select(-1);
}

/** The colleagues chosen from the list that the text still names: account by shown name. */
export function picked(text) {
  return Object.fromEntries([...chosen].filter(([name]) => text.includes(`@${name}`) || text.includes(`＠${name}`)));
}
