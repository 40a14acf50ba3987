// A computation at one of its steps. Flows in: the block of JSON that page.py wrote, and `now`, which player.js counts.

const { steps, turn, boxes, arrows } = story;
const canvas = $("canvas");
let scale = 1;

// --- one step --------------------------------------------------------------------------------------------------------

function draw() {
  const step = steps[now];
  for (const id in boxes) showBox($("box" + id), boxes[id], step.node === Number(id));
  arrows.forEach((arrow, i) => showArrow($("arrow" + i), arrow));
  showWords(step);
  mark("#list a", $("step" + now));
  mark(".line", step.line && $(step.line));
  const concerned = [step.node, step.user].filter((id) => id !== null);
  if (concerned.length) reveal(canvas, ...concerned.map((id) => $("box" + id)));
  return step.title;
}

function showBox(box, [computed, done, gradients], isNow) {
  const found = gradients.filter(([from]) => from <= now).pop();
  const [, lines, uses] = found || [0, ["–"], ""];
  box.classList.toggle("ahead", now < computed);
  box.classList.toggle("receiving", Boolean(found) && now < done);
  box.classList.toggle("received", Boolean(found) && now >= done);
  box.classList.toggle("now", isNow);
  box.querySelectorAll(".gradient").forEach((text, i) => (text.textContent = lines[i] || ""));
  box.querySelector(".uses").textContent = uses;
  box.setAttribute("href", "#" + (now >= turn && done >= 0 ? done : computed));
}

function showArrow(arrow, [walked, returned]) {
  arrow.classList.toggle("ahead", now < walked);
  arrow.classList.toggle("returned", returned >= 0 && now >= returned);
  arrow.classList.toggle("now", now === returned || (now === walked && now > 0));
}

function showWords(step) {
  $("part").textContent = now < turn ? "Forward" : "The backward pass";
  $("headline").textContent = step.title;
  $("sentence").textContent = step.sentence;
  $("rows").replaceChildren(...step.rows.flatMap(([label, lines]) => {
    const [term, text] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = label;
    text.textContent = lines.join("\n");
    return [term, text];
  }));
}

function mark(kind, chosen) {
  document.querySelector(kind + "[aria-current]")?.removeAttribute("aria-current");
  chosen?.setAttribute("aria-current", "step");
  if (chosen) reveal(chosen.closest("section"), chosen);
}

// Scroll a part of the page so that all of these can be seen: not at all if they can already.
function reveal(frame, ...elements) {
  const view = frame.getBoundingClientRect();
  const all = elements.map((element) => element.getBoundingClientRect());
  const shift = (from, to) => {
    const [low, high] = [Math.min(...all.map((r) => r[from])), Math.max(...all.map((r) => r[to]))];
    if (low >= view[from] && high <= view[to]) return 0;
    if (high - low > view[to] - view[from]) return low - view[from] - 8; // too large: at least where it begins
    return (low + high - view[from] - view[to]) / 2;
  };
  const [left, top] = [shift("left", "right"), shift("top", "bottom")];
  if (left || top) frame.scrollBy({ left, top, behavior: calm.matches ? "instant" : "smooth" });
}

// --- zooming and dragging ------------------------------------------------------------------------------------------------

const size = $("graph").viewBox.baseVal;
const fitting = () => Math.min(1.25, (canvas.clientWidth - 2) / size.width, (canvas.clientHeight - 2) / size.height);

// Zoom so that the point (x, y) of the window stays where it is.
function zoom(wanted, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
  const before = scale;
  scale = Math.max(0.1, Math.min(3, wanted));
  const [left, top] = [canvas.scrollLeft + x, canvas.scrollTop + y];
  $("graph").style.width = size.width * scale + "px";
  canvas.scrollLeft = (left * scale) / before - x;
  canvas.scrollTop = (top * scale) / before - y;
}

Object.assign(keys, { "+": () => zoom(scale * 1.25), "-": () => zoom(scale / 1.25), "0": () => zoom(fitting()) });
$("smaller").addEventListener("click", () => zoom(scale / 1.25));
$("larger").addEventListener("click", () => zoom(scale * 1.25));
$("whole").addEventListener("click", () => zoom(fitting()));
canvas.addEventListener("wheel", (event) => {
  if (!event.ctrlKey) return;
  event.preventDefault();
  const { left, top } = canvas.getBoundingClientRect();
  zoom(scale * Math.exp(-event.deltaY / 200), event.clientX - left, event.clientY - top);
}, { passive: false });

// A finger scrolls by itself; a mouse drags. What was dragged is not clicked.
let dragged = false;
$("graph").addEventListener("pointerdown", (down) => {
  dragged = false;
  if (down.pointerType !== "mouse" || down.button !== 0) return;
  const { scrollLeft, scrollTop } = canvas;
  const move = (event) => {
    const [x, y] = [event.clientX - down.clientX, event.clientY - down.clientY];
    dragged ||= Math.hypot(x, y) > 4;
    canvas.classList.toggle("dragged", dragged);
    if (dragged) canvas.scrollTo(scrollLeft - x, scrollTop - y);
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", () => {
    removeEventListener("pointermove", move);
    canvas.classList.remove("dragged");
  }, { once: true });
});
canvas.addEventListener("click", (event) => dragged && event.preventDefault());
canvas.addEventListener("dragstart", (event) => event.preventDefault());

// A graph is shown whole, if it can be read then; on a phone two boxes beside each other. From now on the height stays as it is.
zoom(fitting() >= 0.75 ? fitting() : canvas.clientWidth < 400 ? 0.8 : 0.9);
canvas.style.height = canvas.offsetHeight + "px";
start();
