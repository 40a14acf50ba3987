// The page: what it shows now, a step, a run, and what buttons and keys do. `now` has the parameters and everything that follows
// from them; whatever changes them calls `changed`, and the next frame draws.

let now = null;
let running = false;
let rate = story.rate; // falls by itself if it is to shrink
let chosenRate = story.rate; // what the reader chose
let memory = null; // of the optimizer
let waiting = false;
let fresh = false; // whether what is drawn is what is so now; the graph is drawn less often, as nobody reads so fast
let graphFresh = false;
let graphDrawn = -1e9;
const OFTEN = 60; // milliseconds
let due = 0; // steps that are due while it runs, and the time of the last frame
let lastFrame = 0;

// --- the state -----------------------------------------------------------------------------------------------------------

// A result that is a single number, though perhaps in an array.
const single = (found) => (typeof found === "number" ? found : found.data[0]);

function evaluate(parameters) {
  const arrays = asArrays(parameters);
  const found = program.everything(arrays);
  const gradient = new Float64Array(all);
  for (const { id, start } of story.parameters) {
    const part = found["gradient" + id];
    gradient.set(typeof part === "number" ? [part] : part.data, start);
  }
  return { parameters, arrays, found, loss: single(found.loss), gradient };
}

// A new beginning: the run so far becomes the one before.
function begin(parameters) {
  const before = !now ? [] : now.losses.length > 2 ? now.losses : now.before;
  now = { ...evaluate(parameters), before };
  Object.assign(now, { losses: [now.loss], path: [parameters], steps: 0 });
  memory = null;
}

const optimizer = () => document.querySelector("[name=optimizer]:checked").value;
const nextStep = () => optimizers[optimizer()](now.gradient, rate, memory);

function step() {
  const next = nextStep();
  memory = next.memory;
  const { losses, path, before, steps } = now;
  now = { ...evaluate(now.parameters.map((p, i) => p - next.move[i])), losses, path, before, steps: steps + 1 };
  losses.push(now.loss);
  path.push(now.parameters);
  if (path.length > 2 * TRAIL) path.splice(0, TRAIL);
  if (losses.length > 20000) losses.splice(0, 10000);
  if ($("shrink").valueAsNumber) setRate(rate * (1 - $("shrink").valueAsNumber / 100));
}

// The reader moves parameters: pairs of a number and its value. While it runs, the run goes on from there.
function moveTo(...pairs) {
  const parameters = now.parameters.slice();
  for (let k = 0; k < pairs.length; k += 2) parameters[pairs[k]] = pairs[k + 1];
  if (running) {
    const { losses, path, before, steps } = now;
    now = { ...evaluate(parameters), losses, path, before, steps };
    path.push(parameters);
    memory = null;
  } else begin(parameters);
  changed();
}

// --- drawing -------------------------------------------------------------------------------------------------------------

function changed() {
  fresh = false;
  ask();
}

function ask() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(frame);
}

function frame(time) {
  waiting = false;
  if (running) {
    due = Math.min(due + (speed() * (time - lastFrame)) / 1000, 100);
    lastFrame = time;
    for (; due >= 1 && running; due--) {
      step();
      fresh = false;
      if (!Number.isFinite(now.loss)) stop();
    }
  }
  if (!fresh) drawAll();
  if (!graphFresh && time - graphDrawn > OFTEN) {
    drawGraph();
    graphFresh = true;
    graphDrawn = time;
  }
  if (computeSurface() || running || !graphFresh) ask();
}

function drawAll() {
  stretchRanges();
  drawSliders();
  drawPicture();
  drawLandscape();
  drawLosses();
  drawVerdict();
  say($("count"), now.steps.toLocaleString("en"));
  say($("loss"), steady(now.loss));
  fresh = true;
  graphFresh = false;
}

// --- controls ------------------------------------------------------------------------------------------------------------

const speed = () => Math.round(10 ** $("speed").valueAsNumber);

function setRate(value) {
  rate = value;
  $("rate").value = Math.log10(value);
  $("rate-text").textContent = text(value, 3);
  $("rate").setAttribute("aria-valuetext", text(value, 3));
}

function start() {
  if (running || !Number.isFinite(now.loss)) return;
  running = true;
  [due, lastFrame] = [1, performance.now()];
  $("run").textContent = "Pause";
  changed();
}

function stop() {
  running = false;
  $("run").textContent = "Run";
  changed();
}

const actions = {
  step() {
    stop();
    if (Number.isFinite(now.loss)) step();
    changed();
  },
  run() {
    if (running) stop();
    else start();
  },
  reset() {
    stop();
    setRate(chosenRate);
    begin(first.slice());
    scales = {};
    changed();
  },
};
for (const id in actions) $(id).addEventListener("click", actions[id]);

$("rate").addEventListener("input", () => {
  const value = 10 ** $("rate").valueAsNumber;
  chosenRate = Number(value.toPrecision(2));
  rate = chosenRate;
  $("rate-text").textContent = text(rate, 3);
  $("rate").setAttribute("aria-valuetext", text(rate, 3));
  changed();
});
$("shrink").addEventListener("input", () => {
  const percent = $("shrink").valueAsNumber;
  $("shrink-text").textContent = percent ? `${text(percent)} %` : "no";
  $("shrink").setAttribute("aria-valuetext", percent ? `by ${text(percent)} percent at each step` : "not at all");
});
$("speed").addEventListener("input", () => {
  $("speed-text").textContent = `${speed()}/s`;
  $("speed").setAttribute("aria-valuetext", `${speed()} steps a second`);
});
for (const button of document.querySelectorAll("[name=optimizer]")) {
  button.addEventListener("change", () => {
    memory = null;
    changed();
  });
}
dark.addEventListener("change", () => {
  if (surface) paintSurface();
  changed();
});
addEventListener("resize", () => {
  if (surface) paintSurface();
  changed();
});

const keys = { " ": actions.run, s: actions.step, r: actions.reset };
addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || !keys[key]) return;
  if (target.matches("button, summary, select, [type=radio]") && key === " ") return; // that presses it
  if (target.matches("select")) return; // letters choose there
  event.preventDefault();
  keys[key]();
});

// A page inside another gets keys only after a click.
function sayKeys() {
  $("keys").textContent = document.hasFocus() ? "Keys: space runs, S steps, R resets" : "Click in here, then space runs, S steps";
}
for (const change of ["focus", "blur"]) addEventListener(change, sayKeys);

sayKeys();
$("rate").min = Math.min(-4, Math.floor(Math.log10(rate)));
$("rate").max = Math.max(0.5, Math.ceil(Math.log10(rate)));
setRate(rate);
begin(first.slice());
frame(performance.now());
