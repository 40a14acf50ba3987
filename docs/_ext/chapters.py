"""The parts that every chapter of the course has: its head, its exercises, and what the reader knows at its end.

Flows in: three directives on the pages in docs/learn/.

    ```{chapter} 15
    What the reader needs to know before this.
    ```

says that the chapter takes about 15 minutes. Its number comes from the order in docs/learn/index.md.

    ```{exercise} error_on_paper
    The task.
    ```

is an exercise that `python -m tinygrad_lite exercises start error_on_paper` writes as a file, and

    ```{known}
    - The first of three lines.
    ```

is the end. Flows out: boxes, which style.css draws, and a link to the chapter as a notebook, which notebooks.py writes.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

COURSE = "learn/index"
START = "python -m tinygrad_lite exercises start "


class number_line(nodes.General, nodes.Element):
    """A place for "Chapter 3 of 12", which is known when all pages have been read."""


class Chapter(SphinxDirective):
    """The head of a chapter."""

    has_content = True
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        self.env.metadata[self.env.docname]["minutes"] = int(self.arguments[0])
        box = nodes.container(classes=["chapter-head"])
        box += number_line()
        before = self.parse_content_to_nodes()
        assert isinstance(before[0], nodes.paragraph)
        before[0][:0] = [nodes.strong(text="Before this:"), nodes.Text(" ")]
        box += before
        return [box]


class Exercise(SphinxDirective):
    """A task, and the command that begins it."""

    has_content = True
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        box = nodes.container(classes=["exercise"], ids=[f"exercise-{name}"])
        box += nodes.paragraph("", "", nodes.strong(text="Exercise: "), nodes.literal(text=name), classes=["exercise-title"])
        box += self.parse_content_to_nodes()
        command = START + name
        box += nodes.literal_block(command, command, language="text", classes=["exercise-start"])
        return [box]


class Known(SphinxDirective):
    """What the reader knows now, in three lines."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        box = nodes.container(classes=["known"])
        box += nodes.rubric(text="What you know now")
        box += self.parse_content_to_nodes()
        return [box]


def chapters(app: Sphinx) -> list[str]:
    """The names of the chapters, in order."""
    pages = app.env.toctree_includes.get(COURSE, [])
    return [name for name in pages if "minutes" in app.env.metadata[name]]


def numbered(app: Sphinx, document: nodes.document, name: str) -> None:
    """Write the number of the chapter, and where its notebook is."""
    for place in list(document.findall(number_line)):
        order, minutes = chapters(app), app.env.metadata[name]["minutes"]
        number = f"Chapter {order.index(name) + 1} of {len(order)}" if name in order else "A page beside the chapters"
        notebook = f'<a href="{name.split("/")[-1]}.ipynb" download>Take it as a Jupyter notebook</a>'
        words = f'<p class="chapter-line">{number}<span> · </span>about {minutes} minutes<span> · </span>{notebook}</p>'
        place.replace_self(nodes.raw("", words, format="html"))


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_node(number_line)
    app.add_directive("chapter", Chapter)
    app.add_directive("exercise", Exercise)
    app.add_directive("known", Known)
    app.connect("doctree-resolved", numbered)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
