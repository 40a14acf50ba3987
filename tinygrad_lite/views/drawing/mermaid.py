"""Writes a picture in Mermaid, text from which GitHub, GitLab and many note-taking programs draw diagrams.

Flows in: a `Picture`, boxes and arrows as plain data. Flows out: text, a flowchart with the same boxes, arrows and frames.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from .dot import ARROWS, FAINT, FRAMES, GREY, LIT, LOOKS, PALE, boxes_in
from .picture import Arrow, Box, Frame, Picture

WIDE = '%%{init: {"flowchart": {"wrappingWidth": 600}}}%%'  # lines are broken where we say
LINKS: Mapping[str, str] = {"flow": "-->", "stretched": "==>", "gradient": "-.-"}  # all others are -.->
PLAIN = " .,:=()+-/∂→−×÷√…·–Σ"
SHAPES: Mapping[str, str] = {"function": '(["{}"])', "folded": '[["{}"]]'}  # all others are ["{}"]


def mermaid(picture: Picture, direction: str = "LR") -> str:
    """The Mermaid text of a picture."""
    styles = list[str]()
    text = [WIDE, f"flowchart {direction}", *contents(picture.frame, "    ", styles)]
    rows = ["   ".join(row) for row in picture.caption] + picture.notes
    if rows:
        text.append(f'    caption["{"<br/>".join(map(escape, rows))}"]:::note')
    links = defaultdict[str, list[str]](list)
    arrows = [*picture.arrows, *(Arrow(value, gradient, "gradient") for value, gradient in picture.levels)]
    for i, arrow in enumerate(arrows):
        words = f'|"{"<br/>".join(map(escape, arrow.words))}"|' if arrow.words else ""
        text.append(f"    {arrow.start} {LINKS.get(arrow.kind, '-.->')}{words} {arrow.end}")
        if color := LIT if arrow.lit else PALE if arrow.faded else ARROWS[arrow.kind].get("color"):
            links[f"stroke:{color}" + ",stroke-width:3px" * arrow.lit].append(str(i))
    text += [f"    linkStyle {','.join(numbers)} {style}" for style, numbers in links.items()]
    return "\n".join([*text, *styles, *classes({box.kind for box in boxes_in(picture.frame)}), ""])


def contents(frame: Frame, indent: str, styles: list[str]) -> Iterator[str]:
    """The boxes of a frame, and the frames in it; how these look is added to `styles`."""
    for box in frame.boxes:
        yield indent + shape(box)
    for inner in frame.frames:
        if boxes_in(inner):
            name, look = f"frame{len(styles)}", FRAMES[inner.kind]
            styles.append(f"    style {name} fill:{look.get('bgcolor', 'none')},stroke:{look['color']},color:{GREY}")
            yield f'{indent}subgraph {name}["{escape(inner.title)}"]'
            yield from contents(inner, indent + "    ", styles)
            yield f"{indent}end"


def shape(box: Box) -> str:
    """A box: square for a value, round for a call, with bars at its sides for a folded function."""
    text = [f"<b>{escape(box.title)}</b> {escape(box.about)}" if box.about else escape(box.title)]
    for word, lines in box.rows:
        text.append("<br/>".join(filter(None, [f"{word} " * bool(word) + escape(lines[0]), *map(escape, lines[1:])])))
    outline = SHAPES.get(box.kind.removeprefix("back "), '["{}"]').format("<br/>".join(text))
    return f"{box.id}{outline}:::{'faded' if box.faded else class_of(box.kind)}"


def classes(kinds: set[str]) -> Iterator[str]:
    """How these kinds of boxes look."""
    for kind, look in LOOKS.items():
        if kind in kinds:
            width = f"stroke-width:{look.get('penwidth', '1')}px"
            dashes = ",stroke-dasharray:5 3" * ("dashed" in look.get("style", ""))
            yield f"    classDef {class_of(kind)} fill:{look['fillcolor']},stroke:{look['color']},color:#000,{width}{dashes}"
    yield f"    classDef faded fill:#FFF,stroke:{PALE},color:{FAINT}"
    yield f"    classDef note fill:none,stroke:none,color:{GREY}"


def class_of(kind: str) -> str:
    return kind.replace(" ", "-")


def escape(text: str) -> str:
    """Text for a label. What could mean something to Mermaid or to HTML is written as the number of the letter.

    A backslash or a dollar means something even then, in front of an n or another dollar: an invisible letter parts them.

    >>> escape('-1 < "a"'), escape("1. x")      # the latter would begin a list
    ('-1 #60; #34;a#34;', '#49;. x')
    """
    codes = [c if c.isalnum() or c in PLAIN else f"#{ord(c)};" + "#8203;" * (c in "\\$") for c in text]
    if re.match(r"(?:\d+\.|[-+]) ", text):
        codes[0] = f"#{ord(text[0])};"
    return "".join(codes)
