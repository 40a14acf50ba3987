"use strict";

// What the buttons, the slider and the keys do. Flows in: what the reader presses. Flows out: `now`, the number of the step that
// is shown. The script of the page follows this one. It has a function `draw`, which draws the page as it is at step `now`,
// from nothing but this number, and returns a headline; so going back is no different from going on. It ends with `start()`.

const $ = (id) => document.getElementById(id);
const story = JSON.parse($("story").textContent);
const last = Number($("slider").max);
const numbers = story.numbers || Array.from({ length: last + 1 }, (_, i) => i); // what the steps are called
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let now = 0;
let timer = null;

function show(number) {
  now = Math.max(0, Math.min(last, number));
  const headline = draw();
  const place = `${story.unit} ${numbers[now]} of ${numbers[last]}`;
  $("slider").value = now;
  $("slider").setAttribute("aria-valuetext", `${place}: ${headline}`);
  $("count").textContent = place;
  $("start").ariaDisabled = $("back").ariaDisabled = String(now === 0);
  $("end").ariaDisabled = $("next").ariaDisabled = String(now === last);
  if (location.hash !== "#" + numbers[now]) history.replaceState(null, "", "#" + numbers[now]);
}

// The step that the address asks for; if there is none of this number, the one before it.
function asked() {
  const number = parseInt(location.hash.slice(1), 10) || 0;
  return Math.max(0, numbers.filter((each) => each <= number).length - 1);
}

const start = () => show(asked());

// --- going from step to step -------------------------------------------------------------------------------------------

function go(number) {
  pause();
  show(number);
}

function play() {
  if (now === last) show(0);
  timer = setInterval(() => (now < last ? show(now + 1) : pause()), calm.matches ? Math.max(story.pace, 500) : story.pace);
  $("play").textContent = "Pause";
}

function pause() {
  if (timer === null) return;
  clearInterval(timer);
  timer = null;
  $("play").textContent = "Play";
  dispatchEvent(new Event("pause"));
}

const toggle = () => (timer === null ? play() : pause());
const actions = { start: () => go(0), back: () => go(now - 1), play: toggle, next: () => go(now + 1), end: () => go(last) };
for (const id in actions) $(id).addEventListener("click", actions[id]);
$("slider").addEventListener("input", () => go($("slider").valueAsNumber));
addEventListener("hashchange", () => go(asked()));

const keys = {
  ArrowLeft: actions.back, ArrowRight: actions.next, Home: actions.start, End: actions.end, " ": toggle,
};
addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || !keys[key]) return;
  if (target === $("slider") && /Arrow|Home|End/.test(key)) return; // it moves by itself
  if (target.matches("button, summary") && key === " ") return; // that presses it
  event.preventDefault();
  keys[key]();
});

// A page inside another gets keys only after a click, so it says so until then.
function sayKeys() {
  const awake = document.hasFocus();
  $("keys").textContent = awake ? "Keys: ← → Home End, space plays" : "Click in here, then ← and → step";
  $("keys").classList.toggle("asleep", !awake);
}
for (const change of ["focus", "blur"]) addEventListener(change, sayKeys);
sayKeys();
