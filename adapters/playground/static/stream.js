// Messages arriving by themselves. A browser allows few streams at once, so a window nobody looks at lets go of its own.
import { account, lang } from "./api.js";
import { announce, problem, t } from "./words.js";

const LET_GO_AFTER = 60_000;
const COMPLAIN_AFTER = 3_000;

/** Follow what happens from `cursor` on; `handlers` are `message`, `clock` and `resync`. */
export function follow(cursor, handlers) {
  let source = null;
  let last = cursor;
  let letGo = 0;
  let complain = 0;

  function open() {
    const search = new URLSearchParams({ as: account, lang, after: last });
    source = new EventSource(`/playground/api/events?${search}`);
    source.addEventListener("open", fine);
    source.addEventListener("error", broken);
    for (const kind of ["message", "clock", "resync"]) {
      source.addEventListener(kind, (event) => {
        last = event.lastEventId || last;
        const seen = JSON.parse(event.data);
        handlers[kind](seen);
      });
    }
  }

  function fine() {
    clearTimeout(complain);
    complain = 0;
    if (!document.getElementById("problem").hidden) announce(t("connected"));
    problem("");
  }

  function broken() {
    complain ||= setTimeout(() => problem(t("no_connection")), COMPLAIN_AFTER);
    if (source.readyState === EventSource.CLOSED) setTimeout(reopen, 2000);
  }

  function reopen() {
    if (source && source.readyState !== EventSource.CLOSED) return;
    open();
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(letGo);
    if (document.hidden) letGo = setTimeout(() => source.close(), LET_GO_AFTER);
    else reopen();
  });
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", reopen);
  open();
}
