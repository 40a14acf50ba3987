// A drawing that is wider than its box scrolls sideways. Say so above it, let the arrow keys scroll it, too, and begin in the
// middle: the left edge of a drawing is often empty.
const watch = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const scrolls = target.scrollWidth > target.clientWidth + 1;
    if (scrolls && !target.classList.contains("scrolls")) target.scrollLeft = (target.scrollWidth - target.clientWidth) / 2;
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
// What is printed in columns scrolls sideways; wrapped, it could not be read.
document.querySelectorAll(".cell_output pre").forEach((printed) => {
  if ((printed.textContent.match(/\S {2,}\S/g) ?? []).length > 2) printed.classList.add("columns");
});
// A line of code that is wrapped goes on four columns to the right of where it began. The sign of a difference is no beginning.
document.querySelectorAll('.highlight pre > span[id^="code"]').forEach((line) => {
  const indent = line.closest(".highlight-diff") ? /^[+-]?\s*/ : /^\s*/;
  line.style.setProperty("--indent", `${line.textContent.match(indent)[0].replace("\n", "").length + 4}ch`);
});
