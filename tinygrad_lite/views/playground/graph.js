// The numbers in the graph: of a single value as text, of an array as a small plot. The scale of a plot only grows, so that what
// shrinks is seen to shrink; Reset starts it anew.

const BINS = 16; // an array that is no smooth curve is shown by how often its numbers occur
const kinds = {};
let scales = {};

// A graph that is out of view is not drawn while steps are running: that takes a browser longer than all the rest.
let graphInView = true;
if ($("graph")) {
  new IntersectionObserver(([entry]) => {
    graphInView = entry.isIntersecting;
    if (now) changed();
  }).observe($("canvas"));
}

function drawGraph() {
  if (!$("graph") || (running && !graphInView)) return;
  for (const [id, isArray, axes, graded] of story.nodes) {
    for (const kind of graded ? ["value", "gradient"] : ["value"]) {
      const found = now.found[kind + id];
      if (!isArray) say($(kind + id), steady(single(found)));
      else drawArray(kind, id, typeof found === "number" ? [found] : found.data, axes);
    }
  }
}

function drawArray(kind, id, data, axes) {
  let [low, high, way] = [Infinity, -Infinity, 0];
  for (let i = 0; i < data.length; i++) {
    if (data[i] < low) low = data[i];
    if (data[i] > high) high = data[i];
    if (i) way += Math.abs(data[i] - data[i - 1]);
  }
  say($(kind + id), low === high ? `all ${short(low)}` : `${short(low)} … ${short(high)}`);
  const smooth = axes === 1 && way < 12 * (high - low);
  kinds[id] ||= data.length <= BINS ? "bars" : smooth || axes === 1 && low === high ? "curve" : "counts";
  const scale = (scales[kind + id] ||= { low: 0, high: 0 });
  if (Number.isFinite(low)) scale.low = Math.min(scale.low, low);
  if (Number.isFinite(high)) scale.high = Math.max(scale.high, high);
  const width = scale.high - scale.low || 1;
  const plot = $(`${kind}-plot${id}`);
  plot.classList.toggle("filled", kinds[id] !== "curve");
  plot.setAttribute("d", kinds[id] === "curve" ? curve(data, scale.low, width) : kinds[id] === "bars" ? bars(data, scale.low, width)
    : bars(counts(data, scale.low, width), 0, 1));
}

const short = (x) => (Math.abs(x) < 1e-3 && x !== 0 ? x.toExponential(0).replace(/-/g, "−") : text(x, Math.abs(x) >= 100 ? 3 : 2));

const height = (x, low, width) => (100 * (1 - cut((x - low) / width))).toFixed(1);

function curve(data, low, width) {
  const every = Math.ceil(data.length / 120);
  let d = "";
  for (let i = 0; i < data.length; i += every) {
    if (Number.isFinite(data[i])) d += `${d ? "L" : "M"}${((100 * i) / (data.length - 1)).toFixed(1)},${height(data[i], low, width)}`;
  }
  return d;
}

function bars(data, low, width) {
  const step = 100 / data.length;
  let d = "";
  data.forEach((x, i) => {
    if (Number.isFinite(x)) d += `M${(step * (i + 0.12)).toFixed(1)},${height(0, low, width)}h${(0.76 * step).toFixed(1)}V${height(x, low, width)}h${(-0.76 * step).toFixed(1)}z`;
  });
  return d;
}

function counts(data, low, width) {
  const found = new Array(BINS).fill(0);
  for (const x of data) if (Number.isFinite(x)) found[Math.min(BINS - 1, Math.floor((BINS * (x - low)) / width))]++;
  const most = Math.max(...found);
  return found.map((count) => count / most);
}

// The graph has its own size; it gets smaller to be seen whole, but not so small that it cannot be read.
function fitGraph() {
  if (!$("graph")) return;
  const natural = Number($("graph").getAttribute("width"));
  $("graph").style.width = Math.min(natural, Math.max($("canvas").clientWidth - 2, 0.72 * natural)) + "px";
}
addEventListener("resize", fitGraph);
fitGraph();
