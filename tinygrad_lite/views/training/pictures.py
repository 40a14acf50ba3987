"""Draws the outputs of a model at each epoch: a curve, if there is one input; a field of colours, if there are two.

Flows in: plain arrays. Flows out: SVG with the last state, a film for the script with all states, and a sentence for each
state that needs one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..words import number
from .film import film
from .plots import Axis, around, path, percent, plot

MOST_POINTS = 1000  # of the data, that are drawn
REACH = 4  # how many times its height a curve is followed above the picture and below it
RAMP = ["#00224e", "#434e6c", "#7d7c78", "#bcaf6f", "#fee838"]  # cividis, by Nuñez, Anderton and Renslow (2018)
MARKS = [  # the shape of the points of each class, so that they differ without colour, too
    "M4,0A4,4 0 1 1 -4,0A4,4 0 1 1 4,0z", "M-3.6,-3.6H3.6V3.6H-3.6z", "M0,-4.8L4.6,3.4H-4.6z", "M0,-5L5,0L0,5L-5,0z",
    "M0,4.8L4.6,-3.4H-4.6z",
]  # fmt: skip
COLOURS = 8  # of which the style has as many


class Drawn(NamedTuple):
    """A picture as HTML, what its script needs, and what is to be said of each state: often nothing."""

    html: str
    data: dict[str, Any]
    notes: list[str]


class Curve(NamedTuple):
    """A model of one input.

    x:       the inputs at which it was computed, shape (p,), in rising order
    states:  its outputs, shape (p, k), at each step; None where they are not known
    data:    the inputs, shape (n,), and the targets, shape (n, k), that it learns from
    kind:    what the outputs are called
    """

    x: np.ndarray
    states: Sequence[np.ndarray | None]
    data: tuple[np.ndarray, np.ndarray]
    kind: str = "output"

    def drawn(self) -> Drawn:
        inputs, targets = self.data
        across, up = Axis(float(self.x[0]), float(self.x[-1])), around([targets], 0.1)
        places = np.asarray(across.place(self.x))
        found = [up.place(state.astype(float)) for state in self.states if state is not None]
        lines = targets.shape[1]
        final = np.where(np.isfinite(found[-1]), found[-1].clip(-REACH, 1 + REACH), np.nan).T if found else []
        drawn = [f'<path class="curve line{j}" d="{path(places, line)}"/>' for j, line in enumerate(final)]
        rows = some(len(inputs))
        over = marks()
        for j in range(lines):
            points = zip(across.place(inputs[rows]), up.place(targets[rows, j]))
            over += group(f"data {'alone' if lines == 1 else f'class{j % COLOURS}'}", j if lines > 1 else 0, points)
        label = f"The data, {len(inputs)} points, and the {self.kind} of the model as a curve"
        key = [f'<li><span class="sample line{j}"></span> {name}</li>' for j, name in enumerate(names(lines, self.kind))]
        key += [f"<li>{key_of(0, 'alone')} data{fewer(inputs)}</li>"] if lines == 1 else []
        svg = plot("model", label, across, up, "xy", "".join(drawn), "".join(over))
        q = np.stack(found).transpose(0, 2, 1) if found else np.zeros((0, lines, len(self.x)))
        with np.errstate(invalid="ignore"):
            codes = ((q + REACH) / (1 + 2 * REACH)).clip(0, 1) * 65534
        codes = np.where(np.isfinite(q), codes, 65535).round().astype(np.uint16)
        data = {
            "kind": "curve",
            "x": [round(1000 * float(place), 1) for place in places],
            "reach": REACH,
            "film": film(codes.reshape(len(codes), lines * len(self.x))),
        }
        return Drawn(
            framed("The model and the data", svg, "".join(key)), data, [self.note(state, up) for state in self.states]
        )

    def note(self, state: np.ndarray | None, up: Axis) -> str:
        """What is to be said of a state that cannot be seen in full."""
        if state is None:
            return UNKNOWN
        odd, finite = not_finite(state), state[np.isfinite(state)]
        if finite.size and (finite.min() < up.low or finite.max() > up.high):
            far = f"from {number(float(finite.min()), 3)} to {number(float(finite.max()), 3)}"
            return f"{odd}The curve leaves the picture: the outputs go {far}.".replace("-", "−")
        return odd.strip()


class Field(NamedTuple):
    """A model of two inputs.

    x, y:    the inputs at which it was computed, each evenly spaced, shapes (p,) and (q,)
    states:  at each step the probability of each class, shape (q, p, number of classes); or its output, shape (q, p), if
             there are no classes; None where it is not known
    points:  the inputs that it learns from, shape (n, 2)
    targets: the number of the class of each, or what the output is to be, shape (n,)
    classes: what the classes are called, if there are any
    """

    x: np.ndarray
    y: np.ndarray
    states: Sequence[np.ndarray | None]
    points: np.ndarray
    targets: np.ndarray
    classes: Sequence[str] = ()

    def drawn(self) -> Drawn:
        across, up = Axis(float(self.x[0]), float(self.x[-1])), Axis(float(self.y[0]), float(self.y[-1]))
        rows = some(len(self.points))
        places = np.stack([across.place(self.points[rows, 0]), up.place(self.points[rows, 1])], axis=1)
        targets, over = self.targets[rows], marks()
        known = [state for state in self.states if state is not None]
        size = {"width": len(self.x), "height": len(self.y)}
        if self.classes:
            kind, codes = "classes", [self.coded(state) for state in known]
            for c in range(len(self.classes)):
                over += group(f"data class{c % COLOURS}", c, places[targets == c])
            key = [f"<li>{key_of(c, f'class{c % COLOURS}')} {name}</li>" for c, name in enumerate(self.classes)]
            key.append(f"<li>the colour is stronger where the model is more certain{fewer(self.points)}</li>")
            heading, what = "The model’s decision and the data", "the class that the model decides for"
            data: dict[str, Any] = {"classes": len(self.classes), "levels": 255 // len(self.classes)}
        else:
            scale = around([self.targets], 0.0)
            kind, codes = "values", [to_bytes(scale.place(state.astype(float))) for state in known]
            shades = (to_bytes(np.asarray(scale.place(targets)), 4)).astype(int)
            for shade in range(5):
                over += group(f"data ramp{shade}", 0, places[shades == shade])
            low, high = (number(end, 3).replace("-", "−") for end in scale[:2])
            key = [f'<li>{low} <span class="ramp"></span> {high}{fewer(self.points)}</li>', "<li>points: targets</li>"]
            heading, what = "The model’s output and the data", "the output of the model"
            data = {"ramp": RAMP}
        label = f"The data, {len(self.points)} points in the plane, and behind them in colours {what}"
        svg = plot("model", label, across, up, ["x₁", "x₂"], '<path class="border" d=""/>', "".join(over))
        data |= {"kind": kind, **size, "film": film(np.array(codes, np.uint8).reshape(len(codes), len(self.x) * len(self.y)))}
        canvas = '<canvas id="field" aria-hidden="true"></canvas>'
        without = "The colours need JavaScript. Everything else shows the end of the training."
        return Drawn(framed(heading, canvas + svg, "".join(key), without), data, list(map(self.note, self.states)))

    def coded(self, state: np.ndarray) -> np.ndarray:
        """One byte for each place: the class, and how much more probable it is than the second.

        Of the latter it is the square root, so that small differences count where the decision changes.
        """
        count = state.shape[-1]
        levels = 255 // count
        finite = np.isfinite(state).all(axis=-1)
        known = np.where(finite[..., None], state, 0)
        second, first = np.partition(known, count - 2, axis=-1)[..., -2:].T
        best, sure = known.argmax(axis=-1), (first - second).T.clip(0, 1)
        codes = best * levels + (np.sqrt(sure) * (levels - 1)).round()
        return np.where(finite, codes, 255).astype(np.uint8)

    def note(self, state: np.ndarray | None) -> str:
        """What is to be said of a state that cannot be seen in full."""
        if state is None:
            return UNKNOWN
        odd = not_finite(state if state.ndim == 2 else state.sum(axis=-1))
        finite = state[np.isfinite(state)]
        scale = around([self.targets], 0.0)
        spare = 0.02 * (scale.high - scale.low)
        if not self.classes and finite.size and (finite.min() < scale.low - spare or finite.max() > scale.high + spare):
            far = f"from {number(float(finite.min()), 3)} to {number(float(finite.max()), 3)}"
            return f"{odd}The outputs go {far}; the colours end at those of the targets.".replace("-", "−")
        return odd.strip()


UNKNOWN = "There is no picture of this epoch."


def not_finite(state: np.ndarray) -> str:
    """In how many places an output is nan or infinite, as a sentence."""
    counts = {"nan": int(np.isnan(state).sum()), "infinite": int(np.isinf(state).sum())}
    found = [f"{what} in {count:,}" for what, count in counts.items() if count]
    return f"The output is {' and '.join(found)} of {state.size:,} places. " if found else ""


def to_bytes(places: np.ndarray, most: int = 254) -> np.ndarray:
    """From 0 to 1 as whole numbers up to `most`; 255 where it is not finite."""
    numbers = np.where(np.isfinite(places), places, 0).clip(0, 1) * most
    return np.where(np.isfinite(places), numbers.round(), 255).astype(np.uint8)


def some(count: int) -> np.ndarray:
    """Which points are drawn: all, or as many as can be told apart, drawn by lot, always the same."""
    return np.sort(np.random.default_rng(0).permutation(count)[:MOST_POINTS])


def fewer(points: np.ndarray) -> str:
    return f" ({MOST_POINTS:,} of {len(points):,} points)" if len(points) > MOST_POINTS else ""


def names(count: int, kind: str) -> list[str]:
    return [f"model: its {kind}"] if count == 1 else [f"{kind} {j}" for j in range(count)]


def marks() -> list[str]:
    return ["<defs>", *(f'<path id="mark{i}" d="{d}"/>' for i, d in enumerate(MARKS)), "</defs>"]


def group(kind: str, shape: int, places: Any) -> list[str]:
    """Points with one look."""
    uses = [
        f'<use href="#mark{shape % len(MARKS)}" x="{percent(x)}" y="{percent(1 - y)}"/>'
        for x, y in places
        if np.isfinite(x) and np.isfinite(y)
    ]
    return [f'<g class="{kind}">', *uses, "</g>"]


def key_of(shape: int, kind: str) -> str:
    """The mark of a class in the legend."""
    mark = f'<use href="#mark{shape % len(MARKS)}"/>'
    return f'<svg class="key data {kind}" viewBox="-7 -7 14 14" aria-hidden="true">{mark}</svg>'


def framed(heading: str, plot: str, legend: str, odd: str = "") -> str:
    head = f'<div class="head"><h2>{heading}</h2></div>'
    return f'{head}<div class="area">{plot}</div><ul class="legend">{legend}</ul><p id="odd">{odd}</p>'
