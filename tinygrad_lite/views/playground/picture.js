// The data and the prediction: a curve over one input, or colours over two. The prediction at other places than those of the
// data is computed with as many rows at a time as the data have, if shapes of the program are fixed, and otherwise all at once.

const { picture } = story;
if (picture) {
  const asNumbers = (list) => (Array.isArray(list) ? list.map(asNumbers) : Number(list)); // what JSON has no number for is a text
  for (const key of ["x", "y", "points"]) if (picture[key]) picture[key] = asNumbers(picture[key]);
}
const PLACES = 160; // at which a curve is computed
const MARKS = ["M4,0A4,4 0 1 1 -4,0A4,4 0 1 1 4,0z", "M-3.6,-3.6H3.6V3.6H-3.6z", "M0,-4.8L4.6,3.4H-4.6z", "M0,-5L5,0L0,5L-5,0z"];
const SIDE = 40; // a field is computed at so many places in each direction

// What the program predicts for these rows of inputs.
function predictions(parameters, places, columns) {
  const count = places.length / columns;
  const batch = picture.anyRows ? count : picture.shape[0];
  const found = new Float64Array(count * picture.width);
  for (let start = 0; start < count; start += batch) {
    const data = new Float64Array(batch * columns);
    data.set(places.subarray(start * columns, (start + batch) * columns));
    const result = program.predict(parameters, { shape: [batch, ...picture.shape.slice(1)], data }).data;
    found.set(result.subarray(0, Math.min(batch, count - start) * picture.width), start * picture.width);
  }
  return found;
}

function between(low, high, count) {
  return Float64Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
}

function axisAround(numbers, margin) {
  const finite = Array.from(numbers).filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const room = high > low ? margin * (high - low) : 1;
  return { low: low - room, high: high + room };
}

// The ramp of colours "cividis", by Nuñez, Anderton and Renslow (2018).
const CIVIDIS = ["#00224e", "#434e6c", "#7d7c78", "#bcaf6f", "#fee838"].map(rgb);
const cividis = () => palette("cividis", CIVIDIS);

const drawPicture = !picture ? () => {} : picture.kind === "curve" ? curveDrawer() : fieldDrawer();

// --- one input -----------------------------------------------------------------------------------------------------------

function curveDrawer() {
  const plot = $("model");
  const { x, y, names, width } = picture;
  const across = axisAround(x, picture.movable ? 0.04 : 0.02);
  const up = axisAround([...y.flat(), ...(y.length === width ? dataOfPrediction() : [])], 0.08);
  const places = picture.movable ? between(across.low, across.high, PLACES) : Float64Array.from(x).sort();
  const order = Array.from(x.keys()).sort((a, b) => x[a] - x[b]);
  const inside = plot.querySelector(".inside");
  const errors = make("path", { class: "errors" });
  const curves = Array.from({ length: width }, (_, k) => make("path", { class: `curve line${k % 8}` }));
  inside.replaceChildren(errors, ...curves);
  const every = Math.ceil(x.length / 400);
  const points = [];
  y.forEach((column, k) => {
    for (let i = 0; i < x.length; i += every) {
      if (!Number.isFinite(x[i] + column[i])) continue;
      const at = { cx: percent(place(across, x[i])), cy: percent(1 - place(up, column[i])), r: 3 };
      points.push(make("circle", { class: y.length > 1 ? `class${k % 8}` : "point", ...at }));
    }
  });
  plot.querySelector(".over").replaceChildren(...points);
  const shares = Array.from(places, (p) => place(across, p));
  const errorsToo = y.length === width ? " The thin lines between them are the errors." : "";
  $("key").textContent = `Points: ${names.y}. ${width > 1 ? "Lines" : "Line"}: ${names.prediction}.${errorsToo}`;

  return () => {
    drawAxes(plot, across, up, [names.x, names.y]);
    const atData = now.found["value" + picture.id];
    const found = picture.movable ? predictions(now.arrays, places, 1) : null;
    for (let k = 0; k < width; k++) {
      const heights = shares.map((_, i) => place(up, found ? found[i * width + k] : atData.data[order[i] * width + k]));
      curves[k].setAttribute("d", line(shares, heights));
    }
    let d = "";
    if (y.length === width) {
      for (let i = 0; i < x.length; i += every) {
        for (let k = 0; k < width; k++) {
          const at = place(across, x[i]);
          d += line([at, at], [place(up, y[k][i]), place(up, atData.data[i * width + k])]);
        }
      }
    }
    errors.setAttribute("d", d);
  };

  function dataOfPrediction() {
    return program.everything(asArrays(first))["value" + picture.id].data;
  }
}

