"""explain() makes the evaluation table of the textbooks: the result is computed on the left, its derivatives on the right.

Flows in: a Tensor that is a single number, or a `Graph` with the backward pass. Flows out: an `Explanation`, which can be
shown as text, as Markdown and as HTML.

The table has a row for each call, and next to it what the backward pass does when it reaches this call. The left side is read
from the top down and the right side from the bottom up, as in Griewank and Walther (2008) and in Baydin et al. (2018, table
3), because the backward pass begins with the last call. For one parameter, `explain` shows all paths from it to the result,
and what each path contributes.

`account.py` and `ways.py` decide what is in the table, as the parts in `blocks.py`; the files `as_....py` write it.
"""

from __future__ import annotations

import operator
import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from ... import messages
from ...graphs.elements import Index, follow, is_in
from ...graphs.names import value_called
from ..asking import element_of, graph_of
from .account import Account
from .as_html import as_html, page_of
from .as_markdown import as_markdown
from .as_text import set_in_lines
from .blocks import Block
from .ways import Ways

ROWS, PATHS = 200, 12  # how many are shown if nothing is said
COLOURS = {"forward": "#0072B2", "backward": "#D55E00", "answer": "bold", "aside": "dim", "title": "bold"}


def explain(what: Any, wrt: Any = None, *, element: int | Index | str | None = None, limit: int | None = None) -> Explanation:
    """The table of all steps of a computation, forward and backward; or, for one parameter, why its gradient has its value.

    what:    a Tensor that is a single number; or a `Graph` with the backward pass, ``tg.trace(f, backward=True)(*args)``,
             which also knows the lines of `f`
    wrt:     a parameter, or any other value of the computation: the Tensor, or its name in the table; or one element of it,
             ``wrt="w1[0, 3]"``. The result lists all paths from this value to the result of the computation. The gradient is
             the sum over the paths of the product of the slopes along each.
    element: the element of the arrays whose numbers are shown; the first, if it is not given. ``element=(3,)`` is an element
             of the last array that has it (with `wrt`, of that value); ``element="out[3]"`` is an element of a named array.
             Other arrays show the element that belongs to it: in a batch, all show the same sample.
    limit:   the largest number of rows to show, 200 if it is not given; or, with `wrt`, of paths, 12 if it is not given

    The prompt and notebooks show the result. ``print`` writes plain text, and its own ``.print()`` adds colours if the
    package rich is installed; ``.text(width)``, ``.markdown()`` and ``.html()`` return it as text.

    Raises TypeError for anything but a Tensor or a Graph, and for a Tensor without a graph; ValueError for a Tensor
    that is not a single number, a Graph without the backward pass, an `element` that no array has, and a `wrt` that the
    result does not depend on; KeyError for a `wrt` that does not exist.

    >>> import numpy as np, tinygrad_lite as tg
    >>> x = tg.Tensor(2.0, name="x")
    >>> s = np.sin(x)
    >>> y = x * s
    >>> print(explain(y, wrt=x).text(72))      # doctest: +ELLIPSIS
    ∂y/∂x says how much y would change per unit that x changes...
    The 2 paths
      1 x → y
          s = 0.909297
      2 x → s → y
          cos(x) × x = -0.416147 × 2 = -0.832294
    ...
      ∂y/∂x = 0.909297 + (-0.832294) = 0.0770038
    ...
    """
    graph, id_of = graph_of(what, "explain()")
    shown = operator.index((ROWS if wrt is None else PATHS) if limit is None else limit)
    if shown < 1:
        raise messages.nothing_shown(shown)
    at = element_of(graph, element)
    if wrt is None:
        return Explanation(list(Account(graph, at, shown).blocks()))
    start, there = value_called(graph, wrt, id_of)
    if there is None:  # the element that was asked for is one of this value, if it has such an element
        index: Any = element if isinstance(element, tuple | list) else (element,)
        shape = graph.nodes[start].shape
        own = not isinstance(element, str | None) and is_in(shape, index)
        there = tuple(i % n for i, n in zip(index, shape)) if own else follow(graph, at)[start]
    return Explanation(list(Ways(graph, start, there, shown).blocks()))


class Explanation:
    """An explanation, which the prompt and notebooks show.

    ``print(e)`` and ``str(e)`` give plain text as wide as the terminal, or 100 letters wide if there is none. ``e.print()``
    prints it with colours if the package rich is installed, and so does rich's own print. ``e.text(80)``, ``e.markdown()``
    and ``e.html()`` return it as text. In 92 or more columns, the two sides of the table are next to each other.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks

    def text(self, width: int | None = None) -> str:
        """Plain text, in lines of at most `width` letters; as wide as the terminal, if no width is given."""
        lines = set_in_lines(self.blocks, width or shutil.get_terminal_size((100, 24)).columns)
        return "\n".join("".join(span.text for span in line).rstrip() for line in lines)

    def print(self) -> None:
        """Print it: with colours if the package rich is installed and the output is a terminal, as plain text otherwise."""
        try:
            import rich
        except ImportError:
            sys.stdout.write(f"{self}\n")
        else:
            rich.print(self)

    def markdown(self) -> str:
        """Markdown with a table, as GitHub, Jupyter and MyST read it."""
        return as_markdown(self.blocks)

    def html(self, page: bool = True) -> str:
        """A page of its own, light or dark as the reader's system is; or, with ``page=False``, a part to put into another.

        Characters beyond ASCII are written as references, so it does not matter in which encoding a file with it is read.
        """
        return page_of(self.blocks) if page else as_html(self.blocks)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return self.text()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows."""
        return {"text/html": self.html(page=False), "text/plain": self.text()}

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        """What rich prints: the same lines, with colours."""
        from rich.text import Text

        for line in set_in_lines(self.blocks, options.max_width):
            yield Text.assemble(*((span.text, COLOURS.get(span.style, "")) for span in line), no_wrap=True, overflow="ignore")
