// The parameters: a slider for each number, or for arrays of many numbers a map of them, of which one is chosen. All numbers
// together are one list, `now.parameters`.

const FEW = 12; // so many numbers have a slider each
const all = story.parameters.reduce((count, parameter) => count + parameter.size, 0);
const first = new Float64Array(all);
const numberNames = [];
const ranges = []; // of each number: an object that the numbers of an array share
for (const parameter of story.parameters) {
  const value = unpacked(parameter);
  first.set(typeof value === "number" ? [value] : value.data, parameter.start);
  const range = { low: parameter.low, high: parameter.high };
  for (let i = 0; i < parameter.size; i++) {
    numberNames.push(parameter.name + indexText(parameter.shape, i));
    ranges.push(range);
  }
}

function indexText(shape, i) {
  if (!shape.length) return "";
  const index = [];
  for (let k = shape.length - 1; k >= 0; k--) {
    index.unshift(i % shape[k]);
    i = Math.floor(i / shape[k]);
  }
  return `[${index.join(", ")}]`;
}

// The parameters as the program takes them.
function asArrays(numbers) {
  return story.parameters.map(({ start, size, shape }) => {
    return shape.length ? { shape, data: numbers.subarray(start, start + size) } : numbers[start];
  });
}

function node(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const key in attributes) element.setAttribute(key, attributes[key]);
  element.append(...children);
  return element;
}

// One row: name, value, gradient, slider. `which` says which number it shows now.
function sliderRow(label, which) {
  const slider = node("input", { type: "range", min: 0, max: 1000, step: "any" });
  const value = node("output", { class: "value" });
  const slope = node("span", { class: "gradient" });
  const name = node("label", {}, label, slider);
  const row = node("div", { class: "slider-row" }, name, value, slope);
  row.classList.toggle("long", label.textContent.length > 8 && !label.querySelector("select"));
  slider.addEventListener("input", () => {
    const range = ranges[which()];
    moveTo(which(), range.low + (slider.valueAsNumber / 1000) * (range.high - range.low));
  });
  return {
    row,
    slider,
    draw() {
      const i = which();
      const { low, high } = ranges[i];
      const x = now.parameters[i];
      if (document.activeElement !== slider || !slider.matches(":active")) slider.value = (1000 * (x - low)) / (high - low);
      give(slider, "aria-label", numberNames[i]);
      give(slider, "aria-valuetext", `${numberNames[i]} is ${text(x)}, gradient ${text(now.gradient[i])}`);
      say(value, steady(x));
      say(slope, steady(now.gradient[i]));
    },
  };
}

const rows = [];

// An array of many numbers: a map of it, a list to choose one, and the slider of that.
function mapOfNumbers(parameter) {
  const { shape, start, size, name } = parameter;
  const columns = shape.length > 1 ? shape.at(-1) : Math.min(size, 32);
  const lines = Math.ceil(size / columns);
  const canvas = node("canvas", { class: "numbers", "aria-hidden": "true" });
  const cell = Math.max(3, Math.min(18, Math.floor(232 / columns)));
  Object.assign(canvas.style, { width: `${columns * cell}px`, height: `${lines * cell}px` });
  const frame = node("span", { class: "chosen", "aria-hidden": "true" });
  Object.assign(frame.style, { width: `${cell}px`, height: `${cell}px` });
  const list = node("select", { "aria-label": `A number of ${name}` });
  for (let i = 0; i < size; i++) list.append(new Option(indexText(shape, i).slice(1, -1), i));
  const which = () => start + list.selectedIndex;
  const inside = sliderRow(node("span", { class: "name" }, "[", list, "]"), which);
  list.addEventListener("change", changed);
  canvas.addEventListener("click", (event) => {
    const [x, y] = [Math.floor(event.offsetX / cell), Math.floor(event.offsetY / cell)];
    if (y * columns + x < size) list.selectedIndex = y * columns + x;
    changed();
  });
  const head = node("div", { class: "head" }, node("span", { class: "name" }, name), node("span", { class: "quiet" }, shape.join(" × ")));
  const block = node("div", { class: "array" }, head, node("div", { class: "map" }, canvas, frame), inside.row);
  let largest = 0;
  rows.push({
    row: block,
    draw() {
      for (let i = 0; i < size; i++) largest = Math.max(largest, Math.abs(now.parameters[start + i]) || 0);
      const shades = palette("signs", ["--back", "--paper", "--forward"].map(colour));
      paint(canvas, columns, lines, (column, row) => {
        const i = (lines - 1 - row) * columns + column;
        return shades[i < size && largest ? shadeAt(0.5 + (0.5 * now.parameters[start + i]) / largest) : 128];
      });
      const at = list.selectedIndex;
      frame.style.translate = `${(at % columns) * cell}px ${Math.floor(at / columns) * cell}px`;
      inside.draw();
    },
  });
}

for (const parameter of story.parameters) {
  if (all <= FEW || parameter.size === 1) {
    for (let i = 0; i < parameter.size; i++) {
      const which = parameter.start + i;
      rows.push(sliderRow(node("span", { class: "name" }, numberNames[which]), () => which));
    }
  } else mapOfNumbers(parameter);
}
$("sliders").append(...rows.map(({ row }) => row));

// A slider becomes longer when its number leaves it.
function stretchRanges() {
  for (let i = 0; i < all; i++) {
    const [x, range] = [now.parameters[i], ranges[i]];
    if (!(Math.abs(x) < 1e12)) continue;
    const width = range.high - range.low;
    if (x > range.high) range.high += width * Math.ceil((2 * (x - range.high)) / width) * 0.5;
    if (x < range.low) range.low -= width * Math.ceil((2 * (range.low - x)) / width) * 0.5;
  }
}

function drawSliders() {
  for (const row of rows) row.draw();
}
