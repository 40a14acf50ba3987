"""The same computations for speed: by `tg.compile`, by `jax.jit`, and by hand as an expert would write them.

Flows in: the data of `workloads.py`. Flows out: more engines in its `WORKLOADS`. The expert makes arrays once and writes into
them again, takes sums as products with a vector of ones, and works on blocks of 8,192 numbers, which stay in the cache. What
such a step returns is overwritten by the next one. The results of `compiled` and `jax.jit` are the caller's own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from workloads import (
    CLASSIFIER,
    DECAY,
    IMAGES,
    LONG,
    MOONS,
    Step,
    batch,
    filters,
    layers,
    points,
    two_moons,
    workload,
)

BLOCK = 8192
GUESS = (1.5, 1.3, 0.4)


def compiled(name: str, loss: Callable[..., Any], arguments: Callable[[], Sequence[Any]], argnums: Any) -> None:
    """A function, compiled by `tg.compile`. The first step compiles it."""

    @workload(name, "compiled")
    def build() -> Step:
        import tinygrad_lite as tg

        f, args = tg.compile(loss, argnums=argnums), arguments()
        return lambda: f(*args)


def jitted(name: str, loss: Callable[..., Any], arguments: Callable[[], Sequence[Any]], argnums: Any) -> None:
    """A function of `jax.numpy`, which it gets as its first argument, compiled by `jax.jit`."""

    @workload(name, "jax.jit")
    def build() -> Step:
        import jax

        jax.config.update("jax_enable_x64", True)
        f = jax.jit(jax.value_and_grad(lambda *args: loss(jax, jax.numpy, *args), argnums))
        args = jax.tree_util.tree_map(jax.numpy.asarray, list(arguments()))
        return lambda: jax.block_until_ready(f(*args))


# --- the quadratic --------------------------------------------------------------------------------------------------------


def rmse(a: Any, b: Any, c: Any, x: Any, y: Any) -> Any:
    return np.sqrt(np.mean((a * x**2 + b * x + c - y) ** 2))


def fast_quadratic(n: int, name: str) -> None:
    compiled(name, rmse, lambda: (*GUESS, *points(n)), (0, 1, 2))

    @workload(name, "expert")
    def expert() -> Step:
        """Horner's form of the quadratic; four dot products for each block."""
        x, y = points(n)
        a, b, c = GUESS
        size = n if n <= 10_000 else BLOCK
        error, weighted, ones = np.empty(size), np.empty(size), np.ones(size)
        add, multiply, subtract = np.add, np.multiply, np.subtract
        parts = []
        for i in range(0, n, size):
            m = min(size, n - i)
            parts.append((x[i : i + m], y[i : i + m], error[:m], weighted[:m], ones[:m]))

        def step() -> Any:
            squares = d_a = d_b = d_c = 0.0
            for x, y, e, t, one in parts:
                multiply(x, a, e)
                add(e, b, e)
                multiply(e, x, e)
                add(e, c, e)
                subtract(e, y, e)
                multiply(e, x, t)
                squares += e.dot(e)
                d_a += t.dot(x)
                d_b += t.dot(one)
                d_c += e.dot(one)
            loss = math.sqrt(squares / n)
            scale = 1 / (n * loss)
            return loss, [d_a * scale, d_b * scale, d_c * scale]

        return step

    jitted(
        name,
        lambda jax, jnp, a, b, c, x, y: jnp.sqrt(jnp.mean((a * x**2 + b * x + c - y) ** 2)),
        lambda: (*GUESS, *points(n)),
        (0, 1, 2),
    )


for n, ending in ((100, "100"), (10_000, "10^4"), (1_000_000, "10^6")):
    fast_quadratic(n, f"quadratic, n = {ending}")

# --- elementwise ----------------------------------------------------------------------------------------------------------

ELEMENTWISE = "elementwise, n = 10^6"
compiled(
    ELEMENTWISE, lambda x: np.sum(np.tanh(x) * np.exp(-x * x) + x / (1 + x * x)), lambda: (LONG,), (0,)
)  # fmt: skip
jitted(
    ELEMENTWISE, lambda jax, jnp, x: jnp.sum(jnp.tanh(x) * jnp.exp(-x * x) + x / (1 + x * x)), lambda: (LONG,), (0,)
)  # fmt: skip


