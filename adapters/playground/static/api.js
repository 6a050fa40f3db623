// Requests to the playground, with one id per thing a person does, so that a repeated request acts once.

export const account = document.body.dataset.account;
export const lang = document.body.dataset.lang;
export const direct = document.body.dataset.direct;

const RETRIES = [400, 1500];

/** The server's own words for why something did not work; `text` can be shown. */
export class Problem extends Error {
  constructor(text, status) {
    super(text);
    this.text = text;
    this.status = status;
  }
}

/** A new id for something a person does. */
export function newId() {
  return crypto.randomUUID();
}

/** Read from the interface. */
export async function get(name, query = {}) {
  const search = new URLSearchParams({ as: account, lang, ...query });
  return answer(await reach(`/playground/api/${name}?${search}`, {}));
}

/** Do something; the same `id` again does not do it twice. */
export async function post(name, id, data = {}) {
  const body = JSON.stringify({ as: account, lang, id, ...data });
  const headers = { "Content-Type": "application/json", "X-Kizuki": "1" };
  return answer(await reach(`/playground/api/${name}?lang=${encodeURIComponent(lang)}`, { method: "POST", headers, body }));
}

async function reach(address, request) {
  for (const pause of RETRIES) {
    try {
      return await fetch(address, request);
    } catch {
      await new Promise((done) => setTimeout(done, pause));
    }
  }
  try {
    return await fetch(address, request);
  } catch {
    throw new Problem("", 0);
  }
}

async function answer(response) {
  const found = await response.json().catch(() => ({}));
  if (!response.ok) throw new Problem(found.text || "", response.status);
  return found;
}
