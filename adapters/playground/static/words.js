// The page's phrases, the live region and the toast.

let phrases = {};

/** Keep the phrases that came with the state. */
export function learn(found) {
  phrases = found;
}

/** A phrase with its values filled in. */
export function t(key, values = {}) {
  return (phrases[key] ?? "").replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** Have a screen reader say something, after what it is saying. */
export function announce(text) {
  const live = document.getElementById("live");
  live.textContent = "";
  setTimeout(() => (live.textContent = text), 50);
}

/** What to say about a request that failed. */
export function sorry(problem) {
  return problem.text || t("no_connection");
}

let hiding = 0;

/** Tell of something that arrived out of sight, with a way there. */
export function toast(text, show) {
  const box = document.getElementById("toast");
  const button = document.getElementById("toast-show");
  document.getElementById("toast-text").textContent = text;
  button.hidden = !show;
  button.onclick = () => {
    box.hidden = true;
    show();
  };
  box.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => (box.hidden = true), 12000);
}

/** Show, or with "" take away, the line about what is wrong with the page. */
export function problem(text) {
  const line = document.getElementById("problem");
  if (line.textContent !== text) line.textContent = text;
  line.hidden = !text;
}
