// The page on which a visitor chooses who to be.
import { narrow } from "./filter.js";

const search = document.getElementById("q");
const none = document.getElementById("none");
const items = [...document.querySelectorAll("[data-words]")];

if (search.dataset.complete === "true" && !search.value) {
  search.addEventListener("input", () => {
    const left = narrow(items, search.value);
    for (const unit of document.querySelectorAll(".unit")) unit.hidden = !unit.querySelector("li:not([hidden])");
    none.textContent = left ? "" : document.getElementById("none-text").textContent;
  });
}
