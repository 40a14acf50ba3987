// What the program of a playground computes with: functions of NumPy's, for numbers and arrays. A page gets those that its
// program uses, and what they need. A value is a number, or an array { shape, data }: `data` is a Float64Array with the elements
// row by row. Truth values are 1 and 0. Axes are lists of numbers from 0 on; the writer has checked all shapes.
// Each definition begins at the left margin, and there is an empty line before it.

// --- arrays ----------------------------------------------------------------------------------------------------------

const size = (shape) => shape.reduce((product, n) => product * n, 1);

const shapeOf = (x) => (typeof x === "number" ? [] : x.shape);

const dataOf = (x) => (typeof x === "number" ? Float64Array.of(x) : x.data);

// An array; if it has no axes, the number in it.
const array = (shape, data) => (shape.length ? { shape, data } : data[0]);

const full = (shape, value) => array(shape, new Float64Array(size(shape)).fill(value));

// How far apart two neighbours along each axis are in `data`.
const strides = (shape) => shape.map((_, k) => size(shape.slice(k + 1)));

// Visit the elements of a shape, row by row. `visit` gets the number of the element, and a place for each list of steps: the sum
// of its steps along the axes so far.
function walk(shape, steps, visit) {
  const index = shape.map(() => 0);
  const at = steps.map(() => 0);
  const count = size(shape);
  for (let i = 0; i < count; i++) {
    visit(i, at);
    for (let k = shape.length - 1; k >= 0; k--) {
      const whole = ++index[k] === shape[k];
      if (whole) index[k] = 0;
      for (let j = 0; j < at.length; j++) at[j] += whole ? steps[j][k] * (1 - shape[k]) : steps[j][k];
      if (!whole) break;
    }
  }
}

// The shape that shapes are broadcast to.
function common(...shapes) {
  const length = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length }, (_, k) => {
    const lengths = shapes.map((shape) => shape[shape.length - length + k] ?? 1);
    return lengths.includes(0) ? 0 : Math.max(...lengths);
  });
}

// The elements of x, broadcast to a shape. Mostly x is one of many equal rows, or has one element for each row.
function spread(x, shape) {
  const count = size(shape);
  if (typeof x === "number") return new Float64Array(count).fill(x);
  if (x.data.length === count) return x.data;
  const data = new Float64Array(count);
  const length = x.data.length;
  const row = x.shape.slice(x.shape.findIndex((n) => n !== 1));
  if (length === 1) return data.fill(x.data[0]);
  if (row.every((n, k) => n === shape[shape.length - row.length + k])) {
    for (let start = 0; start < count; start += length) data.set(x.data, start);
    return data;
  }
  if (x.shape.length === shape.length && x.shape.at(-1) === 1 && length === size(shape.slice(0, -1))) {
    const width = count / length;
    for (let i = 0; i < length; i++) data.fill(x.data[i], i * width, (i + 1) * width);
    return data;
  }
  const own = strides(x.shape);
  const missing = shape.length - x.shape.length;
  const steps = shape.map((_, k) => (k < missing || x.shape[k - missing] === 1 ? 0 : own[k - missing]));
  walk(shape, [steps], (i, [at]) => (data[i] = x.data[at]));
  return data;
}

const broadcast_to = (x, shape) => array(shape, spread(x, shape));

// --- element by element ----------------------------------------------------------------------------------------------

// A function of a number as a function of arrays.
function each(f) {
  return (x) => {
    if (typeof x === "number") return f(x);
    const data = new Float64Array(x.data.length);
    for (let i = 0; i < data.length; i++) data[i] = f(x.data[i]);
    return { shape: x.shape, data };
  };
}

// A function of two numbers as a function of arrays.
function pairs(f) {
  return (x, y) => {
    if (typeof x === "number" && typeof y === "number") return f(x, y);
    if (typeof x === "number") {
      const data = new Float64Array(y.data.length);
      for (let i = 0; i < data.length; i++) data[i] = f(x, y.data[i]);
      return { shape: y.shape, data };
    }
    if (typeof y === "number") {
      const data = new Float64Array(x.data.length);
      for (let i = 0; i < data.length; i++) data[i] = f(x.data[i], y);
      return { shape: x.shape, data };
    }
    const shape = isSame(x.shape, y.shape) ? x.shape : common(x.shape, y.shape);
    const [left, right] = [spread(x, shape), spread(y, shape)];
    const data = new Float64Array(left.length);
    for (let i = 0; i < data.length; i++) data[i] = f(left[i], right[i]);
    return { shape, data };
  };
}

