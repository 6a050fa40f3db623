// The conversation: messages drawn by the server, put where they belong, changed in place, older ones on demand.
import { get } from "./api.js";
import { sorry, problem } from "./words.js";

const list = document.getElementById("log");
const scroller = document.getElementById("scroller");
const older = document.getElementById("older");
const empty = document.getElementById("empty");
let place = "";
let arriving = 0;

older.addEventListener("click", async () => {
  const first = list.querySelector(".message");
  older.disabled = true;
  try {
    const found = await get("messages", { place, before: first.dataset.id });
    const from = scroller.scrollHeight - scroller.scrollTop;
    for (const message of found.messages) add(message);
    tidy();
    older.hidden = !found.more;
    scroller.scrollTop = scroller.scrollHeight - from;
    first.focus({ preventScroll: true });
  } catch (fault) {
    problem(sorry(fault));
  } finally {
    older.disabled = false;
  }
});

/** Show a place from its newest messages on. */
export async function load(id) {
  const turn = ++arriving;
  const same = id === place;
  const early = [];
  place = id;
  if (!same) list.replaceChildren();
  const found = await get("messages", { place: id });
  if (turn !== arriving) return early;
  for (const message of found.messages) put(message);
  tidy();
  if (!same) older.hidden = !found.more;
  empty.hidden = list.children.length > 0;
  toEnd();
  return found.messages;
}

/** A message arrived or changed: put it in place. Returns whether it is a new one. */
export function receive(message) {
  if (message.place !== place) return true;
  const last = list.lastElementChild;
  const near = !last || last.getBoundingClientRect().top < scroller.getBoundingClientRect().bottom;
  const fresh = put(message);
  tidy();
  empty.hidden = true;
  if (fresh) document.getElementById(`m${message.id}`)?.classList.add("fresh");
  if (near) toEnd();
  return fresh;
}

function put(message) {
  const before = document.getElementById(`m${message.id}`);
  if (!before) {
    add(message);
    return true;
  }
  if (Number(before.dataset.rev) >= message.rev) return false;
  // A button that was pressed rests while it waits, and a resting button has no focus of its own.
  const waiting = document.activeElement === document.body && before.querySelector("[aria-busy=true]");
  const focused = waiting || before.contains(document.activeElement);
  before.replaceWith(made(message));
  if (focused) document.getElementById(`m${message.id}`).focus({ preventScroll: true });
  return false;
}

function add(message) {
  const after = [...list.querySelectorAll(".message")].find((m) => Number(m.dataset.id) > message.id);
  const item = made(message);
  if (after) after.before(item);
  else list.append(item);
}

function made(message) {
  const holder = document.createElement("template");
  // The server has escaped every text in it.
  holder.innerHTML = message.html;
  const item = holder.content.firstElementChild;
  item.dataset.day = message.day;
  item.dataset.dayText = message.dayText;
  return item;
}

/** Days between messages, and one head for messages that follow each other. */
function tidy() {
  for (const day of list.querySelectorAll(".day")) day.remove();
  let last = null;
  for (const item of list.querySelectorAll(".message")) {
    const sameDay = last?.dataset.day === item.dataset.day;
    if (!sameDay) item.before(dayLine(item.dataset.dayText));
    const plain = !item.querySelector(".badge.only") && !last?.querySelector(".badge.only");
    const follows = sameDay && plain && item.dataset.author !== "" && last.dataset.author === item.dataset.author;
    item.classList.toggle("follows", follows);
    last = item;
  }
}

function dayLine(text) {
  const line = document.createElement("li");
  line.className = "day";
  line.textContent = text;
  return line;
}

/** Scroll to the end, but no further than the beginning of a last message that is taller than the window. */
function toEnd() {
  scroller.scrollTop = scroller.scrollHeight;
  const last = list.lastElementChild;
  if (last && last.offsetHeight > scroller.clientHeight) last.scrollIntoView({ block: "start" });
}
