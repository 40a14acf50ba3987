"""Descend the same loss in five ways: with steps that are too small, right, and too large; with momentum; and with Adam.

    python examples/learning_rates.py
    python examples/learning_rates.py --lr 0.0076 --momentum 0.5       a run of your own

The curve is 5x² − 3x + 3, as in the first example, and only a and b are unknown, so that the loss is a landscape that can be
drawn: one point for each pair of a and b, and a contour line through all points with the same loss. The landscape is a long
valley, 15 times as steep across as along. A learning rate has to be small enough for the steep direction, and is then slow in
the flat direction. The picture shows all five paths.

Flows in: the options. Flows out: a table with the steps that each needs, and a picture of the paths.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description="Too small, right, too large: learning rates, momentum and Adam.")
    option = parser.add_argument
    option("--lr", type=float, metavar="R", help="run plain descent with this learning rate instead of the five")
    option("--momentum", type=float, default=0.0, metavar="M", help="with --lr: the momentum, from 0 to below 1 (0)")
    option("--steps", type=int, default=3000, metavar="N", help="the largest number of steps (3000)")
    option("--out", type=Path, default="output/learning_rates", metavar="DIR", help="folder (output/learning_rates)")
    option("--quick", action="store_true", help="at most 500 steps")
    return parser


try:
    import matplotlib.pyplot as plt
    import numpy as np

    import tinygrad_lite as tg
    from tinygrad_lite import data, nn, optim
except ImportError as error:
    options().parse_known_args()  # answers --help
    sys.exit(f"This example needs {error.name}. In the project's folder, run: python -m pip install -e '.[examples]'")

x, y = data.quadratic(100)  # points of 5x² − 3x + 3
START, MINIMUM = np.array([2.0, 3.0]), np.array([5.0, -3.0])


def loss_at(a: Any, b: Any) -> Any:
    """The mean squared error of the quadratic with these a and b. That c is 3 is known here."""
    return nn.mse_loss(a * x**2 + b * x + 3, y)


# --- Going down -----------------------------------------------------------------------------------------------------------

WAYS: dict[str, tuple[Any, dict[str, float]]] = {
    "too small": (optim.SGD, {"lr": 0.0005}),
    "right": (optim.SGD, {"lr": 0.0072}),
    "too large": (optim.SGD, {"lr": 0.0078}),
    "momentum": (optim.SGD, {"lr": 0.0072, "momentum": 0.5}),
    "Adam": (optim.Adam, {"lr": 0.3}),
}


def descend(kind: Any, settings: dict[str, float], steps: int = 3000) -> np.ndarray:
    """The path from the start: a and b after each step, until they are found, or too far away, or the steps are used up."""
    a, b = tg.Tensor(START[0]), tg.Tensor(START[1])
    optimizer = kind([a, b], **settings)
    path = [START]
    while len(path) <= steps and 1e-6 < distance(path[-1]) < 1e6:
        optimizer.zero_grad()
        loss_at(a, b).backward()
        optimizer.step()
        path.append(np.array([a.item(), b.item()]))
    return np.array(path)


def distance(point: np.ndarray) -> Any:
    """How far a or b is from the minimum, whichever is further."""
    return np.abs(point - MINIMUM).max(axis=-1)


def outcome(path: np.ndarray) -> str:
    """The result of a path, in words."""
    steps, end = len(path) - 1, distance(path[-1])
    if end <= 1e-6:
        return f"found after {steps:,} steps"
    return f"diverged: {end:.0e} away after {steps:,} steps" if end >= 1e6 else f"still {end:.2g} away after {steps:,} steps"


# --- The picture ----------------------------------------------------------------------------------------------------------

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#777777"


def draw_path(axes: Any, title: str, path: np.ndarray) -> None:
    """One path on the contours of the loss, from the circle to the cross, as far as it stays in the picture."""
    a, b = np.meshgrid(np.linspace(1.2, 8.8, 80), np.linspace(-7, 4, 80))
    heights = ((a[..., None] * x**2 + b[..., None] * x + 3 - y) ** 2).mean(axis=-1)
    axes.contour(a, b, heights, levels=np.geomspace(4, 1600, 9), colors="#AAAAAA", linewidths=0.8)
    gone = np.flatnonzero(np.abs(path[:, 0] - 5) > 3.8)
    shown = path[: gone[0] + 1] if len(gone) else path
    axes.plot(*shown.T, "-o", color=BLUE, markersize=2.5, linewidth=1)
    axes.plot(*START, "o", color="white", markeredgecolor=BLUE, markersize=8)
    axes.plot(*MINIMUM, "x", color=ORANGE, markersize=9, markeredgewidth=2.5)
    axes.set_title(title, fontsize=10)
    axes.set(xlim=(1.2, 8.8), ylim=(-7, 4), xlabel="a", ylabel="b")


def draw_distances(axes: Any, paths: dict[str, np.ndarray]) -> None:
    """How far each is from the minimum after each step, with its name beside its line."""
    for (name, path), colour in zip(paths.items(), [GREY, BLUE, ORANGE, "#009E73", "black"]):
        far = distance(path)[:300]
        axes.semilogy(far, color=colour)
        if far[-1] <= 1e-6:
            axes.annotate(name, (len(far), 3e-7), color=colour, ha="center", va="top")
        else:
            axes.annotate(name, (len(far) * 0.6, far[int(len(far) * 0.6)] * 4), color=colour, ha="right", va="bottom")
    axes.axhline(1e-6, color=GREY, linewidth=0.8, linestyle=":")
    axes.set_title("distance from the minimum", fontsize=10)
    axes.set(xlabel="step", xlim=(0, 300), ylim=(2e-8, 1e4))


def draw(file: Path, paths: dict[str, np.ndarray], titles: dict[str, str]) -> None:
    """A panel for each path, and one with the distances of all."""
    rows, columns = (2, 3) if len(paths) > 1 else (1, 2)
    figure, panels = plt.subplots(rows, columns, figsize=(3.6 * columns, 3.8 * rows), layout="constrained")
    for axes, (name, path) in zip(panels.flat, paths.items()):
        draw_path(axes, f"{name}\n{titles[name]}", path)
    draw_distances(panels.flat[-1], paths)
    figure.savefig(file, dpi=110)
    plt.close(figure)


def main(argv: Sequence[str] | None = None) -> int:
    """Go down in each way, tell what came of it, and draw the paths."""
    parser = options()
    args = parser.parse_args(argv)
    if args.lr is not None and not 0 < args.lr < np.inf:
        parser.error("--lr: take a number above 0, such as 0.005")
    if not 0 <= args.momentum < 1:
        parser.error("--momentum: take a number from 0 to below 1, such as 0.9; with 1, the steps never lose their effect")
    if args.steps < 1:
        parser.error("--steps: take at least 1, better 3000")
    try:
        args.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--out: cannot write into {args.out}: {error.strerror}")
    ways = {"yours": (optim.SGD, {"lr": args.lr, "momentum": args.momentum})} if args.lr else WAYS
    print("From (2, 3) to the minimum at (5, −3), to 6 digits after the point:\n")
    paths, titles = {}, {}
    for name, (kind, settings) in ways.items():
        titles[name] = f"{kind.__name__}({', '.join(f'{key}={value}' for key, value in settings.items())})"
        paths[name] = descend(kind, settings, 500 if args.quick else args.steps)
        print(f"{name:9}  {titles[name]:28}  {outcome(paths[name])}")
    draw(args.out / "paths.png", paths, titles)
    print(f"\nThe paths are in {args.out / 'paths.png'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
