"""Shows the progress of a training: a bar on a terminal, a line for each epoch elsewhere, or nothing.

Flows in: the number of each batch, and the row of each epoch. Flows out: text on the screen.
"""

from __future__ import annotations

import importlib.util
import sys
from typing import Any


class Silent:
    """Shows nothing, and has the methods of the others."""

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs

    def __enter__(self) -> Silent:
        return self

    def __exit__(self, *error: Any) -> None:
        pass

    def batch(self, epoch: int, part: float | None) -> None:
        """A batch is done, and with it this part of its epoch, if that is known."""

    def epoch(self, row: dict[str, Any], seconds_left: float) -> None:
        """An epoch is done."""


class Lines(Silent):
    """A line for each epoch."""

    def epoch(self, row: dict[str, Any], seconds_left: float) -> None:
        left = f"  {duration(seconds_left)} left" if row["epoch"] < self.epochs else ""
        print(f"{in_words(row, self.epochs)}  {duration(row['seconds'])}{left}", flush=True)


class Bar(Silent):
    """A bar that grows with each batch, with the figures of the last epoch beside it."""

    def __init__(self, epochs: int) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        super().__init__(epochs)
        left = [TextColumn("left:"), TimeRemainingColumn()]
        self.progress = Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), *left)
        self.task = self.progress.add_task(f"epoch 1/{epochs}", total=epochs)

    def __enter__(self) -> Bar:
        self.progress.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self.progress.stop()

    def batch(self, epoch: int, part: float | None) -> None:
        if part is not None:
            self.progress.update(self.task, completed=epoch - 1 + part)

    def epoch(self, row: dict[str, Any], seconds_left: float) -> None:
        self.progress.update(self.task, completed=row["epoch"], description=in_words(row, self.epochs))


def reporter(progress: bool | None, epochs: int) -> Silent:
    """What shows the progress: nothing if it is False; a bar on a terminal that `rich` can draw on; otherwise lines."""
    if progress is False:
        return Silent(epochs)
    with_rich = importlib.util.find_spec("rich") is not None
    return Bar(epochs) if with_rich and sys.stdout.isatty() else Lines(epochs)


def in_words(row: dict[str, Any], epochs: int) -> str:
    """The figures of an epoch in a line."""
    width = len(str(epochs))
    names = [name for name in row if name not in ("epoch", "learning_rate", "seconds") and row[name] is not None]
    figures = [f"{name.replace('_', ' ')} {row[name]:#.4g}" for name in names]  # with zeros at the end, one below the other
    return "  ".join([f"epoch {row['epoch']:{width}}/{epochs}", *figures])


def duration(seconds: float) -> str:
    """How long, for a reader.

    >>> [duration(seconds) for seconds in (0.034, 2.31, 75, 7260)]
    ['0.03 s', '2.3 s', '1:15 min', '2:01 h']
    """
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    big, small = divmod(round(seconds) if seconds < 3600 else round(seconds / 60), 60)
    return f"{big}:{small:02} {'min' if seconds < 3600 else 'h'}"
