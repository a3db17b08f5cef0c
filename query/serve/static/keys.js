// Adds keys, and nothing that cannot be done without them: each key clicks what is marked with it.
"use strict";
(() => {
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const here = () => document.querySelector("[data-row].here");
  const go = (row) => {
    here()?.classList.remove("here");
    row.classList.add("here");
    row.scrollIntoView({ block: "nearest" });
    (row.querySelector("[data-head]") || row).focus({ preventScroll: true });
  };
  const step = (by) => {
    const all = rows();
    if (all.length) go(all[Math.max(0, Math.min(all.length - 1, all.indexOf(here()) + by))]);
  };
  const press = (key) => {
    const found = here()?.querySelector(`[data-key="${key}"]`) || document.querySelector(`[data-key="${key}"]`);
    if (!found) return false;
    if (found.matches("input[type=search]")) { found.focus(); found.select(); } else found.click();
    return true;
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select");
    if (typing) { if (event.key === "Escape") event.target.blur(); return; }
    const key = event.key;
    if (key === "j" || key === "k") step(key === "j" ? 1 : here() ? -1 : 1);
    else if (!"oxmspnyduw/?".includes(key) || !press(key)) return;
    event.preventDefault();
  });
  const opened = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (opened && opened.matches("[data-row]")) go(opened);
})();
