// The loss as a landscape over two parameters: colours, contour lines, the path of the steps, and the next step. With a single
// parameter it is a curve. The losses of the grid are computed a few at a time, so that dragging stays smooth.

const FINE = 41; // losses in each direction
const COARSE = 21;
const TRAIL = 200; // steps of the path that are shown
const DOTS = 90; // of these have a dot
const land = $("landscape");
const alone = all === 1;
const choice = { x: story.contours[0], y: story.contours[1] };
let surface = null; // the last grid that is complete
let work = null; // the grid that is being computed

for (const axis of ["x", "y"]) {
  const list = $("along-" + axis);
  numberNames.forEach((name, i) => list.append(new Option(name, i)));
  list.selectedIndex = choice[axis];
  list.addEventListener("change", () => {
    const other = axis === "x" ? "y" : "x";
    if (list.selectedIndex === choice[other]) {
      choice[other] = choice[axis]; // two different ones: they change places
      $("along-" + other).selectedIndex = choice[other];
    }
    choice[axis] = list.selectedIndex;
    surface = work = null;
    changed();
  });
}
if (alone) {
  $("axes-choice").hidden = true;
  $("lay-title").textContent = "The loss";
}

const viewNow = () => [ranges[choice.x].low, ranges[choice.x].high, ranges[choice.y].low, ranges[choice.y].high];
const keyOf = () => [choice.x, choice.y, ...viewNow()].join();

// Everything that the grid depends on: the axes, and the parameters that are not on them.
const stateOf = () => {
  const others = now.parameters.slice();
  others[choice.x] = others[choice.y] = 0;
  return keyOf() + ":" + others.join();
};

// Go on with the grid. True if there is more to do. While it changes all the time, the grid is as fine as there is time for;
// when it stands still, it becomes fine.
let cost = 0.05; // milliseconds that a loss takes
let painted = 0;
function computeSurface() {
  if (alone) return false;
  if (work && work.key !== keyOf()) work = null;
  if (!work) {
    const state = stateOf();
    if (surface && surface.state === state && surface.grid === FINE) return false;
    if (surface && running && surface.key === keyOf() && performance.now() - painted < 120) return false; // often enough
    const quick = Math.max(COARSE, Math.min(FINE, Math.floor(Math.sqrt(30 / cost))));
    const grid = surface && surface.state === state ? FINE : quick;
    work = { key: keyOf(), state, grid, view: viewNow(), parameters: now.parameters.slice(), done: 0, values: new Float64Array(grid * grid) };
  }
  const { view, parameters, values, grid } = work;
  const [begun, before] = [performance.now(), work.done];
  const arrays = asArrays(parameters);
  const scalar = { x: scalarAt(choice.x), y: scalarAt(choice.y) };
  const at = (low, high, i) => low + ((high - low) * i) / (grid - 1);
  for (const until = begun + (running ? 4 : 8); work.done < values.length && performance.now() < until; work.done++) {
    set(arrays, parameters, choice.x, scalar.x, at(view[0], view[1], work.done % grid));
    set(arrays, parameters, choice.y, scalar.y, at(view[2], view[3], Math.floor(work.done / grid)));
    values[work.done] = single(program.loss(arrays));
  }
  cost = 0.8 * cost + (0.2 * (performance.now() - begun)) / (work.done - before || 1);
  if (work.done < values.length) return true;
  surface = work;
  work = null;
  paintSurface();
  painted = performance.now();
  return surface.grid < FINE || surface.state !== stateOf();
}

// Where a parameter is among the arrays, if it is a single number there; the elements of arrays are shared with the list.
const scalarAt = (i) => story.parameters.findIndex(({ start, shape }) => start === i && !shape.length);

function set(arrays, parameters, i, scalar, value) {
  parameters[i] = value;
  if (scalar >= 0) arrays[scalar] = value;
}

function paintSurface() {
  const { grid } = surface;
  const finite = Array.from(surface.values).filter(Number.isFinite).sort((a, b) => a - b);
  if (!finite.length) return;
  const [low, middle, high] = [finite[0], finite[finite.length >> 1], finite.at(-1)];
  const base = Math.max(low, high * 1e-5);
  const log = low >= 0 && high - low > 12 * (middle - low); // most of it is flat, as seen from its highest point
  const height = (v) => (log ? Math.max(0, Math.log(v / base) / Math.log(high / base)) : (v - low) / (high - low || 1));
  let levels;
  if (log) {
    const first = Math.floor(Math.log10(base));
    levels = Array.from({ length: 3 * 7 }, (_, k) => [1, 2, 5][k % 3] * 10 ** (first + Math.floor(k / 3))).filter((v) => v < high);
    $("every").textContent = "Each line is about twice as high as the one inside it";
  } else {
    const step = round((high - low) / 16);
    levels = Array.from({ length: 24 }, (_, k) => (Math.floor(low / step) + k) * step).filter((v) => v > low && v < high);
    $("every").textContent = `Each line is ${text(step)} higher than the one inside it`;
  }
  drawSurface(height, levels);
}

