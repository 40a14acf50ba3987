// A training at one of its epochs. Flows in: the block of JSON that training.py wrote, and `now`, which player.js counts.

const { figures, sentences, notes, picture, charts, across } = story;
const BOX = 1000; // the width and the height of the box that paths are in
let states = null; // the pictures of the film, as soon as it is unpacked
const rows = $("all").querySelectorAll("tbody tr");
let said = 0; // when an epoch was last said to those who listen

// --- one epoch -------------------------------------------------------------------------------------------------------

function draw() {
  document.querySelectorAll("#figures dd").forEach((place, i) => (place.textContent = figures[now][i]));
  charts.forEach((lines, i) => drawChart($("chart" + i), lines));
  if (picture.kind) drawPicture();
  document.querySelector("tr[aria-current]")?.removeAttribute("aria-current");
  rows[now].setAttribute("aria-current", "step");
  if (timer === null || performance.now() - said > 2500) say(); // while it plays, not more often than can be listened to
  return sentences[now];
}

function say() {
  said = performance.now();
  $("said").textContent = `${story.unit} ${numbers[now]} of ${numbers[last]}: ${sentences[now]}`;
}
addEventListener("pause", say);

function drawChart(chart, lines) {
  const x = across[now];
  for (const end of ["x1", "x2"]) chart.querySelector(".here").setAttribute(end, x + "%");
  chart.querySelector(".past").setAttribute("width", 9 + 10 * x + (now === last ? 9 : 0));
  chart.querySelectorAll(".dot").forEach((dot, i) => {
    const y = lines[i][now];
    dot.setAttribute("visibility", y === null ? "hidden" : "visible");
    dot.setAttribute("cx", x + "%");
    dot.setAttribute("cy", (y ?? 0) + "%");
  });
}

function drawPicture() {
  $("odd").textContent = notes[now];
  if (!states) return;
  const state = states[picture.frames[now]]; // none if there is no picture of this epoch
  if (picture.kind === "curve") drawCurve(state);
  else drawField(state);
}

// --- a curve -----------------------------------------------------------------------------------------------------------

function drawCurve(state) {
  const { x, reach } = picture;
  document.querySelectorAll("#model .curve").forEach((line, j) => {
    let d = "";
    let pen = "M";
    for (let i = 0; state && i < x.length; i++) {
      const code = state[j * x.length + i];
      if (code === 65535) pen = "M"; // nan or infinite: a gap
      else {
        d += pen + x[i] + "," + (BOX * (1 - ((code / 65534) * (1 + 2 * reach) - reach))).toFixed(1);
        pen = "L";
      }
    }
    line.setAttribute("d", d);
  });
}

// --- a field -------------------------------------------------------------------------------------------------------------

const FINER = 3; // so many pixels for each place at which the model was computed; between them it is interpolated
const UNKNOWN = 255;

function drawField(state) {
  const { width, height } = picture;
  const columns = FINER * (width - 1) + 1;
  const rows = FINER * (height - 1) + 1;
  const field = $("field");
  [field.width, field.height] = [columns, rows];
  document.querySelector(".border").setAttribute("d", state && picture.classes ? borders(state) : "");
  if (!state) return;
  const context = field.getContext("2d");
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const [paper, quiet] = [pack(colour("--paper")), pack(colour("--quiet"))];
  const shade = shades();
  for (let i = 0; i < height - 1; i++) {
    for (let j = 0; j < width - 1; j++) {
      const corners = cornersAt(state, i, j);
      const unknown = corners.includes(UNKNOWN);
      const [below, right] = [i === height - 2 ? FINER : FINER - 1, j === width - 2 ? FINER : FINER - 1];
      for (let v = 0; v <= below; v++) {
        for (let u = 0; u <= right; u++) {
          const [row, column] = [FINER * i + v, FINER * j + u];
          const stripe = ((row + column) >> 2) & 1 ? paper : quiet;
          const place = (rows - 1 - row) * columns + column; // the first row is the lowest
          pixels[place] = unknown ? stripe : shade(corners, u / FINER, v / FINER);
        }
      }
    }
  }
  context.putImageData(image, 0, 0);
}

function cornersAt(state, i, j) {
  const at = i * picture.width + j;
  return [state[at], state[at + 1], state[at + picture.width], state[at + picture.width + 1]];
}