@workload(ELEMENTWISE, "expert")
def elementwise_expert() -> Step:
    """With s = 1 / (1 + x²), the slope of x s is s (2 s - 1), and that of tanh(x) exp(-x²) is exp(-x²) (1 - t (t + 2 x))."""
    slope, rooms = np.empty_like(LONG), np.empty((5, BLOCK))
    add, multiply, subtract = np.add, np.multiply, np.subtract
    parts = []
    for i in range(0, len(LONG), BLOCK):
        x = LONG[i : i + BLOCK]
        parts.append((x, slope[i : i + BLOCK], *rooms[:, : len(x)]))

    def step() -> Any:
        total = 0.0
        for x, g, t, e, s, r, q in parts:
            np.tanh(x, t)
            multiply(x, x, r)
            np.negative(r, e)
            np.exp(e, e)
            add(r, 1.0, s)
            np.reciprocal(s, s)
            total += t.dot(e) + x.dot(s)
            add(t, x, q)
            add(q, x, q)
            multiply(q, t, q)
            subtract(1.0, q, q)
            multiply(q, e, q)
            add(s, s, r)
            subtract(r, 1.0, r)
            multiply(r, s, r)
            add(q, r, g)
        return total, [slope]

    return step


# --- the classifier -------------------------------------------------------------------------------------------------------


def classifier_loss(parameters: Any, x: Any, y: Any) -> Any:
    from tinygrad_lite.nn import functional as F

    w1, b1, w2, b2, w3, b3 = parameters
    h = F.relu(F.linear(x, w1, b1))
    h = F.relu(F.linear(h, w2, b2))
    return F.cross_entropy(F.linear(h, w3, b3), y)


def classifier_in_jax(jax: Any, jnp: Any, parameters: Any, x: Any, y: Any) -> Any:
    w1, b1, w2, b2, w3, b3 = parameters
    h = jax.nn.relu(x @ w1.T + b1)
    z = jax.nn.relu(h @ w2.T + b2) @ w3.T + b3
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], axis=1))


def fast_classifier(rows: int, dtype: Any, name: str) -> None:
    def arguments() -> Any:
        return layers(CLASSIFIER, dtype), *batch(rows, dtype)

    compiled(name, classifier_loss, arguments, 0)
    jitted(name, classifier_in_jax, arguments, 0)

    @workload(name, "expert")
    def expert() -> Step:
        (w1, b1, w2, b2, w3, b3), x, y = arguments()
        h1, h2, d1, d2 = (np.empty((rows, 100), dtype) for _ in range(4))
        z, mask = np.empty((rows, 10), dtype), np.empty((rows, 100), bool)
        slopes = [np.empty_like(p) for p in (w1, b1, w2, b2, w3, b3)]
        ones, ten, every, share = np.ones(rows, dtype), np.ones(10, dtype), np.arange(rows), dtype(1 / rows)
        add, matmul, maximum, multiply = np.add, np.matmul, np.maximum, np.multiply

        def step() -> Any:
            matmul(x, w1.T, h1)
            add(h1, b1, h1)
            maximum(h1, 0, out=h1)
            matmul(h1, w2.T, h2)
            add(h2, b2, h2)
            maximum(h2, 0, out=h2)
            matmul(h2, w3.T, z)
            add(z, b3, z)
            np.subtract(z, z.max(1, keepdims=True), z)
            picked = z[every, y].sum()
            np.exp(z, z)
            sums = z @ ten
            loss = (np.log(sums).sum() - picked) * share
            multiply(z, (share / sums)[:, None], z)
            z[every, y] -= share
            matmul(z.T, h2, slopes[4])
            matmul(ones, z, slopes[5])
            matmul(z, w3, d2)
            np.greater(h2, 0, mask)
            multiply(d2, mask, d2)
            matmul(d2.T, h1, slopes[2])
            matmul(ones, d2, slopes[3])
            matmul(d2, w2, d1)
            np.greater(h1, 0, mask)
            multiply(d1, mask, d1)
            matmul(d1.T, x, slopes[0])
            matmul(ones, d1, slopes[1])
            return loss, slopes

        return step


for rows in (64, 1024):
    for dtype in (np.float32, np.float64):
        fast_classifier(rows, dtype, f"tg.nn, {rows:,} rows, {dtype.__name__}")

# --- two moons ------------------------------------------------------------------------------------------------------------


def moons_arguments() -> Any:
    x, y, parameters = two_moons()
    return parameters, x, y


def moons_loss(parameters: Any, x: Any, y: Any) -> Any:
    from tinygrad_lite.nn import functional as F

    w1, b1, w2, b2, w3, b3 = parameters
    h = F.relu(F.linear(x, w1, b1))
    h = F.relu(F.linear(h, w2, b2))
    scores = F.linear(h, w3, b3)[:, 0]
    return np.mean(F.relu(1 - y * scores)) + DECAY * sum(np.sum(p * p) for p in parameters)


