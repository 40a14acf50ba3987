"""Fit a million points: with the gradient by hand, by the engine, compiled, and by PyTorch and JAX where they are installed.

    python examples/faster.py
    python examples/faster.py --quick                  100,000 points
    python examples/faster.py --points 10_000_000

All take the same steps down the same loss, so they find the same curve. Only the time of a step differs. All use one thread.

Flows in: the options. Flows out: a table with the time of a step, and a picture of the loss over time.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description="The same fit by hand, by the engine, compiled, and by other libraries.")
    option = parser.add_argument
    option("--points", type=int, metavar="N", help="how many points to fit (1,000,000)")
    option("--steps", type=int, default=25, metavar="N", help="how many steps each takes (25)")
    option("--out", type=Path, default="output/faster", metavar="DIR", help="folder (output/faster)")
    option("--quick", action="store_true", help="100,000 points")
    return parser


for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # one thread; read when NumPy is imported
    os.environ.setdefault(variable, "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

try:
    import matplotlib.pyplot as plt
    import numpy as np

    import tinygrad_lite as tg
except ImportError as error:
    options().parse_known_args()  # answers --help
    sys.exit(f"This example needs {error.name}. In the project's folder, run: python -m pip install -e '.[examples]'")

START = np.array([1.5, 1.3, 0.4])
RATE = 0.1


def points(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Points near the curve 3x² + 2x + 1."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, n)
    return x, 3 * x**2 + 2 * x + 1 + rng.normal(0, 0.3, n)


def rmse(a: Any, b: Any, c: Any, x: Any, y: Any) -> Any:
    """The loss: how far the quadratic with these a, b and c is from the points."""
    error = a * x**2 + b * x + c - y
    return np.sqrt(np.mean(error**2))


# --- The ways to compute the loss and its gradient -------------------------------------------------------------------------

Gradient = Callable[[np.ndarray], tuple[Any, Any]]  # of a, b and c: the loss, and its three derivatives


def by_hand(x: np.ndarray, y: np.ndarray) -> Gradient:
    """As in a textbook."""

    def gradient(params: np.ndarray) -> Any:
        a, b, c = params
        error = a * x**2 + b * x + c - y
        loss = np.sqrt(np.mean(error**2))
        return loss, (np.mean(error * x**2) / loss, np.mean(error * x) / loss, np.mean(error) / loss)

    return gradient


def engine(x: np.ndarray, y: np.ndarray) -> Gradient:
    """With Tensors and a backward pass."""

    def gradient(params: np.ndarray) -> Any:
        a, b, c = (tg.Tensor(p) for p in params)
        loss = rmse(a, b, c, x, y)
        loss.backward()
        return loss.item(), (a.grad, b.grad, c.grad)

    return gradient


def compiled(x: np.ndarray, y: np.ndarray) -> Gradient:
    """By `tg.compile`, which writes a NumPy program in the first call."""
    f = tg.compile(rmse, argnums=(0, 1, 2))
    return lambda params: f(*params.tolist(), x, y)


def pytorch(x: np.ndarray, y: np.ndarray) -> Gradient:
    """By PyTorch, with one thread."""
    import torch

    torch.set_num_threads(1)
    xs, ys = torch.from_numpy(x), torch.from_numpy(y)

    def gradient(params: np.ndarray) -> Any:
        a, b, c = leaves = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in params.tolist()]
        loss = torch.sqrt(torch.mean((a * xs**2 + b * xs + c - ys) ** 2))
        return loss.item(), torch.autograd.grad(loss, leaves)

    return gradient


def jax_jit(x: np.ndarray, y: np.ndarray) -> Gradient:
    """By JAX, which compiles machine code in the first call."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def loss(a: Any, b: Any, c: Any, x: Any, y: Any) -> Any:
        return jnp.sqrt(jnp.mean((a * x**2 + b * x + c - y) ** 2))

    f, xs, ys = jax.jit(jax.value_and_grad(loss, (0, 1, 2))), jnp.asarray(x), jnp.asarray(y)
    return lambda params: jax.block_until_ready(f(*params.tolist(), xs, ys))


