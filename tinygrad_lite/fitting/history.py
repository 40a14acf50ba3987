"""A History has the numbers of each epoch of a training, as a table, a picture, and plain lists.

Flows in: a row of numbers for each epoch. Flows out: columns, as lists; text, HTML, CSV, JSON; a plot.
"""

from __future__ import annotations

import csv
import html
import io
import json
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .. import messages
from ..views.player.player import page_path
from ..views.training.training import training_text
from .plotting import plot
from .scene import Scene

SHOWN = 12  # rows of a longer table: the first and the last ones


class History(Mapping[str, list[Any]]):
    """The numbers of a training, as `fit` returns them: a dict of lists with one number for each epoch.

    ``history["loss"]`` is the mean loss of the batches of each epoch, while the model changed. With validation data there are
    ``history["validation_loss"]`` and a column for each metric, both of the model after the epoch. The other columns are
    ``"epoch"``, counted from 1, ``"learning_rate"`` at the beginning of the epoch, and ``"seconds"``.

    epochs:       how many epochs there are
    snapshots:    the results of `snapshot`, before the training and after each epoch. None for an epoch without a snapshot
    interrupted:  True if Ctrl-C ended the training
    scene:        with ``snapshot=True``, the model as it is drawn: ``scene.axes`` are the places where it was computed
    broken:       where a number that is not finite ended the training: "Epoch 3, batch 7: the loss is nan"; otherwise empty

    >>> history = History()
    >>> history.add(epoch=1, loss=0.5, accuracy=0.75)
    >>> history.add(epoch=2, loss=0.25, accuracy=0.875)
    >>> history["loss"]
    [0.5, 0.25]
    >>> history
    epoch  loss  accuracy
        1   0.5      0.75
        2  0.25     0.875
    """

    def __init__(self, columns: Mapping[str, list[Any]] | None = None) -> None:
        self.columns: dict[str, list[Any]] = {name: list(column) for name, column in (columns or {}).items()}
        self.snapshots: list[np.ndarray | None] = []
        self.scene: Scene | None = None  # what they show, if they are those of snapshot=True
        self.interrupted = False
        self.broken = ""

    def add(self, **row: float) -> None:
        """One more epoch. A column that is new begins with None for the epochs before it."""
        count = self.epochs
        for name in {**self.columns, **row}:
            self.columns.setdefault(name, [None] * count).append(row.get(name))

    @property
    def epochs(self) -> int:
        return max(map(len, self.columns.values()), default=0)

    def __getitem__(self, name: str) -> list[Any]:
        return self.columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def seconds_left(self, epochs: int) -> float:
        """How long the rest of so many epochs will take, if each takes as long as those before."""
        return sum(self["seconds"]) / self.epochs * (epochs - self.epochs)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The numbers of each epoch, in the order of the columns."""
        return zip(*self.columns.values())

    # --- to look at ---------------------------------------------------------------------------------------------------

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Draw the losses, and next to them the metrics, with Matplotlib.

        path:  the name of a file, such as ``"loss.png"`` or ``"loss.svg"``. Without it, the picture is drawn with pyplot,
               for a notebook or for ``plt.show()``, and its axes are returned

        The scale of the losses is logarithmic if they span more than a factor of 20. Raises ImportError without Matplotlib.
        """
        return plot(self.columns, path)

    def page(self, path: str | os.PathLike[str], title: str | None = None, note: str | None = None) -> Path:
        """Write a page that plays the training, epoch by epoch; return the path of the file.

        path:   the file to write, .html; any browser opens it, without a network
        title:  the headline
        note:   a line next to it; by default, the number of epochs, and the loss at the beginning and at the end

        The page always shows the loss and the metrics. If the training was run with ``snapshot=True``, and the model has one
        input, the page shows its curve and the data; if it has two, a field of colours: the class that it decides for, or
        its output. If there are more than 200 epochs, the page has about 200 of them, evenly chosen, including the first and
        the last. It has some 100 kB with a curve, and at most 1 MB with a field.

        Raises ValueError for another suffix, and if there is no epoch yet; FileNotFoundError if there is no such folder.

        >>> import tempfile, numpy as np, tinygrad_lite as tg
        >>> from tinygrad_lite import nn, optim
        >>> x, w = np.linspace(-1, 1, 20), tg.Tensor(0.0)
        >>> optimizer = optim.SGD([w], lr=0.2)
        >>> history = tg.fit(lambda x: w * x, (x, 2 * x), nn.mse_loss, optimizer, snapshot=True, progress=False)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     page = history.page(Path(folder) / "training.html", title="A line")
        ...     page.name, "<h1>A line</h1>" in page.read_text(encoding="utf-8")
        ('training.html', True)
        """
        path = page_path(path, "History.page()")
        if not self.epochs:
            raise messages.nothing_to_play()
        columns = self.columns if "epoch" in self.columns else {"epoch": list(range(1, self.epochs + 1)), **self.columns}
        snapshots = [*self.snapshots, *[None] * (self.epochs + 1 - len(self.snapshots))]
        picture = self.scene.picture(snapshots) if self.scene else None
        path.write_bytes(training_text(columns, picture, title, note, self.remark()).encode())
        return path

    def __repr__(self) -> str:
        rows = [tuple(map(str, self.columns)), *self.shown()]
        widths = [max(map(len, column)) for column in zip(*rows)]
        lines = ["  ".join(map(str.rjust, row, widths)) for row in rows]
        return "\n".join([*lines, *self.remark()]) if self.columns else "\n".join(["(no epoch yet)", *self.remark()])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.columns)
        rows = ["".join(f"<td>{html.escape(text)}</td>" for text in row) for row in self.shown()]
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        note = "".join(f"<p>{html.escape(text)}</p>" for text in self.remark())
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"

    def shown(self) -> list[tuple[str, ...]]:
        """The rows as they are shown: numbers with four digits; of many rows the first and the last."""
        rows = [tuple(shown(value) for value in row) for row in self.rows()]
        if len(rows) <= SHOWN:
            return rows
        half = SHOWN // 2
        return [*rows[:half], ("…",) * len(self.columns), *rows[-half:]]

    def remark(self) -> list[str]:
        return ["interrupted by Ctrl-C"] * self.interrupted + [self.broken] * bool(self.broken)

    # --- for other programs -------------------------------------------------------------------------------------------

    def to_csv(self, path: str | os.PathLike[str] | None = None) -> str | None:
        """Write the table as a CSV file, all digits of each number; without `path`, return the text."""
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(["" if value is None else value for value in row] for row in self.rows())
        return written(file.getvalue(), path)

    def to_json(self, path: str | os.PathLike[str] | None = None) -> str | None:
        """Write the columns as JSON, a list for each name; without `path`, return the text. nan and inf become null."""
        columns = {name: [finite(value) for value in column] for name, column in self.columns.items()}
        return written(json.dumps(columns, allow_nan=False), path)


def written(text: str, path: Any) -> str | None:
    if path is None:
        return text
    Path(path).write_text(text, encoding="utf-8", newline="")
    return None


def finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def shown(value: Any) -> str:
    """A number with four digits, or nothing."""
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
