// A drawing that is wider than its box scrolls sideways. Say so above it, and let the arrow keys scroll it, too.
const watch = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const scrolls = target.scrollWidth > target.clientWidth + 1;
    target.classList.toggle("scrolls", scrolls);
    if (scrolls) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
document.querySelectorAll(".drawing").forEach((box) => {
  const hint = document.createElement("p");
  hint.className = "scroll-hint";
  hint.textContent = "Wider than the page: scroll it sideways ↔";
  box.before(hint);
  watch.observe(box);
  box.querySelector("img")?.addEventListener("load", () => { watch.unobserve(box); watch.observe(box); });
});
// A line of code that is wrapped goes on four columns to the right of where it began. The sign of a difference is no beginning.
document.querySelectorAll('.highlight pre > span[id^="code"]').forEach((line) => {
  const indent = line.closest(".highlight-diff") ? /^[+-]?\s*/ : /^\s*/;
  line.style.setProperty("--indent", `${line.textContent.match(indent)[0].replace("\n", "").length + 4}ch`);
});
