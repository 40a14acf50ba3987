"""Descend the curved valley of Rosenbrock's function by gradient descent, momentum, Newton's method, and SciPy's minimize.

    python -m pip install -e '.[examples,scipy]'
    python examples/newton.py

The function (1 - x)² + 100 (y - x²)² has a valley along y = x². Its lowest point, with the value 0, is at (1, 1). The valley
is a hundred times steeper across than along. The gradient points across the valley, so gradient descent makes slow progress
along it. Newton's method also uses the Hessian, the derivative of the gradient, which tg.hessian computes.

Flows in: where to start. Flows out: a table, and a picture of the paths.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def options() -> argparse.ArgumentParser:
    """What can be asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--start", type=float, nargs=2, default=(-1.2, 1.0), metavar=("X", "Y"))
    parser.add_argument("--steps", type=int, default=20_000, help="at most (default 20000)")
    parser.add_argument("--out", type=Path, default=Path("output"), help="folder for the picture (default: output)")
    return parser


try:
    import matplotlib.pyplot as plt
    import numpy as np
    import scipy  # noqa: F401, for tg.minimize
    from rich import box
    from rich.console import Console
    from rich.table import Table

    import tinygrad_lite as tg
except ImportError as error:
    options().parse_known_args()  # answers --help
    sys.exit(f"This example needs {error.name}. In the project's folder, run: python -m pip install -e '.[examples,scipy]'")


def rosenbrock(p: Any) -> Any:
    """Rosenbrock (1960); in any dimension, here in two."""
    return np.sum((1 - p[:-1]) ** 2 + 100 * (p[1:] - p[:-1] ** 2) ** 2)


slope, curvature = tg.grad(rosenbrock), tg.hessian(rosenbrock)

# --- four ways down: each yields its position after every step --------------------------------------------------------


def gradient_descent(p: np.ndarray, rate: float = 0.001) -> Iterator[np.ndarray]:
    while True:
        yield p
        p = p - rate * slope(p)


def momentum(p: np.ndarray, rate: float = 0.001, keep: float = 0.9) -> Iterator[np.ndarray]:
    """A ball that rolls: of each step it keeps nine tenths (Polyak 1964)."""
    step = np.zeros_like(p)
    while True:
        yield p
        step = keep * step - rate * slope(p)
        p = p + step


def newton(p: np.ndarray) -> Iterator[np.ndarray]:
    """To the lowest point of the parabola that has this value, slope and curvature; half as far as long as that is uphill."""
    while True:
        yield p
        step = -np.linalg.solve(curvature(p), slope(p))
        while rosenbrock(p + step) > rosenbrock(p):
            step = step / 2
        p = p + step


def scipys(p: np.ndarray) -> Iterator[np.ndarray]:
    """trust-ncg: like Newton, but it never trusts the parabola further than that has proved right."""
    path = [p]
    tg.minimize(rosenbrock, p, method="trust-ncg", tol=1e-10, callback=lambda p: path.append(np.array(p)))
    yield from path


WAYS = {
    "gradient descent": (gradient_descent, "#D55E00", ""),
    "momentum": (momentum, "#A86F00", ""),
    "Newton": (newton, "#0072B2", "o"),
    "minimize, trust-ncg": (scipys, "#007A5A", "o"),
}


def walk(way: Any, start: np.ndarray, limit: int, close: float = 1e-8) -> np.ndarray:
    """The positions until the function is below `close`, or for `limit` steps."""
    path = []
    for p in way(start):
        path.append(p)
        if rosenbrock(p) < close or len(path) > limit:
            break
    return np.array(path)


# --- what is shown ----------------------------------------------------------------------------------------------------


def picture(paths: dict[str, np.ndarray], file: Path) -> None:
    """Each path on a map of the function."""
    figure, panels = plt.subplots(2, 2, figsize=(10, 7), sharex=True, sharey=True, constrained_layout=True)
    points = np.concatenate(list(paths.values()))
    low, high = np.minimum(points.min(0), [-1.5, -0.4]) - 0.1, np.maximum(points.max(0), [1.4, 1.4]) + 0.1
    x, y = np.meshgrid(np.linspace(low[0], high[0], 400), np.linspace(low[1], high[1], 400))
    height = (1 - x) ** 2 + 100 * (y - x**2) ** 2
    for axes, (name, path) in zip(panels.flat, paths.items()):
        _, colour, marker = WAYS[name]
        axes.contour(x, y, height, levels=np.logspace(-1, 3.5, 10), colors="0.8", linewidths=0.8)
        axes.plot(*path.T, color=colour, marker=marker, markersize=5, linewidth=1.5)
        axes.plot(*path[0], "k>", markersize=8)
        axes.plot(1, 1, "k*", markersize=13)
        axes.set_title(f"{name}: {len(path) - 1:,} steps", color=colour, fontweight="bold")
        axes.spines[["top", "right"]].set_visible(False)
    figure.supxlabel("from ▶, for the lowest point ★; a grey line is a height, ten of them from 0.1 to 3,000")
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=150)
    plt.close(figure)


def main() -> None:
    args = options().parse_args()
    start = np.array(args.start)

    paths = {name: walk(way, start, args.steps) for name, (way, *_) in WAYS.items()}
    table = Table("", "steps", "x", "y", "value", box=box.HORIZONTALS)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, path in paths.items():
        table.add_row(name, f"{len(path) - 1:,}", *(f"{v:.6f}" for v in path[-1]), f"{rosenbrock(path[-1]):.1e}")
    console = Console()
    console.print(f"\nFrom ({start[0]:g}, {start[1]:g}) until the value is below 1e-8:\n")
    console.print(table)
    file = args.out / "newton.png"
    picture(paths, file)
    console.print(f"The paths are drawn in {file}.")


if __name__ == "__main__":
    main()