def moons_in_jax(jax: Any, jnp: Any, parameters: Any, x: Any, y: Any) -> Any:
    w1, b1, w2, b2, w3, b3 = parameters
    h = jax.nn.relu(x @ w1.T + b1)
    h = jax.nn.relu(h @ w2.T + b2)
    scores = (h @ w3.T + b3)[:, 0]
    return jnp.mean(jax.nn.relu(1 - y * scores)) + DECAY * sum(jnp.sum(p * p) for p in parameters)


compiled(MOONS, moons_loss, moons_arguments, 0)
jitted(MOONS, moons_in_jax, moons_arguments, 0)


def parts_of(flat: np.ndarray, like: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Views of one long array in the shapes of several."""
    ends = np.cumsum([p.size for p in like])
    return [flat[end - p.size : end].reshape(p.shape) for end, p in zip(ends, like)]


@workload(MOONS, "expert")
def moons_expert() -> Step:
    """All parameters are views of one array, so that the squares of all are one dot product."""
    x, y, parameters = two_moons()
    flat = np.concatenate([p.ravel() for p in parameters])
    slopes, decayed = np.empty_like(flat), np.empty_like(flat)
    w1, b1, w2, b2, w3, b3 = parts_of(flat, parameters)
    s1, t1, s2, t2, s3, t3 = views = parts_of(slopes, parameters)
    n = len(x)
    h1, h2, d1, d2 = (np.empty((n, 16)) for _ in range(4))
    ones, share, y_share, weights = np.ones(n), 1 / n, -y / n, w3[0]
    add, matmul, maximum, multiply = np.add, np.matmul, np.maximum, np.multiply

    def step() -> Any:
        matmul(x, w1.T, h1)
        add(h1, b1, h1)
        maximum(h1, 0, out=h1)
        matmul(h1, w2.T, h2)
        add(h2, b2, h2)
        maximum(h2, 0, out=h2)
        margin = h2.dot(weights)
        margin += b3
        multiply(margin, y, margin)
        np.subtract(1, margin, margin)
        maximum(margin, 0, out=margin)
        loss = margin.dot(ones) * share + DECAY * flat.dot(flat)
        d3 = y_share * (margin > 0)
        h2.T.dot(d3, s3[0])
        t3[0] = d3.dot(ones)
        multiply(d3[:, None], weights, d2)
        multiply(d2, h2 > 0, d2)
        matmul(d2.T, h1, s2)
        matmul(ones, d2, t2)
        matmul(d2, w2, d1)
        multiply(d1, h1 > 0, d1)
        matmul(d1.T, x, s1)
        matmul(ones, d1, t1)
        multiply(flat, 2 * DECAY, decayed)
        add(slopes, decayed, slopes)
        return loss, views

    return step


# --- convolutions ---------------------------------------------------------------------------------------------------------

CONVOLUTIONS = "convolutions, 32 images, float32"


def convolutions_arguments() -> Any:
    x, y, parameters = filters()
    return parameters, x, y


def convolutions_loss(parameters: Any, x: Any, y: Any) -> Any:
    from tinygrad_lite.nn import functional as F

    k1, b1, k2, b2, w, b = parameters
    h = F.max_pool2d(F.relu(F.conv2d(x, k1, b1)), 2)
    h = F.max_pool2d(F.relu(F.conv2d(h, k2, b2)), 2)
    return F.cross_entropy(F.linear(F.flatten(h, 1), w, b), y)


def convolutions_in_jax(jax: Any, jnp: Any, parameters: Any, x: Any, y: Any) -> Any:
    k1, b1, k2, b2, w, b = parameters
    for k, shift in ((k1, b1), (k2, b2)):
        x = jax.nn.relu(jax.lax.conv_general_dilated(x, k, (1, 1), "VALID") + shift[None, :, None, None])
        x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
    z = x.reshape(len(x), -1) @ w.T + b
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), y[:, None], axis=1))


compiled(CONVOLUTIONS, convolutions_loss, convolutions_arguments, 0)
jitted(CONVOLUTIONS, convolutions_in_jax, convolutions_arguments, 0)


def windows(images: np.ndarray) -> np.ndarray:
    """The 3 × 3 windows of images, whose channels come last: (n, rows, columns, 3, 3, channels), without a copy."""
    return np.lib.stride_tricks.sliding_window_view(images, (3, 3), axis=(1, 2)).transpose(0, 1, 2, 4, 5, 3)


def corners(images: np.ndarray) -> list[np.ndarray]:
    """The four pixels of each 2 × 2 square, as four views."""
    size = images.shape[1] // 2 * 2
    return [images[:, i:size:2, j:size:2] for i in (0, 1) for j in (0, 1)]


@workload(CONVOLUTIONS, "expert")
def convolutions_expert() -> Step:
    """Channels last; windows as rows of a matrix; the largest of four by three maxima, before the bias and relu."""
    x, y, (k1, b1, k2, b2, w, b) = filters()
    n, kind = IMAGES, np.float32
    rows1, rows2 = np.empty((n, 26, 26, 3, 3, 1), kind), np.empty((n, 11, 11, 3, 3, 8), kind)
    flat1, flat2 = rows1.reshape(-1, 9), rows2.reshape(-1, 72)
    out1, out2 = np.empty((n, 26, 26, 8), kind), np.empty((n, 11, 11, 16), kind)
    d_out1, d_out2 = np.zeros_like(out1), np.zeros_like(out2)
    pooled1, d_pooled1 = np.empty((n, 13, 13, 8), kind), np.empty((n, 13, 13, 8), kind)
    pooled2, d_rows2 = np.empty((n, 5, 5, 16), kind), np.empty((n * 121, 72), kind)
    mask1, mask2 = np.empty(pooled1.shape, bool), np.empty(pooled2.shape, bool)
    seen1, seen2, back1, back2 = corners(out1), corners(out2), corners(d_out1), corners(d_out2)
    images, ones, ten = windows(x.transpose(0, 2, 3, 1)), np.ones(n, kind), np.ones(10, kind)
    every, share = np.arange(n), kind(1 / n)
    maximum, multiply, equal = np.maximum, np.multiply, np.equal
    d_windows = d_rows2.reshape(n, 11, 11, 3, 3, 8)

    def largest(four: list[np.ndarray], out: np.ndarray) -> None:
        maximum(four[0], four[1], out=out)
        maximum(out, four[2], out=out)
        maximum(out, four[3], out=out)

    def step() -> Any:
        m1, m2 = k1.reshape(8, 9).T, k2.transpose(2, 3, 1, 0).reshape(72, 16)
        rows1[...] = images
        np.matmul(flat1, m1, out1.reshape(-1, 8))
        largest(seen1, pooled1)
        a1 = pooled1 + b1
        maximum(a1, 0, out=a1)
        rows2[...] = windows(a1)
        np.matmul(flat2, m2, out2.reshape(-1, 16))
        largest(seen2, pooled2)
        a2 = pooled2 + b2
        maximum(a2, 0, out=a2)
        flat = a2.transpose(0, 3, 1, 2).reshape(n, 400)
        z = flat @ w.T
        z += b
        z -= z.max(1, keepdims=True)
        picked = z[every, y].sum()
        np.exp(z, z)
        sums = z @ ten
        loss = (np.log(sums).sum() - picked) * share
        z *= (share / sums)[:, None]
        z[every, y] -= share
        d_w, d_b = z.T @ flat, ones @ z
        d_a2 = (z @ w).reshape(n, 16, 5, 5).transpose(0, 2, 3, 1) * (a2 > 0)
        d_b2 = d_a2.reshape(-1, 16).sum(0)
        for four, back in zip(seen2, back2):
            equal(four, pooled2, mask2)
            multiply(d_a2, mask2, back)
        d2 = d_out2.reshape(-1, 16)
        d_k2 = (flat2.T @ d2).reshape(3, 3, 8, 16).transpose(3, 2, 0, 1)
        np.matmul(d2, m2.T, d_rows2)
        d_pooled1.fill(0)
        for i in range(3):
            for j in range(3):
                d_pooled1[:, i : i + 11, j : j + 11] += d_windows[:, :, :, i, j]
        np.greater(a1, 0, mask1)
        multiply(d_pooled1, mask1, d_pooled1)
        d_b1 = d_pooled1.reshape(-1, 8).sum(0)
        for four, back in zip(seen1, back1):
            equal(four, pooled1, mask1)
            multiply(d_pooled1, mask1, back)
        d_k1 = (flat1.T @ d_out1.reshape(-1, 8)).reshape(3, 3, 1, 8).transpose(3, 2, 0, 1)
        return loss, [d_k1, d_b1, d_k2, d_b2, d_w, d_b]

    return step
