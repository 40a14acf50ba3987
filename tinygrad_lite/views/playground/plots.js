// What the plots share: numbers as text, axes with ticks, and lines in a box of 1000 × 1000 that is stretched. Places are shares
// of the axis, from 0 to 1.

const BOX = 1000;

// A number in few letters.
function text(x, digits = 5) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "−inf";
  const small = Math.abs(x);
  let found = x === 0 ? "0" : small >= 1e6 || small < 1e-4 ? x.toExponential(digits - 3) : String(Number(x.toPrecision(digits)));
  found = found.replace(/\.?0*e\+?/, "e").replace(/-/g, "−");
  return found === "−0" ? "0" : found;
}

// A number with always as many letters, so that it stands still while it changes.
function steady(x) {
  if (!Number.isFinite(x)) return text(x);
  const small = Math.abs(x);
  if (small >= 1e5 || (small < 1e-4 && x !== 0)) return text(x);
  return x.toFixed(small >= 1000 ? 1 : small >= 100 ? 2 : small >= 10 ? 3 : 4).replace("-", "−").replace(/^−(0\.0*)$/, "$1");
}

// A round number that is not below x: 1, 2 or 5 times a power of ten.
function round(x) {
  const unit = 10 ** Math.floor(Math.log10(x));
  return [1, 2, 5, 10].map((factor) => factor * unit).find((step) => step >= x * (1 - 1e-9));
}

function ticks({ low, high, log }, most) {
  if (log) {
    const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
    const every = Math.max(1, Math.ceil((last - first) / most));
    return Array.from({ length: Math.max(0, Math.floor((last - first) / every) + 1) }, (_, i) => 10 ** (first + every * i));
  }
  const step = round((high - low) / most);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function place({ low, high, log }, x) {
  return log ? (Math.log10(x) - Math.log10(low)) / (Math.log10(high) - Math.log10(low)) : (x - low) / (high - low);
}

function make(name, attributes, words) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  if (words !== undefined) element.textContent = words;
  return element;
}

// How large something is on the page is asked once, as the answer takes a browser long while everything changes.
const sizes = new Map();
addEventListener("resize", () => sizes.clear());
function sizeOf(element) {
  if (!sizes.has(element)) sizes.set(element, [element.clientWidth, element.clientHeight]);
  return sizes.get(element);
}
const isWide = (plot) => sizeOf(plot)[0] > 260;

// Draw the ticks of both axes, if they are not those that are there already.
function drawAxes(plot, x, y, titles) {
  const key = [x.low, x.high, y.low, y.high, y.log, ...titles, isWide(plot)].join();
  if (plot.dataset.axes === key) return;
  plot.dataset.axes = key;
  const drawn = [];
  for (const tick of ticks(y, 5)) {
    const at = 100 * (1 - place(y, tick)) + "%";
    drawn.push(make("line", { class: "grid", x1: 0, x2: "100%", y1: at, y2: at }));
    drawn.push(make("text", { class: "tick y", x: 0, dx: -7, y: at, dy: "0.35em" }, text(tick)));
  }
  for (const tick of ticks(x, isWide(plot) ? 6 : 3)) {
    const at = 100 * place(x, tick) + "%";
    drawn.push(make("line", { class: "grid", x1: at, x2: at, y1: 0, y2: "100%" }));
    drawn.push(make("text", { class: "tick x", x: at, y: "100%", dy: 17 }, text(tick)));
  }
  drawn.push(make("text", { class: "title", x: "100%", y: "100%", dy: 33 }, titles[0]));
  drawn.push(make("text", { class: "title y", x: 0, y: 0, dy: -8 }, titles[1]));
  plot.querySelector(".axes").replaceChildren(...drawn);
}