const isSame = (one, other) => one.length === other.length && one.every((n, k) => n === other[k]);

// A function of three numbers as a function of arrays.
function triples(f) {
  return (...args) => {
    const shape = common(...args.map(shapeOf));
    const [a, b, c] = args.map((arg) => spread(arg, shape));
    return array(shape, a.map((_, i) => f(a[i], b[i], c[i])));
  };
}

const negative = each((x) => -x);

const square = each((x) => x * x);

const reciprocal = each((x) => 1 / x);

const sqrt = each(Math.sqrt);

const cbrt = each(Math.cbrt);

const absolute = each(Math.abs);

const sign = each(Math.sign);

const floor = each(Math.floor);

const ceil = each(Math.ceil);

const trunc = each(Math.trunc);

const fround = each(Math.fround);

// To the nearest whole number, and from the middle between two to the even one.
const rint = each((x) => {
  const near = Math.round(x);
  return near - x === 0.5 && near % 2 ? near - 1 : near;
});

const exp = each(Math.exp);

const exp2 = each((x) => 2 ** x);

const expm1 = each(Math.expm1);

const log = each(Math.log);

const log2 = each(Math.log2);

const log10 = each(Math.log10);

const log1p = each(Math.log1p);

const sin = each(Math.sin);

const cos = each(Math.cos);

const tan = each(Math.tan);

const arcsin = each(Math.asin);

const arccos = each(Math.acos);

const arctan = each(Math.atan);

const sinh = each(Math.sinh);

const cosh = each(Math.cosh);

const tanh = each(Math.tanh);

const arcsinh = each(Math.asinh);

const arccosh = each(Math.acosh);

const arctanh = each(Math.atanh);

const deg2rad = each((x) => x * (Math.PI / 180));

const rad2deg = each((x) => x * (180 / Math.PI));

const relu = each((x) => Math.max(x, 0));

// No power of e here is above 1, so nothing overflows.
const sigmoid = each((x) => {
  const small = Math.exp(-Math.abs(x));
  return (x >= 0 ? 1 : small) / (1 + small);
});

const softplus = each((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))));

const isnan = each((x) => Number(x !== x));

const isfinite = each((x) => Number(Number.isFinite(x)));

const isinf = each((x) => Number(Math.abs(x) === Infinity));

const logical_not = each((x) => Number(x === 0));

const truth = each((x) => Number(x !== 0));

const add = pairs((x, y) => x + y);

const subtract = pairs((x, y) => x - y);

const multiply = pairs((x, y) => x * y);

const divide = pairs((x, y) => x / y);

const power = pairs((x, y) => (x === 1 ? 1 : x ** y)); // 1 to the power of nan is 1, as in NumPy

const maximum = pairs(Math.max);

const minimum = pairs(Math.min);

const fmax = pairs((x, y) => (x !== x ? y : y !== y ? x : Math.max(x, y)));

const fmin = pairs((x, y) => (x !== x ? y : y !== y ? x : Math.min(x, y)));

const arctan2 = pairs(Math.atan2);

const hypot = pairs(Math.hypot);

const copysign = pairs((x, y) => (y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x)));

const heaviside = pairs((x, y) => (x === 0 ? y : x > 0 ? 1 : x < 0 ? 0 : NaN));

const fmod = pairs((x, y) => x % y);

// What is left of a division, with the sign of y.
const remainder = pairs((x, y) => {
  const rest = x % y;
  return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
});

const floor_divide = pairs((x, y) => {
  const rest = x % y;
  return y === 0 ? x / y : Math.round((x - (rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest)) / y);
});

const logaddexp = pairs((x, y) => (x === y ? x + Math.LN2 : Math.max(x, y) + Math.log1p(Math.exp(-Math.abs(x - y)))));

