// Narrow a list of people while typing.

/** Show the items of `list` whose words hold all of `query`; returns how many are left. */
export function narrow(items, query) {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
  let left = 0;
  for (const item of items) {
    const fits = wanted.every((word) => item.dataset.words.includes(word));
    item.hidden = !fits;
    left += fits ? 1 : 0;
  }
  return left;
}
