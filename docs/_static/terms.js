// The definition of a word of the glossary, beside the word: while the pointer or the focus is on it. Escape closes it. On a touch
// screen the first tap opens it, and the second one goes to the glossary.
const tip = document.createElement("div");
tip.id = "definition";
tip.className = "definition";
tip.setAttribute("role", "tooltip");
tip.hidden = true;
document.body.append(tip);
let shown = null, waiting = 0;

function show(link) {
  clearTimeout(waiting);
  if (shown === link) return;
  hide();
  shown = link;
  const [word, ...rest] = link.dataset.definition.split(": ");
  const name = document.createElement("strong");
  name.textContent = word;
  tip.replaceChildren(name, ` ${rest.join(": ")}`);
  tip.hidden = false;
  link.setAttribute("aria-describedby", tip.id);
  const at = link.getClientRects()[0], size = tip.getBoundingClientRect(), margin = 12;
  const left = Math.max(margin, Math.min(at.left, document.documentElement.clientWidth - size.width - margin));
  const below = at.bottom + size.height + margin < window.innerHeight || at.top < size.height + margin;
  tip.style.left = `${left + window.scrollX}px`;
  tip.style.top = `${(below ? at.bottom + 6 : at.top - size.height - 6) + window.scrollY}px`;
}

function hide() {
  clearTimeout(waiting);
  shown?.removeAttribute("aria-describedby");
  shown = null;
  tip.hidden = true;
}

const soon = () => { clearTimeout(waiting); waiting = setTimeout(hide, 200); }; // the pointer may be on its way to the definition

document.querySelectorAll("a.term[title]").forEach((link) => {
  link.dataset.definition = link.title;
  link.removeAttribute("title"); // which the browser would show as well
  let touched = false;
  link.addEventListener("pointerdown", (event) => { touched = event.pointerType === "touch" && shown !== link; });
  link.addEventListener("click", (event) => { if (touched) { event.preventDefault(); touched = false; show(link); } });
  link.addEventListener("pointerenter", (event) => { if (event.pointerType !== "touch") show(link); });
  link.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") soon(); });
  link.addEventListener("focus", () => { if (!touched) show(link); });
  link.addEventListener("blur", hide);
});
tip.addEventListener("pointerenter", () => clearTimeout(waiting));
tip.addEventListener("pointerleave", soon);
document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
document.addEventListener("pointerdown", (event) => { if (shown && !shown.contains(event.target) && !tip.contains(event.target)) hide(); });
