"""Draws the picture on the page of `step_through`: a box for each value, and arrows between them.

Flows in: a `Story`. Flows out: a `Stage`: SVG with everything that is ever shown on it, and which parts are visible at
which step. Colours are in `page.css`. A box has room for the largest gradient that it shows at any step.
"""

from __future__ import annotations

import html
from typing import Any, NamedTuple

from ...graphs.names import clean
from ...graphs.nodes import GraphNode, is_numpy
from ..steps import ForwardStep
from ..words import IN_FULL, index_text, lines
from .layout import Rectangle, layout
from .story import Story

LETTER, LINE, PAD = 7.3, 16, 10  # the width of a letter and the height of a line, and the room around them


class Shown(NamedTuple):
    """What a box shows as the gradient: from which step on, which lines, and how many of the uses are in it."""

    step: int
    lines: list[str]
    uses: str


class Text(NamedTuple):
    """What is written in a box."""

    name: str
    shape: str
    formula: str
    at: str  # which element the second line of an array shows; empty if the array is written in full
    value: list[str]
    gradients: list[Shown]
    room: int  # how many lines gradients take

    @property
    def gradient(self) -> list[str]:
        """The last gradient, with empty lines where an earlier one has more."""
        rows = self.gradients[-1].lines if self.gradients else ["–"]
        return [*rows, *[""] * self.room][: self.room]

    @property
    def indent(self) -> int:
        """How many letters numbers stand to the right of their labels."""
        return max(len("value"), len(self.at)) + 1

    @property
    def size(self) -> tuple[float, float]:
        numbers = [*self.value, *(row for shown in self.gradients for row in shown.lines)]
        head = 1.1 * len(self.name) + len(self.shape) + 2
        letters = max(head, len(self.formula), self.indent + max(map(len, numbers)))
        height = LINE * (2 + len(self.value) + self.room) + 3 * bool(self.room)
        return LETTER * letters + 2 * PAD, height + 2 * PAD + 14 * any(shown.uses for shown in self.gradients)


class Stage:
    """The picture, in its last state; and what the script has to know to show an earlier one.

    svg:    the box of the value 7 has the id ``box7``, the first of the arrows ``arrow0``
    states: for each box the step at which its value is computed, that at which its gradient is complete (-1: never), and all
            that it shows as the gradient on the way
    turns:  for each arrow the step at which it is first walked along, and that at which the gradient comes back (-1: never)
    """

    def __init__(self, story: Story) -> None:
        self.story, graph = story, story.graph
        numbers = {step.node: i for i, step in enumerate(story.steps[: story.turn])}
        self.computed = {node.id: numbers.get(node.id, 0) for node in graph.forward}
        self.gradients = gradients_on_the_way(story)
        self.states = {i: [self.computed[i], self.done(i), self.gradients.get(i, [])] for i in self.computed}
        arrows = [(i, node.id, position) for node in graph.forward for position, i in node.links]
        returned = {(step.user, step.position): story.turn + step.number for step in story.backward}
        self.turns = [[self.computed[user], returned.get((user, position), -1)] for _, user, position in arrows]
        texts = {step.id: self.text_of(graph.nodes[step.id], step) for step in story.forward}
        places = layout({i: text.size for i, text in texts.items()}, [arrow[:2] for arrow in arrows])
        drawn = [f'<path id="arrow{i}" class="arrow" d="{d}"/>' for i, d in enumerate(places.arrows)]
        drawn += [self.box(i, text, places.boxes[i]) for i, text in texts.items()]
        frame = " ".join(f"{x:.1f}" for x in places.frame)
        opening = f'<svg id="graph" viewBox="{frame}" role="group" aria-label="The graph">'
        self.svg = "\n".join([opening, TIPS, *drawn, "</svg>"])

    def done(self, i: int) -> int:
        return self.gradients[i][-1].step if i in self.gradients else -1

    def text_of(self, node: GraphNode, step: ForwardStep) -> Text:
        kind = "leaf" if node.wants_gradient else {"input": "data"}.get(node.kind, node.kind)
        shape = f"({', '.join(map(str, node.shape))}{',' * (len(node.shape) == 1)})" if node.shape else ""
        at = index_text(step.element) if is_long(node.value) else ""
        gradients = self.gradients.get(node.id, [])
        room = max((len(shown.lines) for shown in gradients), default=int(node.wants_gradient))
        value = shown_as(node.value, step.value)
        return Text(step.label, shape, clean(step.formula, 36) or kind, at, value, gradients, room)

    def box(self, i: int, text: Text, box: Rectangle) -> str:
        """One box, with all words in their places. It is a link to the step at which its value is computed."""
        left, right, y = box.x + PAD, box.x + box.width - PAD, box.y + PAD + 11
        drawn = [f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="4"/>']
        drawn.append(f'<path class="rule" d="M{box.x:.1f},{y + LINE + 7:.1f}h{box.width:.1f}"/>')
        drawn += [words("name", left, y, text.name), words("shape", right, y, text.shape)]
        drawn.append(words("formula", left, y + LINE, text.formula))
        y += 2 * LINE + 5
        for kind, label, rows in (("value", "value", text.value), ("gradient", "grad", text.gradient)):
            for k, (beside, row) in enumerate(zip([label, text.at, *[""] * len(rows)], rows)):
                drawn.append(words(f"label {kind}-{k}", left, y, beside))
                drawn.append(words(kind, left + LETTER * text.indent, y, row))
                y += LINE
            y += 3
        drawn.append(words("uses", right, box.y + box.height - 7, ""))
        return f'<a id="box{i}" class="box" href="#{self.computed[i]}">{"".join(drawn)}</a>'


def words(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{html.escape(text)}</text>'


def gradients_on_the_way(story: Story) -> dict[int, list[Shown]]:
    """What is shown as the gradient of each value, in the order in which it adds up."""
    nodes, output = story.graph.nodes, story.graph.output
    found, sums = {output.id: [Shown(story.turn, ["1"], "")]}, dict[int, Any]()
    for step in story.backward:
        [part] = [c.value for c in nodes[step.parent].contributions if c[:2] == (step.user, step.position)]
        sums[step.parent] = sums[step.parent] + part if step.parent in sums else part
        uses = f"use {step.use} of {step.uses}" if step.uses > 1 else ""
        shown = Shown(story.turn + step.number, shown_as(sums[step.parent], step.total), uses)
        found.setdefault(step.parent, []).append(shown)
    return found


def is_long(value: Any) -> bool:
    """Whether an array is shown by its range instead of its numbers."""
    return is_numpy(value) and value.size > IN_FULL


def shown_as(value: Any, at: str) -> list[str]:
    """A value in a box: its range, and below it the element that is followed, as in the steps; all of it if that is short."""
    if getattr(value, "shape", ()) == ():
        return [at]
    rows = [row for row in lines(value) if not row.startswith("mean ")]
    return [rows[0], at, *rows[1:]] if is_long(value) else rows


TIPS = """<defs>
<marker id="forward-tip" viewBox="0 0 10 10" refX="10" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse"
 orient="auto"><path d="M0,1L10,5L0,9z"/></marker>
<marker id="back-tip" viewBox="0 0 10 10" refX="10" refY="5" markerWidth="11" markerHeight="11" markerUnits="userSpaceOnUse"
 orient="auto-start-reverse"><path d="M0,1L10,5L0,9z"/></marker>
</defs>"""