// --- two inputs ----------------------------------------------------------------------------------------------------------

function fieldDrawer() {
  const plot = $("model");
  const { points, y, names, width } = picture;
  const [across, up] = [0, 1].map((k) => axisAround(points.map((point) => point[k]), 0.08));
  const canvas = $("field");
  canvas.hidden = false;
  const border = make("path", { class: "border" });
  plot.querySelector(".inside").replaceChildren(border);
  $("key").textContent = picture.of === "values" ? `Colours: ${names.prediction}. Points: ${names.y}, in the same colours.`
    : `Points: ${names.y}. Colours: what ${names.prediction} decides, the surer the stronger.`;
  const kinds = Array.from(new Set(y.filter(Number.isFinite))).sort((a, b) => a - b);
  const scale = axisAround(y, 0);
  const every = Math.ceil(points.length / 600);
  plot.querySelector(".over").replaceChildren(
    ...points.map((point, i) => [...point, y[i]]).filter((row, i) => i % every === 0 && row.every(Number.isFinite)).map((row) => {
      const value = row[2];
      const kind = picture.of === "two classes" ? kinds.indexOf(value) : value;
      const at = [100 * place(across, row[0]), 100 * (1 - place(up, row[1]))];
      const style = picture.of === "values" ? { class: "mark", fill: `rgb(${CIVIDIS[Math.round(4 * Math.max(0, Math.min(1, place(scale, value))))]})` }
        : { class: `mark class${kind % 8}` };
      const mark = make("svg", { x: at[0] + "%", y: at[1] + "%", class: "at" });
      mark.append(make("path", { ...style, d: MARKS[picture.of === "values" ? 0 : kind % 4] }));
      return mark;
    }),
  );
  const places = new Float64Array(2 * SIDE * SIDE);
  const [columns, lines] = [between(across.low, across.high, SIDE), between(up.low, up.high, SIDE)];
  for (let i = 0; i < SIDE; i++) for (let j = 0; j < SIDE; j++) places.set([columns[j], lines[i]], 2 * (i * SIDE + j));

  return () => {
    drawAxes(plot, across, up, [`${names.x}[0]`, `${names.x}[1]`]);
    if (!picture.movable) return;
    const found = predictions(now.arrays, places, 2);
    paint(canvas, SIDE, SIDE, shader(found));
    let d = "";
    if (picture.of === "two classes") {
      contourLines(found, SIDE, SIDE, [picture.border], (x1, y1, x2, y2) => (d += line([x1, x2], [y1, y2])));
    }
    border.setAttribute("d", d);
  };

  function shader(found) {
    const paper = colour("--paper");
    const tints = Array.from({ length: 8 }, (_, k) => {
      const strong = colour(`--class${k}`);
      return palette(`tints${k}`, [mixed(paper, strong, 0.06), mixed(paper, strong, 0.46)]);
    });
    if (picture.of === "values") return (j, i) => cividis()[shadeAt(place(scale, found[i * SIDE + j]))];
    if (picture.of === "two classes") {
      return (j, i) => {
        const z = found[i * SIDE + j];
        const p = picture.logits ? 1 / (1 + Math.exp(-z)) : Math.max(0, Math.min(1, picture.border ? z : (z + 1) / 2));
        return tints[p > 0.5 ? 1 : 0][shadeAt(Math.abs(2 * p - 1))];
      };
    }
    const powers = new Float64Array(width);
    return (j, i) => {
      const start = (i * SIDE + j) * width;
      let [best, top, second, total] = [0, -Infinity, -Infinity, 0];
      for (let k = 0; k < width; k++) {
        powers[k] = found[start + k];
        if (powers[k] > top) [best, top] = [k, powers[k]];
      }
      for (let k = 0; k < width; k++) {
        if (picture.logits) powers[k] = Math.exp(powers[k] - top);
        total += powers[k];
        if (k !== best) second = Math.max(second, powers[k]);
      }
      return tints[best % 8][shadeAt((powers[best] - second) / total)];
    };
  }
}