WAYS = {"by hand": by_hand, "engine": engine, "compiled": compiled, "PyTorch": pytorch, "JAX, jit": jax_jit}
NEEDS = {"PyTorch": "torch", "JAX, jit": "jax"}


class Fit(NamedTuple):
    """A way down: a, b and c at its end; the loss before each step, and the seconds of each; those of the first call."""

    params: np.ndarray
    losses: list[float]
    seconds: list[float]
    first: float

    @property
    def step(self) -> float:
        """The seconds of a step: the median."""
        return float(np.median(self.seconds))


def fit(way: Callable[..., Gradient], x: np.ndarray, y: np.ndarray, steps: int) -> Fit:
    """Gradient descent, with a clock."""
    gradient = way(x, y)
    start = time.perf_counter()
    gradient(START)  # compiles, if it is a compiler
    first = time.perf_counter() - start
    params, losses, seconds = START, [], []
    for _ in range(steps):
        start = time.perf_counter()
        loss, slopes = gradient(params)
        params = params - RATE * np.array([float(slope) for slope in slopes])
        seconds.append(time.perf_counter() - start)
        losses.append(float(loss))
    return Fit(params, losses, seconds, first)


# --- The picture ----------------------------------------------------------------------------------------------------------

COLOURS = {"by hand": "#777777", "engine": "#D55E00", "compiled": "#0072B2", "PyTorch": "#009E73", "JAX, jit": "#CC79A7"}


def draw(file: Path, fits: dict[str, Fit], n: int) -> None:
    """On the left the time of a step; on the right the loss over time."""
    figure, (bars, lines) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained", width_ratios=(4, 5))
    for row, (name, found) in enumerate(fits.items()):
        bars.barh(row, found.step * 1e3, color=COLOURS[name])
        bars.annotate(f" {found.step * 1e3:,.1f} ms", (found.step * 1e3, row), va="center")
        lines.plot(ends := np.cumsum(found.seconds), found.losses, color=COLOURS[name], label=name, linewidth=2)
        lines.plot(ends[-1], found.losses[-1], "o", color=COLOURS[name])
    bars.set_yticks(range(len(fits)), fits)
    bars.invert_yaxis()
    bars.set_xlim(0, 1.25e3 * max(found.step for found in fits.values()))
    bars.set_title(f"one step with {n:,} points", fontsize=10)
    bars.set_xlabel("milliseconds")
    lines.set(xlabel="seconds", ylabel="loss (RMSE)", ylim=(0, None), xlim=(0, None))
    lines.set_title(f"the loss during {len(found.losses)} steps (a dot: the last)", fontsize=10)
    lines.legend(frameon=False)
    for axes in (bars, lines):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=110)
    plt.close(figure)


def main(argv: Sequence[str] | None = None) -> int:
    """Fit in each way, tell how long a step takes, and draw it."""
    parser = options()
    args = parser.parse_args(argv)
    n = args.points if args.points is not None else 100_000 if args.quick else 1_000_000
    if n < 3:
        parser.error("--points: take at least 3, better 1000000; fewer points do not say which quadratic it is")
    if args.steps < 1:
        parser.error("--steps: take at least 1, better 25")
    try:
        args.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--out: cannot write into {args.out}: {error.strerror}")
    x, y = points(n)
    print(f"Fit 3x² + 2x + 1 to {n:,} points in {args.steps} steps, with one thread:\n")
    print(f"{'':10}{'first call':>12}{'a step':>12}   by hand = 1   a, b, c at the end")
    fits: dict[str, Fit] = {}
    for name, way in WAYS.items():
        if name in NEEDS and importlib.util.find_spec(NEEDS[name]) is None:
            print(f"{name:10}is not installed")
            continue
        found = fits[name] = fit(way, x, y, args.steps)
        share = found.step / fits["by hand"].step
        ends = ", ".join(f"{p:.6f}" for p in found.params)
        print(f"{name:10}{found.first * 1e3:>9,.1f} ms{found.step * 1e3:>9,.2f} ms{share:>11.2f}      {ends}")
    draw(args.out / "faster.png", fits, n)
    print(f"\nThe picture is {args.out / 'faster.png'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
