"""Draws a history as a picture: the losses on the left, the metrics on the right.

Flows in: the columns of a `History`. Flows out: axes of Matplotlib, or a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import messages

COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"]  # of Okabe and Ito (2008), for all eyes
DASHES = ["-", "--", "-.", ":"]  # so that the lines differ without colour, too
LOSSES = {"loss": "training", "validation_loss": "validation"}
NOT_DRAWN = {"epoch", "learning_rate", "seconds", *LOSSES}
SPAN = 20  # a factor between losses that is drawn on a logarithmic scale


def plot(columns: Mapping[str, list[Any]], path: Any) -> Any:
    """Draw the columns into a file, or into a figure whose axes are returned."""
    try:
        from matplotlib import pyplot
        from matplotlib.figure import Figure
    except ImportError as error:
        raise messages.not_installed("History.plot", "Matplotlib", "examples") from error
    losses = {LOSSES[name]: columns[name] for name in LOSSES if name in columns}
    metrics = {name: column for name, column in columns.items() if name not in NOT_DRAWN}
    size = (10, 4) if metrics else (6, 4)
    figure = pyplot.figure(figsize=size, layout="constrained") if path is None else Figure(size, layout="constrained")
    axes = [figure.add_subplot(1, 1 + bool(metrics), 1)]
    draw(axes[0], columns["epoch"] if columns else [], losses, "loss")
    numbers = [value for column in losses.values() for value in column if value is not None]
    if numbers and min(numbers) > 0 and max(numbers) > SPAN * min(numbers):
        axes[0].set_yscale("log")
    if metrics:
        axes.append(figure.add_subplot(1, 2, 2))
        title = next(iter(metrics)) if len(metrics) == 1 else "metrics"
        draw(axes[1], columns["epoch"], metrics, f"{title}, validation", 1)  # in the colour of the validation loss
    if path is None:
        return axes
    figure.savefig(path, dpi=150)
    return None


def draw(axes: Any, epochs: list[int], lines: Mapping[str, list[Any]], title: str, style: int = 0) -> None:
    """Lines over the epochs, with their names; the first has this style."""
    for i, (name, numbers) in enumerate(lines.items(), style):
        points = [(epoch, number) for epoch, number in zip(epochs, numbers) if number is not None]
        marker = "o" if len(points) < 20 else ""
        axes.plot(
            *zip(*points), label=name, color=COLOURS[i % len(COLOURS)], linestyle=DASHES[i % len(DASHES)], linewidth=1.8,
            marker=marker, markersize=4,
        )  # fmt: skip
    axes.set_xlabel("epoch")
    axes.set_ylabel(title)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(color="0.9", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    if len(lines) > 1:
        axes.legend(frameon=False)