// Colours and lines are drawn once, as a bitmap: to draw hundreds of pieces of lines anew for each frame would take too long.
const colours = document.createElement("canvas");
function drawSurface(height, levels) {
  const { grid, values } = surface;
  const [context, width, tall] = cleared($("land"));
  const shades = palette("land", [colour("--valley"), colour("--peak")]);
  paint(colours, grid, grid, (j, i) => {
    const share = height(values[i * grid + j]);
    return shades[Number.isFinite(share) ? shadeAt(Math.sqrt(share)) : 255];
  });
  context.imageSmoothingQuality = "high";
  context.drawImage(colours, 0.5, 0.5, grid - 1, grid - 1, 0, 0, width, tall); // from the middle of the first pixel to that of the last
  context.beginPath();
  contourLines(values, grid, grid, levels, (x1, y1, x2, y2) => {
    context.moveTo(width * x1, tall * (1 - y1));
    context.lineTo(width * x2, tall * (1 - y2));
  });
  context.lineWidth = devicePixelRatio || 1;
  context.lineCap = "round";
  context.strokeStyle = `rgb(${colour("--contour")})`;
  context.stroke();
}

function drawLandscape() {
  if (alone) return drawProfile();
  const [across, up] = [ranges[choice.x], ranges[choice.y]];
  drawAxes(land, across, up, [numberNames[choice.x], numberNames[choice.y]]);
  const shown = now.path.slice(-TRAIL);
  const [x, y] = [shown.map((p) => place(across, p[choice.x])), shown.map((p) => place(up, p[choice.y]))];
  drawTrail(x, y);
  mark(x.at(-1), y.at(-1));
  const next = nextStep().move;
  arrow(x.at(-1), y.at(-1), place(across, now.parameters[choice.x] - next[choice.x]),
    place(up, now.parameters[choice.y] - next[choice.y]));
}

// One parameter: the loss as a curve, with its tangent.
function drawProfile() {
  const across = ranges[0];
  const xs = between(across.low, across.high, 161);
  const shape = story.parameters[0].shape;
  const heights = xs.map((x) => single(program.loss([shape.length ? { shape, data: Float64Array.of(x) } : x])));
  const up = axisAround(heights, 0.08);
  drawAxes(land, across, up, [numberNames[0], story.name]);
  land.querySelector(".profile").setAttribute("d", line(Array.from(xs, (x) => place(across, x)), Array.from(heights, (h) => place(up, h))));
  const shown = now.path.slice(-TRAIL);
  const losses = now.losses.slice(-shown.length);
  const [x, y] = [shown.map((p) => place(across, p[0])), losses.map((loss) => place(up, loss))];
  drawTrail(x, y);
  mark(x.at(-1), y.at(-1));
  const [p, loss, slope] = [now.parameters[0], now.loss, now.gradient[0]];
  const ends = [across.low, across.high];
  land.querySelector(".tangent").setAttribute("d", line(ends.map((end) => place(across, end)), ends.map((end) => place(up, loss + slope * (end - p)))));
  const next = p - nextStep().move[0];
  arrow(x.at(-1), y.at(-1), place(across, next), place(up, loss + slope * (next - p)));
}

// The path of the steps, with a dot for each of the last ones; none where it would be on top of the one before. As a bitmap,
// since all of it changes at each step.
function drawTrail(x, y) {
  const [context, width, tall] = cleared($("trail"));
  const scale = devicePixelRatio || 1;
  context.strokeStyle = context.fillStyle = `rgb(${colour("--ink")})`;
  context.lineWidth = 1.5 * scale;
  context.lineJoin = context.lineCap = "round";
  context.globalAlpha = 0.75;
  const known = (share, i) => Number.isFinite(share) && Number.isFinite(y[i]);
  const at = x.map((share, i) => [width * cut(share), tall * (1 - cut(y[i]))]).filter((_, i) => known(x[i], i));
  context.beginPath();
  for (const place of at) context.lineTo(...place);
  context.stroke();
  context.globalAlpha = 1;
  context.beginPath();
  let last = [Infinity, Infinity];
  for (const [left, top] of at.slice(-DOTS, -1)) {
    if (Math.hypot(left - last[0], top - last[1]) < 0.02 * width) continue;
    context.moveTo(left, top);
    context.arc(left, top, 2.6 * scale, 0, 2 * Math.PI);
    last = [left, top];
  }
  context.fill();
}

function mark(x, y) {
  const dot = land.querySelector(".here");
  give(dot, "cx", percent(x));
  give(dot, "cy", percent(1 - y));
}

function arrow(x1, y1, x2, y2) {
  const shaft = land.querySelector(".next");
  const seen = [x1, y1, x2, y2].every(Number.isFinite) && Math.hypot(x2 - x1, y2 - y1) > 0.004;
  shaft.setAttribute("visibility", seen ? "visible" : "hidden");
  if (!seen) return;
  for (const [name, share] of [["x1", x1], ["y1", 1 - y1], ["x2", x2], ["y2", 1 - y2]]) shaft.setAttribute(name, percent(share));
}

// The point can be dragged: by mouse or by finger. The sliders do the same by keyboard.
land.addEventListener("pointerdown", (down) => {
  const frame = land.getBoundingClientRect();
  const drag = (event) => {
    const share = [(event.clientX - frame.left) / frame.width, 1 - (event.clientY - frame.top) / frame.height];
    const [x, y] = share.map((part) => Math.max(0, Math.min(1, part)));
    const at = ({ low, high }, part) => low + part * (high - low);
    if (alone) moveTo(0, at(ranges[0], x));
    else moveTo(choice.x, at(ranges[choice.x], x), choice.y, at(ranges[choice.y], y));
  };
  land.setPointerCapture(down.pointerId);
  land.addEventListener("pointermove", drag);
  const stop = () => land.removeEventListener("pointermove", drag);
  land.addEventListener("pointerup", stop, { once: true });
  land.addEventListener("pointercancel", stop, { once: true });
  drag(down);
});