const logaddexp2 = pairs((x, y) => {
  return x === y ? x + 1 : Math.max(x, y) + Math.log1p(2 ** -Math.abs(x - y)) / Math.LN2;
});

const greater = pairs((x, y) => Number(x > y));

const greater_equal = pairs((x, y) => Number(x >= y));

const less = pairs((x, y) => Number(x < y));

const less_equal = pairs((x, y) => Number(x <= y));

const equal = pairs((x, y) => Number(x === y));

const not_equal = pairs((x, y) => Number(x !== y));

const logical_and = pairs((x, y) => Number(x !== 0 && y !== 0));

const logical_or = pairs((x, y) => Number(x !== 0 || y !== 0));

const logical_xor = pairs((x, y) => Number((x !== 0) !== (y !== 0)));

const where = triples((condition, x, y) => (condition ? x : y));

const clip = triples((x, low, high) => (x !== x ? x : Math.min(Math.max(x, low), high)));

// --- many numbers to one ---------------------------------------------------------------------------------------------

const keptShape = (shape, axes) => shape.map((n, k) => (axes.includes(k) ? 1 : n));

const leftShape = (shape, axes) => shape.filter((_, k) => !axes.includes(k));

// All elements along `axes` become one number: `start`, and then `f` of the number so far and the next element.
function fold(x, axes, keep, start, f) {
  const shape = shapeOf(x);
  const kept = keptShape(shape, axes);
  const data = new Float64Array(size(kept)).fill(start);
  const elements = dataOf(x);
  if (data.length === 1) for (let i = 0; i < elements.length; i++) data[0] = f(data[0], elements[i]);
  else if (axes.length === 1) {
    const [count, inner] = [shape[axes[0]], size(shape.slice(axes[0] + 1))];
    for (let i = 0, at = 0; i < data.length; i += inner) {
      for (let k = 0; k < count; k++) for (let j = 0; j < inner; j++, at++) data[i + j] = f(data[i + j], elements[at]);
    }
  } else {
    const steps = strides(kept).map((step, k) => (axes.includes(k) ? 0 : step));
    walk(shape, [steps], (i, [at]) => (data[at] = f(data[at], elements[i])));
  }
  return array(keep ? kept : leftShape(shape, axes), data);
}

const countAlong = (x, axes) => axes.reduce((count, k) => count * x.shape[k], 1);

const sum = (x, axes, keep) => fold(x, axes, keep, 0, (total, next) => total + next);

const prod = (x, axes, keep) => fold(x, axes, keep, 1, (total, next) => total * next);

const max = (x, axes, keep) => fold(x, axes, keep, -Infinity, Math.max);

const min = (x, axes, keep) => fold(x, axes, keep, Infinity, Math.min);

const mean = (x, axes, keep) => divide(sum(x, axes, keep), countAlong(x, axes));

const variance = (x, axes, keep, ddof) => {
  return divide(sum(square(subtract(x, mean(x, axes, true))), axes, keep), countAlong(x, axes) - ddof);
};

const std = (x, axes, keep, ddof) => sqrt(variance(x, axes, keep, ddof));

const euclidean_norm = (x, axes, keep) => sqrt(sum(square(x), axes, keep));

// The largest element is taken out first, so that no power of e overflows.
const logsumexp = (x, axes, keep) => {
  const top = each((most) => (Number.isFinite(most) ? most : 0))(max(x, axes, true));
  const found = add(log(sum(exp(subtract(x, top)), axes, true)), top);
  return keep ? found : reshape(found, leftShape(shapeOf(x), axes));
};

const softmax = (x, axes) => {
  const powers = exp(subtract(x, max(x, axes, true)));
  return divide(powers, sum(powers, axes, true));
};

const log_softmax = (x, axes) => subtract(x, logsumexp(x, axes, true));

// The mean of -log(softmax(logits)) at the right classes.
function cross_entropy_of_classes(logits, classes) {
  const [samples, count] = logits.shape;
  const surprise = log_softmax(logits, [1]).data;
  return -classes.data.reduce((total, right, i) => total + surprise[i * count + right], 0) / samples;
}

const cross_entropy_of_targets = (logits, targets, axes) => {
  const surprise = where(equal(targets, 0), 0, log_softmax(logits, axes));
  return negative(sum(multiply(targets, surprise), axes, false));
};

