"""Pictures and programs that can be read on every screen.

Flows in: the pages as Sphinx has read them, with their pictures and blocks of code. Flows out: the same pages, in which

- each drawing has its natural width, and is never made smaller than SMALLEST of it: where the page is narrower, the drawing
  scrolls inside a box of its own (`legible.js` writes above the box that it does);
- a file that a cell was run from is called cell.py, and not after a folder of the machine that built the page;
- a line does not end inside "a = 2" or "3 · 4";
- each line of code is an element, so that `style.css` can wrap a long one and indent its continuation;
- every picture has a text that says what is in it. One without is a warning, which fails the build.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

SMALLEST = 0.75  # of the natural size: the letters in boxes are 11 pixels high then, those beside arrows 9
PIXELS = 4 / 3  # in a point
CELL_FILE = re.compile(r"/[\w./-]*ipykernel_\d+/\d+\.py")
SHORT_FORMULA = re.compile(r"(?<=[\w)²³₀-₉]) ([=·]) (?=[\d−])")
WIDTH = re.compile(r'<svg[^>]*\bwidth="([\d.]+)pt"')

logger = logging.getLogger(__name__)


def described(app: Sphinx, document: nodes.document) -> None:
    """Warn of each picture that has no text."""
    for picture in document.findall(nodes.image):
        if not picture.get("alt"):
            logger.warning("this picture has no alt text: say in a sentence what it shows", location=picture)


def framed(app: Sphinx, document: nodes.document, name: str) -> None:
    """Put each drawing into a box that knows how wide it is."""
    for picture in list(document.findall(nodes.image)):
        width = natural_width(Path(app.srcdir) / picture["uri"])
        if width:
            style = f"--natural: {width:.0f}px; --smallest: {SMALLEST * width:.0f}px"
            picture.replace_self([html(f'<div class="drawing" style="{style}">'), picture.deepcopy(), html("</div>")])


def portable(app: Sphinx, document: nodes.document) -> None:
    """Give the files of cells a name that is the same on every machine."""
    for block in document.findall(nodes.literal_block):
        if CELL_FILE.search(block.rawsource):
            block.rawsource = CELL_FILE.sub("cell.py", block.rawsource)
            block.children[:] = [nodes.Text(block.rawsource)]


def unbroken(app: Sphinx, document: nodes.document) -> None:
    """Put spaces at which no line ends beside the signs of short formulas."""
    for text in list(document.findall(nodes.Text)):
        if isinstance(text.parent, nodes.literal | nodes.literal_block | nodes.math | nodes.math_block | nodes.raw):
            continue
        joined = SHORT_FORMULA.sub("\N{NO-BREAK SPACE}\\1\N{NO-BREAK SPACE}", text.astext())
        if joined != text.astext():
            text.parent.replace(text, nodes.Text(joined))


def natural_width(file: Path) -> float | None:
    """How wide an SVG file says it is, in pixels; None for other pictures."""
    found = WIDTH.search(file.read_text(encoding="utf-8")) if file.suffix == ".svg" and file.exists() else None
    return float(found[1]) * PIXELS if found else None


def html(text: str) -> nodes.raw:
    return nodes.raw("", text, format="html")


def in_lines(app: Sphinx, document: nodes.document, name: str) -> None:
    """Have each line of code written as an element of its own; its id needs a prefix, which is the number of the block."""
    for number, block in enumerate(document.findall(nodes.literal_block)):
        block["highlight_args"] = {**block.get("highlight_args", {}), "linespans": f"code{number}"}


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("doctree-read", described)
    app.connect("doctree-read", portable)
    app.connect("doctree-read", unbroken)
    app.connect("doctree-resolved", framed)
    app.connect("doctree-resolved", in_lines)
    app.add_js_file("legible.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
