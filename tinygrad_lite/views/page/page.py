"""step_through() writes a page that plays a computation, forward and backward, one step at a time, in a single HTML file.

Flows in: a Tensor, or a `Graph` with the backward pass. Flows out: a file. `story.py` writes the words of each step,
`boxes.py` draws the picture, `player/` has the frame and the controls. What changes from step to step is in a block of JSON,
and `page.js` only shows it::

    page.html   the parts of the page       page.css   how they look       page.js   how a step is shown
"""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import Any

from ... import messages
from ...graphs.elements import Index, follow
from ...graphs.graph import Graph
from ..asking import element_of, graph_of
from ..player.player import asset, page_path, page_text
from ..steps import Followed
from .boxes import Stage
from .excerpts import Excerpts
from .story import Step, Story

LARGEST = 400  # values of a graph that is still drawn


def step_through(
    what: Any, path: str | os.PathLike[str], *, element: int | Index | str | None = None, title: str | None = None
) -> Path:
    """Write a page on which you can step through a computation, forward and backward; return the path of the file.

    what:    a Tensor that is a single number; or a `Graph` with the backward pass, ``tg.trace(f, backward=True)(*args)``,
             which also shows the lines of `f`
    path:    the file to write, .html; any browser opens it, without a network
    element: the element of the arrays whose numbers are shown, as in `explain`: ``element=(3,)``, ``element="out[3]"``
    title:   the headline

    Raises TypeError for anything else, and for a Tensor without a graph; ValueError for a Tensor of any other shape, a graph
    without the backward pass or of more than 400 values, an `element` that no array has, and another suffix; RuntimeError
    (`NoRenderer`) if there is no Graphviz on this machine.

    >>> import tempfile, numpy as np, tinygrad_lite as tg
    >>> def f(x):
    ...     return x * np.sin(x)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = step_through(tg.trace(f, backward=True)(2.0), Path(folder) / "f.html")
    ...     page.name, "x × v₁" in page.read_text(encoding="utf-8")
    ('f.html', True)
    """
    path = page_path(path, "step_through()")
    graph, _ = graph_of(what, "step_through()")
    if len(graph.forward) > LARGEST:
        raise messages.too_large_to_step(len(graph.forward), LARGEST)
    path.write_bytes(page_of(graph, follow(graph, element_of(graph, element)), title).encode())
    return path


def page_of(graph: Graph, element: Followed, title: str | None) -> str:
    """The text of the page."""
    story = Story(graph, element)
    stage, program = Stage(story), Excerpts(step.line for step in story.steps)
    shown = [step._asdict() | {"line": program.id_of(step.line)} for step in story.steps]
    data = {"steps": shown, "turn": story.turn, "boxes": stage.states, "arrows": stage.turns}
    main = Template(asset(__package__, "page.html")).substitute(
        drawing=stage.svg,
        forward=listed(story.steps, range(story.turn)),
        backward=listed(story.steps, range(story.turn, len(story.steps))),
        program=program.html or NO_LINES,
        turn=story.turn,
    )
    title = title or f"{graph.name or story.names[graph.output.id]}, step by step"
    return page_text(__package__, main, title, story.about(), "Step", len(story.steps) - 1, 1500, data)


NO_LINES = "<p>To see its lines here, show a traced function: <code>tg.trace(f, backward=True)(…)</code>.</p>"


def listed(steps: Sequence[Step], numbers: range) -> str:
    """Steps as the items of a list, each a link to itself."""
    return "\n".join(
        f'<li><a id="step{i}" href="#{i}"><span>{html.escape(steps[i].title)}</span> '
        f"<span>{html.escape(steps[i].result)}</span></a></li>"
        for i in numbers
    )