// What the elements so far make together, along an axis.
function running(x, axis, f) {
  const data = x.data.slice();
  const step = strides(x.shape)[axis];
  for (let i = 0; i < data.length; i++) if (Math.floor(i / step) % x.shape[axis]) data[i] = f(data[i - step], data[i]);
  return { shape: x.shape, data };
}

const cumsum = (x, axis) => running(x, axis, (total, next) => total + next);

const cumprod = (x, axis) => running(x, axis, (total, next) => total * next);

// --- products of matrices --------------------------------------------------------------------------------------------

// A vector is a matrix with one row on the left, and one with one column on the right.
function matmul(x, y) {
  const a = x.shape.length === 1 ? [1, ...x.shape] : x.shape;
  const b = y.shape.length === 1 ? [...y.shape, 1] : y.shape;
  const [n, m, p] = [a.at(-2), a.at(-1), b.at(-1)];
  const stack = common(a.slice(0, -2), b.slice(0, -2));
  const left = spread({ shape: a, data: x.data }, [...stack, n, m]);
  const right = spread({ shape: b, data: y.data }, [...stack, m, p]);
  const data = new Float64Array(size(stack) * n * p);
  for (let row = 0; row < size(stack) * n; row++) {
    const matrix = Math.floor(row / n) * m * p;
    for (let k = 0; k < m; k++) {
      const factor = left[row * m + k];
      const to = row * p;
      const from = matrix + k * p;
      for (let j = 0; j < p; j++) data[to + j] += factor * right[from + j];
    }
  }
  return array([...stack, ...(x.shape.length > 1 ? [n] : []), ...(y.shape.length > 1 ? [p] : [])], data);
}

// Products summed over indices, as np.einsum does it. `lengths` are those of all indices, those of the result first; for each
// operand, `steps` are the distances in its data.
function contract(operands, lengths, steps, shape) {
  const data = new Float64Array(size(shape));
  const inner = size(lengths.slice(shape.length));
  const elements = operands.map(dataOf);
  walk(lengths, steps, (i, at) => {
    let product = 1;
    for (let k = 0; k < at.length; k++) product *= elements[k][at[k]];
    data[Math.floor(i / inner)] += product;
  });
  return array(shape, data);
}

// --- shapes, and parts of arrays -------------------------------------------------------------------------------------

const reshape = (x, shape) => array(shape, dataOf(x));

function transpose(x, axes) {
  const shape = axes.map((k) => x.shape[k]);
  const own = strides(x.shape);
  const data = new Float64Array(x.data.length);
  if (shape.length === 2 && axes[0] === 1) {
    const [rows, columns] = shape;
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) data[i * columns + j] = x.data[j * rows + i];
  } else walk(shape, [axes.map((k) => own[k])], (i, [at]) => (data[i] = x.data[at]));
  return array(shape, data);
}

// The elements at some places of `data`, as an array of this shape.
const take = (x, places, shape) => array(shape, Float64Array.from(places, (at) => dataOf(x)[at]));

// Zeros of a shape, with the elements of `value` added at some places.
function scatter(value, places, shape) {
  const data = new Float64Array(size(shape));
  const elements = dataOf(value);
  for (let i = 0; i < places.length; i++) data[places[i]] += elements[i];
  return array(shape, data);
}

// A copy of x with the elements of `value`, broadcast to the shape of these places, written there.
function put(x, value, places, shape) {
  const data = dataOf(x).slice();
  const elements = spread(value, shape);
  for (let i = 0; i < places.length; i++) data[places[i]] = elements[i];
  return array(shapeOf(x), data);
}

function concatenate(parts, axis) {
  const length = parts.reduce((total, part) => total + part.shape[axis], 0);
  const shape = parts[0].shape.map((n, k) => (k === axis ? length : n));
  const data = new Float64Array(size(shape));
  const rows = size(shape.slice(0, axis));
  let start = 0;
  for (const part of parts) {
    const width = size(part.shape.slice(axis));
    for (let row = 0; row < rows; row++) {
      data.set(part.data.subarray(row * width, (row + 1) * width), start + (row * data.length) / rows);
    }
    start += width;
  }
  return { shape, data };
}
