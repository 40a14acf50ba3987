"""The picture on the first page: a fit of the quadratic, as it runs.

Flows in: nothing; the fit is computed here, by 24 epochs of gradient descent. Flows out: an SVG in which values go up, from
the parameters to the curve and to the loss, gradients come back down, and then the parameters take their step. It plays once.
Readers who prefer less motion see the first guess and the last one in one picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from IPython.display import HTML

import tinygrad_lite as tg

X = np.linspace(-5, 5, 100)
ACTUAL = 5 * X**2 - 3 * X + 3
EPOCHS, RATE = 24, 0.1
SLOW, SLOWLY, QUICKLY = 3, 1.5, 0.42  # so many epochs are shown slowly; seconds of an epoch, slow and quick
LEFT, RIGHT, TOP, BOTTOM = 20, 420, 112, 316  # the frame of the plot
HIGHEST = 150.0
COLUMNS = {"a": 86, "b": 220, "c": 354}  # where the parameters are
LINE = 22  # the height of a line of text


@dataclass
class State:
    """What an epoch computes."""

    params: list[float]
    gradients: list[float]
    loss: float


def states() -> list[State]:
    """The fit: all epochs, and the place where the last step leads to."""
    params, found = [2.0, 3.0, 4.0], []
    for _ in range(EPOCHS + 1):
        a, b, c = leaves = [tg.Tensor(p) for p in params]
        loss = np.sqrt(np.mean((a * X**2 + b * X + c - ACTUAL) ** 2))
        loss.backward()
        gradients = [float(leaf.grad) for leaf in leaves]
        found.append(State(params, gradients, loss.item()))
        params = [p - RATE * g for p, g in zip(params, gradients)]
    return found


def place(x: float, y: float) -> str:
    """A point of the plot, in the picture."""
    return f"{LEFT + (x + 5) / 10 * (RIGHT - LEFT):.1f},{BOTTOM - 8 - y / HIGHEST * (BOTTOM - TOP - 16):.1f}"


def curve(params: Sequence[float]) -> str:
    """A parabola is a quadratic Bézier curve: its control point is where the tangents at both ends meet."""
    a, b, c = params
    middle = c - 25 * a
    return f"M{place(-5, 25 * a - 5 * b + c)} Q{place(0, middle)} {place(5, 25 * a + 5 * b + c)}"


class Clock:
    """When things happen: an epoch goes up, down, and takes its step; at the end the values go up once more."""

    def __init__(self) -> None:
        self.lengths = [SLOWLY if i < SLOW else QUICKLY for i in range(EPOCHS)] + [QUICKLY]
        self.starts = [0.6 + sum(self.lengths[:i]) for i in range(EPOCHS + 1)]
        self.end = 0.6 + sum(self.lengths)

    def at(self, epoch: int, part: float) -> float:
        """When a part of an epoch is over, as a part of the whole."""
        return (self.starts[epoch] + part * self.lengths[epoch]) / self.end

    def times(self, moments: Sequence[float]) -> str:
        return f'dur="{self.end:.2f}s" fill="freeze" keyTimes="{";".join(f"{m:.5f}" for m in moments)}"'


def minus(number: float, digits: int) -> str:
    return f"{number:.{digits}f}".replace("-", "−")


def ticker(clock: Clock, x: float, y: float, texts: Sequence[str], part: float, kind: str) -> str:
    """A text that changes in each epoch: all its texts, one below the other, behind a window of one line."""
    lines = "".join(f'<text x="{x}" y="{y + LINE * i}" class="{kind}">{text}</text>' for i, text in enumerate(texts))
    moments = [0.0, *(clock.at(epoch, part) for epoch in range(len(texts) - 1))]
    shifts = ";".join(f"0 {-LINE * i}" for i in range(len(texts)))
    move = f'<animateTransform attributeName="transform" type="translate" calcMode="discrete" values="{shifts}" '
    clip = f"window-{x:.0f}-{y:.0f}"
    return (
        f'<clipPath id="{clip}"><rect x="{x - 76}" y="{y - 16}" width="152" height="{LINE - 1}"/></clipPath>'
        f'<g clip-path="url(#{clip})"><g>{lines}{move}{clock.times(moments)}/></g></g>'
    )


def pulse(clock: Clock, path: str, kind: str, part: tuple[float, float], epochs: int) -> str:
    """A dot that goes along an arrow, in the same part of each epoch."""
    moments, points, shown = [0.0], [0], ["0"]
    for epoch in range(epochs):
        moments += [clock.at(epoch, part[0]), clock.at(epoch, part[1])]
        points += [0, 1]
        shown += ["1", "0"]
    keys = ";".join(map(str, [*points, 1]))
    return (
        f'<circle r="5.5" class="{kind}" opacity="0">'
        f'<animateMotion path="{path}" calcMode="linear" keyPoints="{keys}" {clock.times([*moments, 1.0])}/>'
        f'<animate attributeName="opacity" calcMode="discrete" values="{";".join(shown)}" {clock.times(moments)}/></circle>'
    )


def drawn(clock: Clock, run: list[State]) -> str:
    """Everything that moves."""
    moments, paths = [0.0], [curve(run[0].params)]
    for epoch in range(EPOCHS):
        moments += [clock.at(epoch, 0.8), clock.at(epoch, 1.0)]
        paths += [curve(run[epoch].params), curve(run[epoch + 1].params)]
    move = f'<animate attributeName="d" values="{";".join([*paths, paths[-1]])}" {clock.times([*moments, 1.0])}/>'
    parts = [f'<path class="guess" d="{paths[0]}">{move}</path>']
    losses = ["–", *(minus(state.loss, 2) for state in run)]
    parts.append(ticker(clock, 220, 54, losses, 0.4, "number"))
    parts.append(ticker(clock, 372, 54, [f"epoch {i}" for i in range(len(run))], 1.0, "small"))
    for i, x in enumerate(COLUMNS.values()):
        parts.append(ticker(clock, x + 52, 386, [minus(state.params[i], 2) for state in run], 1.0, "number right"))
        gradients = ["–", *(minus(state.gradients[i], 2) for state in run[:-1])]
        parts.append(ticker(clock, x + 52, 410, gradients, 0.8, "number right"))
        parts.append(pulse(clock, f"M{x},360 V{BOTTOM + 2}", "forward", (0.0, 0.18), EPOCHS + 1))
        parts.append(pulse(clock, f"M{x},{BOTTOM + 2} V360", "backward", (0.62, 0.8), EPOCHS))
    parts.append(pulse(clock, f"M220,{TOP - 2} V72", "forward", (0.2, 0.38), EPOCHS + 1))
    parts.append(pulse(clock, f"M220,72 V{TOP - 2}", "backward", (0.42, 0.6), EPOCHS))
    return "".join(parts)


def still(run: list[State]) -> str:
    """The guess and the end, for readers who prefer less motion."""
    first, last = run[0], run[-1]
    texts = [(220, 54, f"{minus(first.loss, 2)} → {minus(last.loss, 2)}", "number"), (372, 54, f"epoch {EPOCHS}", "small")]
    for i, x in enumerate(COLUMNS.values()):
        texts += [
            (x + 52, y, minus(number, 2), "number right") for y, number in ((386, last.params[i]), (410, last.gradients[i]))
        ]
    lines = "".join(f'<text x="{x}" y="{y}" class="{kind}">{text}</text>' for x, y, text, kind in texts)
    return f'<path class="guess dashed" d="{curve(first.params)}"/><path class="guess" d="{curve(last.params)}"/>{lines}'


def frame() -> str:
    """What stays: the boxes, the arrows and the points."""
    spots = [place(x, y).split(",") for x, y in zip(X[::4].tolist(), ACTUAL[::4].tolist())]
    parts = [f'<rect x="{LEFT}" y="{TOP}" width="{RIGHT - LEFT}" height="{BOTTOM - TOP}" rx="8" class="plot"/>']
    parts += [f'<circle cx="{x}" cy="{y}" r="2.6" class="point"/>' for x, y in spots]
    for name, x in COLUMNS.items():
        parts.append(f'<rect x="{x - 62}" y="362" width="124" height="60" rx="8" class="leaf"/>')
        parts.append(f'<text x="{x - 50}" y="387" class="name">{name}</text>')
        parts.append(f'<text x="{x - 50}" y="410" class="small left">grad</text>')
        parts.append(f'<path class="arrow" d="M{x},360 V{BOTTOM + 4}"/>')
    parts.append('<rect x="140" y="12" width="160" height="58" rx="8" class="result"/>')
    parts.append(f'<text x="220" y="32" class="small">loss</text><path class="arrow" d="M220,{TOP - 2} V72"/>')
    return "".join(parts)


def picture() -> HTML:
    """The picture, with a button that plays it again."""
    clock, run = Clock(), states()
    words = (
        f"A quadratic is fitted to points in {EPOCHS} epochs. In each one, values go from the parameters a, b and c to the "
        "curve and to the loss, gradients come back, and the parameters take a step. "
        f"The loss falls from {run[0].loss:.2f} to {run[-1].loss:.2f}."
    )
    return HTML(
        f'<div class="moving"><svg viewBox="0 0 440 432" role="img" aria-label="{words}">{frame()}'
        f'<g class="run">{drawn(clock, run)}</g><g class="still">{still(run)}</g></svg>'
        '<p class="legend"><span class="forward">●</span> values up <span class="backward">●</span> gradients back '
        '<button type="button">Play again</button></p></div><script src="_static/moving.js" defer></script>'
    )