// The `d` of a line through points, broken where one is not finite. Far outside it is cut, as browsers cannot draw 1e300.
function line(x, y) {
  let d = "";
  let pen = "M";
  for (let i = 0; i < x.length; i++) {
    if (Number.isFinite(x[i]) && Number.isFinite(y[i])) {
      d += `${pen}${(BOX * cut(x[i])).toFixed(1)},${(BOX * (1 - cut(y[i]))).toFixed(1)}`;
      pen = "L";
    } else pen = "M";
  }
  return d;
}

const cut = (share) => (Number.isNaN(share) ? -9 : Math.max(-9, Math.min(10, share)));

const percent = (share) => (100 * cut(share)).toFixed(2) + "%";

// Words and attributes are written only where they change, as that takes a browser much longer than to look.
function say(element, words) {
  if (element.textContent !== words) element.textContent = words;
}
function give(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

const rgb = (words) => [1, 3, 5].map((i) => parseInt(words.slice(i, i + 2), 16));
const mixed = (one, other, part) => one.map((from, k) => from + part * (other[k] - from));
const dark = matchMedia("(prefers-color-scheme: dark)");
let palettes = {};
dark.addEventListener("change", () => (palettes = {}));

// The colours of the style by their names.
const colour = (name) => (palettes[name] ||= rgb(getComputedStyle(document.documentElement).getPropertyValue(name).trim()));

// 256 colours along a row of colours, as pixels. `name` says which they are, as they are made only once.
function palette(name, stops) {
  return (palettes[name] ||= Uint32Array.from({ length: 256 }, (_, i) => {
    const at = (i / 255) * (stops.length - 1);
    const low = Math.min(stops.length - 2, Math.floor(at));
    const [r, g, b] = mixed(stops[low], stops[low + 1], at - low).map(Math.round);
    return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  }));
}

const shadeAt = (share) => Math.round(255 * Math.max(0, Math.min(1, share || 0)));

// What is drawn on a canvas is drawn as finely as the screen can show it. Flows out: the context, and the lengths of the sides.
function cleared(canvas) {
  const [width, tall] = sizeOf(canvas).map((length) => Math.round(length * (devicePixelRatio || 1)));
  const context = canvas.getContext("2d");
  if (canvas.width !== width || canvas.height !== tall) [canvas.width, canvas.height] = [width, tall];
  else context.clearRect(0, 0, width, tall);
  return [context, width, tall];
}

// A map of colours: `shade` gives the pixel in a column and a row, the first row being the lowest.
function paint(canvas, columns, rows, shade) {
  if (canvas.width !== columns || canvas.height !== rows) [canvas.width, canvas.height] = [columns, rows];
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) pixels[(rows - 1 - row) * columns + column] = shade(column, row);
  }
  context.putImageData(image, 0, 0);
}

// Where a function that is known on a grid, row by row from below, has one of these values. `join` gets the ends of each piece of
// a line, as shares of the axes.
function contourLines(values, columns, rows, levels, join) {
  const [x, y] = [(j) => j / (columns - 1), (i) => i / (rows - 1)];
  for (let i = 0; i < rows - 1; i++) {
    for (let j = 0; j < columns - 1; j++) {
      const at = i * columns + j;
      const [a, b, c, e] = [values[at], values[at + 1], values[at + columns + 1], values[at + columns]]; // around the square
      const [low, high] = [Math.min(a, b, c, e), Math.max(a, b, c, e)];
      if (!Number.isFinite(low + high)) continue;
      for (const level of levels) {
        if (level < low || level >= high) continue;
        const crossed = [];
        if (a < level !== b < level) crossed.push([j + (level - a) / (b - a), i]);
        if (b < level !== c < level) crossed.push([j + 1, i + (level - b) / (c - b)]);
        if (e < level !== c < level) crossed.push([j + (level - e) / (c - e), i + 1]);
        if (a < level !== e < level) crossed.push([j, i + (level - a) / (e - a)]);
        for (let k = 0; k + 1 < crossed.length; k += 2) {
          join(x(crossed[k][0]), y(crossed[k][1]), x(crossed[k + 1][0]), y(crossed[k + 1][1]));
        }
      }
    }
  }
}
