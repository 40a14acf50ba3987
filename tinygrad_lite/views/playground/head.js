"use strict";

// What every part of the script begins with. Flows in: the block of JSON that playground.py wrote.

const $ = (id) => document.getElementById(id);
const story = JSON.parse($("story").textContent);

// Arrays are packed as lists of numbers, with texts for what JSON has no numbers for.
function unpacked({ shape, data }) {
  const numbers = Float64Array.from(data, Number);
  return shape.length ? { shape, data: numbers } : numbers[0];
}