// A function that gives the colour of a point between four places: of the class that they are surest of, the surer the
// stronger; or of their value. What a code means, and what colour a strength has, is looked up in tables.
function shades() {
  const { classes = 1, levels = 255 } = picture;
  const codes = Array.from({ length: 255 }, (_, code) => code);
  const kind = Uint8Array.from(codes, (code) => code / levels);
  const part = Float64Array.from(codes, (code) => (picture.classes ? ((code % levels) / (levels - 1)) ** 2 : code / 254));
  const colours = Array.from({ length: classes }, (_, c) => (picture.classes ? tints(colour(`--class${c % 8}`)) : ramp()));
  const sure = new Float64Array(classes);
  return ([a, b, c, d], u, v) => {
    if (kind[a] === kind[b] && kind[a] === kind[c] && kind[a] === kind[d]) {
      const mean = (part[a] * (1 - u) + part[b] * u) * (1 - v) + (part[c] * (1 - u) + part[d] * u) * v;
      return colours[kind[a]][Math.round(255 * mean)];
    }
    sure.fill(0);
    sure[kind[a]] += part[a] * (1 - u) * (1 - v);
    sure[kind[b]] += part[b] * u * (1 - v);
    sure[kind[c]] += part[c] * (1 - u) * v;
    sure[kind[d]] += part[d] * u * v;
    let best = 0;
    let all = 0;
    for (let k = 0; k < classes; k++) {
      all += sure[k];
      if (sure[k] > sure[best]) best = k;
    }
    return colours[best][Math.round(255 * Math.max(0, 2 * sure[best] - all))];
  };
}

// 256 colours from almost that of the paper to a strong one, and along the ramp.
function tints(strong) {
  const paper = colour("--paper");
  return Uint32Array.from({ length: 256 }, (_, i) => pack(paper.map((p, k) => p + (0.06 + (0.42 * i) / 255) * (strong[k] - p))));
}

function ramp() {
  const stops = picture.ramp.map(rgb);
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const at = (i / 255) * (stops.length - 1);
    const low = Math.min(stops.length - 2, Math.floor(at));
    return pack(stops[low].map((from, k) => from + (at - low) * (stops[low + 1][k] - from)));
  });
}

// Where the decision changes, as a path. Along each side of a square between four places it changes where a straight line from
// how sure the model is at one end, to minus how sure it is at the other, is zero.
function borders(state) {
  const { classes, levels, width, height } = picture;
  const [x, y] = [(j) => ((BOX * j) / (width - 1)).toFixed(1), (i) => (BOX * (1 - i / (height - 1))).toFixed(1)];
  let d = "";
  for (let i = 0; i < height - 1; i++) {
    for (let j = 0; j < width - 1; j++) {
      const corners = cornersAt(state, i, j);
      const first = (corners[0] / levels) | 0;
      if (corners.every((code) => ((code / levels) | 0) === first) || corners.includes(UNKNOWN)) continue;
      const kinds = corners.map((code) => (code / levels) | 0);
      const sure = corners.map((code) => ((code % levels) + 0.25) ** 2);
      const part = (a, b) => sure[a] / (sure[a] + sure[b]);
      const crossed = [];
      if (kinds[0] !== kinds[1]) crossed.push([j + part(0, 1), i]);
      if (kinds[1] !== kinds[3]) crossed.push([j + 1, i + part(1, 3)]);
      if (kinds[2] !== kinds[3]) crossed.push([j + part(2, 3), i + 1]);
      if (kinds[0] !== kinds[2]) crossed.push([j, i + part(0, 2)]);
      const middle = [0, 1].map((k) => crossed.reduce((sum, point) => sum + point[k], 0) / crossed.length);
      if (crossed.length === 2) d += crossed.map((at, k) => (k ? "L" : "M") + x(at[0]) + "," + y(at[1])).join("");
      else for (const at of crossed) d += `M${x(at[0])},${y(at[1])}L${x(middle[0])},${y(middle[1])}`; // three classes meet
    }
  }
  return d;
}

const rgb = (text) => [1, 3, 5].map((i) => parseInt(text.slice(i, i + 2), 16));
const colour = (name) => rgb(getComputedStyle(document.documentElement).getPropertyValue(name).trim());
const pack = ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => show(now));

// --- the film ------------------------------------------------------------------------------------------------------------

// Base64, zlib, and of each picture the differences from the one before: what film.py does, backwards.
async function unpack({ film, frames, kind }) {
  const bytes = Uint8Array.from(atob(film), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(stream).arrayBuffer();
  const all = kind === "curve" ? new Uint16Array(buffer) : new Uint8Array(buffer);
  const count = Math.max(...frames) + 1;
  const size = all.length / count;
  for (let i = size; i < all.length; i++) all[i] += all[i - size];
  return Array.from({ length: count }, (_, i) => all.subarray(i * size, (i + 1) * size));
}

if (picture.kind) {
  unpack(picture).then((found) => {
    states = found;
    drawPicture();
  }, () => ($("odd").textContent = "This picture needs a browser from 2023 or later to play."));
}

// A click on a chart goes to the epoch that is nearest.
for (const chart of document.querySelectorAll("#charts .area")) {
  chart.addEventListener("click", (event) => {
    const { left, width } = chart.querySelector(".inside").getBoundingClientRect();
    const x = (100 * (event.clientX - left)) / width;
    const far = across.map((each) => Math.abs(each - x));
    go(far.indexOf(Math.min(...far)));
  });
}

start();
