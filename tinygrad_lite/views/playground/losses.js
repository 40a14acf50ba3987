// The loss from step to step, with the run before this one in grey; and in words what the loss does.

const WINDOW = 400; // steps that are shown at most
const SPANS = [50, 100, 200, WINDOW]; // the axis becomes longer, and then moves on, in few large jumps: each time it is drawn anew
const CURE = "Let the rate shrink.";
const RECENT = 12; // losses by which it is told what the loss does

function drawLosses() {
  const plot = $("losses");
  const { losses, before } = now;
  const from = Math.max(0, SPANS[0] * Math.ceil((losses.length - 1 - WINDOW) / SPANS[0]));
  const last = Math.max(losses.length - 1 - from, from ? 0 : Math.min(WINDOW, before.length - 1));
  const to = from + SPANS.find((span) => span >= last);
  const shown = losses.slice(from);
  const ghost = before.slice(from, to + 1);
  const finite = [...shown, ...ghost].filter(Number.isFinite);
  const [low, high] = finite.length ? [Math.min(...finite), Math.max(...finite)] : [0, 1];
  const log = low > 0 && high > 300 * low;
  const up = log ? { low: low / 1.3, high: high * 1.3, log } : { low: Math.min(0, 1.05 * low), high: high > 0 ? 1.08 * high : 1 };
  const across = { low: from, high: to };
  drawAxes(plot, across, up, ["step", log ? `${story.name} (logarithmic)` : story.name]);
  const path = (list) => line(list.map((_, i) => place(across, from + i)), list.map((loss) => place(up, loss)));
  give(plot.querySelector(".before"), "d", path(ghost));
  plot.querySelector(".losses").setAttribute("d", path(shown));
  const dot = plot.querySelector(".dot");
  const loss = losses.at(-1);
  give(dot, "visibility", Number.isFinite(loss) ? "visible" : "hidden");
  give(dot, "cx", percent(place(across, losses.length - 1)));
  if (Number.isFinite(loss)) give(dot, "cy", percent(1 - place(up, loss)));
}

// What the loss does, in a word for the style and a sentence.
function verdict() {
  const { losses } = now;
  const [start, last] = [losses[0], losses.at(-1)];
  const gradient = Math.hypot(...now.gradient);
  if (!Number.isFinite(start)) {
    return ["bad", `The loss is ${text(last)} here. Drag a slider to where it is a number. If it is ${text(last)} everywhere, look for a nan or inf in the data.`];
  }
  if (!Number.isFinite(last)) {
    return ["bad", `The loss is ${text(last)}: the steps were too long. Press Reset and choose a smaller learning rate.`];
  }
  if (!Number.isFinite(gradient)) return ["bad", "The gradient is not a number here. Move a slider a little, or press Reset."];
  if (losses.length < 4 && last > start) {
    return ["bad", "The first step was too long: the loss is higher than at the start. Press Reset and choose a smaller learning rate."];
  }
  if (losses.length < 4) return ["", "Drag a slider, take a step, or press Run."];
  const recent = losses.slice(-RECENT);
  const [low, high] = [Math.min(...recent), Math.max(...recent)];
  const size = Math.max(...losses.slice(0, 50).map(Math.abs)) || 1;
  const turns = recent.slice(2).filter((_, i) => (recent[i + 2] - recent[i + 1]) * (recent[i + 1] - recent[i]) < 0).length;
  const rises = recent.slice(1).filter((loss, i) => loss > recent[i]).length;
  if (high - low < 1e-4 * size) return ["good", `The loss has settled at ${text(last, 3)}.`];
  if (rises >= 3 && turns >= 0.6 * (recent.length - 2)) {
    const highest = [0, 4, 8].map((i) => Math.max(...recent.slice(i, i + 4)));
    if (highest[2] > 1.1 * highest[1] && highest[1] > 1.1 * highest[0]) return ["bad", "Each step overshoots further than the one before. Choose a smaller learning rate, quickly."];
    return ["bad", `The loss jumps back and forth between ${text(low, 3)} and ${text(high, 3)}: each step overshoots. ${CURE}`];
  }
  if (last > recent[0]) return ["bad", start < last ? "The loss rises: the steps are too long." : "The loss rises at the moment."];
  if (last > start) return ["bad", "The loss is higher than at the start: the first steps were too long. Press Reset and choose a smaller learning rate."];
  return ["good", "The loss falls."];
}

// The sentence is said at once, and while it runs not more often than can be listened to.
let saidAt = 0;
let said = "";
function drawVerdict() {
  const [kind, sentence] = verdict();
  const other = otherWay();
  $("verdict").className = other ? "bad" : kind;
  say($("verdict"), other || sentence);
  $("shrinking").classList.toggle("wanted", sentence.endsWith(CURE));
  const key = (other || sentence).replace(/[−\d.e]+/g, "#");
  if (key !== said && (!running || performance.now() - saidAt > 2500)) {
    [said, saidAt] = [key, performance.now()];
    $("spoken").textContent = other || sentence;
  }
}

// The program looked at some values, as an `if` does, and went on accordingly. Here it cannot go another way.
function otherWay() {
  for (const [id, found, number] of story.looks) {
    const value = now.found["value" + id];
    if (Boolean(value) !== Boolean(found)) {
      return `With these numbers the program would go another way${number ? ` in line ${number}` : ""}. This page cannot follow it there.`;
    }
  }
  return "";
}
