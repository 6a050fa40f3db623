// The bot's home, asked for each time it is opened.
import { newId, post } from "./api.js";
import { problem, sorry } from "./words.js";

const view = document.getElementById("home");
const body = document.getElementById("home-body");

/** Show a home card. */
export function show(shown) {
  // The server has escaped every text in it.
  body.innerHTML = shown.html;
  body.lang = shown.lang;
}

/** Ask the bot for the home of now. */
export async function refresh() {
  try {
    const answer = await post("open", newId());
    if (answer.home) show(answer.home);
    return answer;
  } catch (fault) {
    problem(sorry(fault));
    return {};
  }
}

/** Show home instead of the conversation, or the other way round. */
export function toggle(home) {
  view.hidden = !home;
  document.getElementById("talk").hidden = home;
}
