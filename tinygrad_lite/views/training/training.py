"""Writes a page that plays a training, epoch by epoch: the outputs of the model, next to the loss and the metrics.

Flows in: the columns of a `History`, and a `Curve` or a `Field`, all plain data. Flows out: a file. `player/` has the frame
and the controls, `pictures.py` and `charts.py` draw. The page contains the last state; `training.js` shows the others::

    training.html   the parts of the page       training.css   how they look       training.js   how an epoch is shown
"""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence
from string import Template
from typing import Any

import numpy as np

from ..player.player import asset, page_text
from ..words import number
from .charts import chart
from .pictures import Curve, Drawn, Field
from .plots import Axis

MOST_STEPS = 201  # 200 epochs, and before them; of a longer training so many are chosen evenly, with the first and the last
MOST_CHARTS = 4  # metrics with a chart of their own; the numbers of the others are there, too
LOSSES = {"loss": "training", "validation_loss": "validation"}
LASTS = 12_000  # milliseconds in which all is played, if an epoch is then neither too fast nor too slow to be seen


def training_text(
    columns: Mapping[str, Sequence[Any]], picture: Curve | Field | None, title: str | None, note: str | None,
    remarks: Sequence[str] = (),
) -> str:  # fmt: skip
    """The text of the page.

    columns: numbers for each epoch by their names; "epoch" counts them, "loss" and "validation_loss" are drawn together
    picture: has one state more than there are epochs: the first is that before the training
    note:    a line below the headline, instead of how many epochs there were and what came of the loss
    remarks: what else is said there
    """
    epochs = [int(epoch) for epoch in columns["epoch"]]
    before = [] if picture is None else [-1]  # what row the state before the training is: none
    every = [*before, *range(len(epochs))]
    chosen = [every[i] for i in np.unique(np.linspace(0, len(every) - 1, min(len(every), MOST_STEPS)).round().astype(int))]
    numbers = [epochs[row] if row >= 0 else epochs[0] - 1 for row in chosen]
    drawn = Drawn("", {}, [""] * len(chosen))
    if picture is not None:
        states = [picture.states[row + 1] for row in chosen]
        drawn = picture._replace(states=states).drawn()
        known = np.cumsum([state is not None for state in states]) - 1
        drawn.data["frames"] = [int(k) if state is not None else -1 for k, state in zip(known, states)]
    charts = charts_of(columns, epochs, numbers, chosen)
    shown = [name for name in columns if name not in ("epoch", "seconds")]
    figures = [[text_of(columns[name][row]) if row >= 0 else "–" for name in shown] for row in chosen]
    told = [name for name in shown if name != "learning_rate"]
    sentences = [sentence(columns, told, row, odd) for row, odd in zip(chosen, drawn.notes)]
    main = Template(asset(__package__, "training.html")).substitute(
        said=html.escape(f"Epoch {numbers[-1]} of {numbers[-1]}: {sentences[-1]}"),
        figures="\n".join(
            f'<div class="figure"><dt>{html.escape(readable(name))}</dt><dd>{text}</dd></div>'
            for name, text in zip(shown, figures[-1])
        ),
        alone="" if picture else ' class="alone"',
        picture=f'<section id="picture" aria-label="The model">\n{drawn.html}\n</section>' if picture else "",
        charts="\n".join(charts[0]),
        columns="".join(f'<th scope="col">{html.escape(readable(name))}</th>' for name in ("epoch", *shown)),
        rows="\n".join(
            f'<tr><td><a href="#{n}">{n}</a></td>{"".join(f"<td>{text}</td>" for text in texts)}</tr>'
            for n, texts in zip(numbers, figures)
        ),
    )
    data = {
        "numbers": numbers, "figures": figures, "sentences": sentences, "notes": drawn.notes, "picture": drawn.data,
        "charts": charts[1], "across": charts[2],
    }  # fmt: skip
    about = [note or summary(columns, len(epochs)), *(f"{text[0].upper()}{text[1:].rstrip('.')}." for text in remarks)]
    if len(chosen) < len(every):
        about.append(f"The page has {len(chosen)} of {len(every):,} states, evenly chosen.")
    pace = round(min(600, max(60, LASTS / len(chosen))))
    title = title or "A training, epoch by epoch"
    return page_text(__package__, main, title, " ".join(about), "Epoch", len(chosen) - 1, pace, data)


def charts_of(
    columns: Mapping[str, Sequence[Any]], epochs: Sequence[int], numbers: Sequence[int], chosen: Sequence[int]
) -> tuple[list[str], list[list[list[float | None]]], list[float]]:
    """The charts as HTML, where their lines are at each step, and how far to the right each step is, in percent."""
    x = Axis(float(numbers[0]), float(max(numbers[-1], numbers[0] + 1)))
    metrics = [name for name in columns if name not in ("epoch", "learning_rate", "seconds", *LOSSES)]
    groups = [("Loss", {LOSSES[name]: columns[name] for name in LOSSES if name in columns}, 0)]
    groups += [(readable(name), {"validation": columns[name]}, 1) for name in metrics[:MOST_CHARTS]]
    groups = [group for group in groups if group[1]]
    made = [chart(f"chart{i}", title, epochs, lines, chosen, x, s) for i, (title, lines, s) in enumerate(groups)]
    across = [round(100 * float(x.place(n)), 2) for n in numbers]
    return [each.html for each in made], [each.heights for each in made], across


def sentence(columns: Mapping[str, Sequence[Any]], names: Sequence[str], row: int, odd: str) -> str:
    """An epoch in words, for those who listen, such as: loss 0.031, accuracy 0.98."""
    if row < 0:
        return f"before the training. {odd}".strip()
    parts = [f"{readable(name)} {text_of(columns[name][row])}" for name in names if columns[name][row] is not None]
    return f"{', '.join(parts)}. {odd}".strip()


def summary(columns: Mapping[str, Sequence[Any]], count: int) -> str:
    """A line that says what the training was."""
    text = f"{count:,} epoch{'s' * (count > 1)}"
    losses = [loss for loss in columns.get("loss", ()) if loss is not None]
    return f"{text}. The loss went from {text_of(losses[0])} to {text_of(losses[-1])}." if len(losses) > 1 else f"{text}."


def readable(name: str) -> str:
    return name.replace("_", " ")


def text_of(x: Any) -> str:
    """A number with four digits, as in the table of a `History`."""
    if x is None:
        return "–"
    x = float(x)
    return number(x, 4).replace("-", "−") if math.isfinite(x) else str(x)
