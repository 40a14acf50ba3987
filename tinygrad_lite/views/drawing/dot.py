"""Writes a picture in DOT, the language of Graphviz.

Flows in: a `Picture`, boxes and arrows as plain data. Flows out: text, from which `render.py` makes an image.

Graphviz places boxes from left to right along the arrows. The backward pass goes from right to left. So Graphviz gets its
arrows reversed, and draws their heads at the other end.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import graphviz  # type: ignore[import-untyped]

from .picture import Arrow, Box, Frame, Picture

Attributes = Mapping[str, str]

# Colours by Okabe and Ito (2008), which colour-blind readers can tell apart. Outline and fill say the same once more.
LOOKS: Mapping[str, Attributes] = {
    "leaf": {"color": "#0072B2", "fillcolor": "#D9EAF5", "penwidth": "2"},
    "data": {"color": "#767676", "fillcolor": "#F7F7F7", "style": "filled,dashed"},
    "function": {"color": "#E69F00", "fillcolor": "#FFF4D6", "style": "filled,rounded", "height": "0.35"},
    "folded": {"color": "#009E73", "fillcolor": "#E3F4EE", "style": "filled,rounded", "penwidth": "2", "peripheries": "2"},
    "intermediate": {"color": "#333333", "fillcolor": "#FFFFFF"},
    "result": {"color": "#D55E00", "fillcolor": "#FBE7DA", "penwidth": "2", "peripheries": "2"},
    "back value": {"color": "#A8478A", "fillcolor": "#FFFFFF", "penwidth": "1.5"},
    "back function": {"color": "#A8478A", "fillcolor": "#F6E3EF", "style": "filled,rounded,dashed", "height": "0.35"},
    "back folded": {
        "color": "#A8478A", "fillcolor": "#F6E3EF", "style": "filled,rounded,dashed", "penwidth": "2", "peripheries": "2",
    },
}  # fmt: skip
LEGEND: Mapping[str, str] = {
    "leaf": "leaf: wants a gradient",
    "data": "data, constant",
    "function": "function call",
    "folded": "function, folded",
    "back value": "in the backward pass",
    "back function": "call in the backward pass",
    "back folded": "function, folded",
}
GREY = "#5F5F5F"
FAINT = "#A9A9A9"
PALE = "#CFCFCF"
PURPLE = "#A8478A"
LIT = "#D55E00"
ARROWS: Mapping[str, Attributes] = {
    "flow": {},
    "data": {"style": "dashed"},
    "stretched": {"style": "tapered", "penwidth": "7", "dir": "back", "arrowtail": "none"},
    "again": {"style": "dotted", "penwidth": "1.5", "constraint": "false"},
    "once": {"style": "dotted", "penwidth": "1.5"},
    "back": {"style": "dashed", "color": PURPLE, "dir": "back"},
    "back again": {"style": "dotted", "color": PURPLE, "penwidth": "1.5", "constraint": "false"},
    "back once": {"style": "dotted", "color": PURPLE, "penwidth": "1.5", "dir": "back"},
    "needs": {"style": "dotted", "color": FAINT, "constraint": "false", "arrowsize": "0.5"},
    "gradient": {"style": "bold,dotted", "color": FAINT, "dir": "none"},
}
NARROW = " .,:;'|!()[]ijlftr·"  # letters of half the width
FRAMES: Mapping[str, Attributes] = {
    "function": {"color": "#8C8C8C", "style": "rounded", "bgcolor": "#FCFCFC"},
    "loop": {"color": "#009E73", "style": "rounded", "penwidth": "2", "bgcolor": "#F7FCFA"},
    "forward": {"color": "white"},
    "back": {"color": "#CC79A7", "style": "rounded,dashed", "bgcolor": "#FDF6FA"},
}
# Two points that nobody sees, one above the other, each tied to one of two frames: now these are above each other, too.
BELOW = """\t{{ rank=same; node [shape=point style=invis width=0.01]; above -> below [style=invis] }}
\tabove -> {} [style=invis]
\tbelow -> {} [style=invis]
"""
NODES = {"shape": "box", "style": "filled", "fontname": "Helvetica", "fontsize": "11", "margin": "0.06,0.03"}
GRAPH = {"bgcolor": "white", "nodesep": "0.2", "ranksep": "0.25", "fontname": "Helvetica", "fontsize": "11"}
EDGES = {"color": GREY, "arrowsize": "0.7", "fontname": "Helvetica", "fontsize": "11", "fontcolor": GREY}


def dot(picture: Picture, direction: str = "LR") -> str:
    """The DOT text of a picture."""
    graph = graphviz.Digraph("computation graph", graph_attr=GRAPH | {"rankdir": direction}, node_attr=NODES, edge_attr=EDGES)
    if picture.levels:
        graph.attr(newrank="true")  # boxes in different frames may stand side by side
        graph.body.append(BELOW.format(*picture.levels[0]))
    contents(graph, picture.frame, [0])
    for arrow in picture.arrows:
        edge(graph, arrow)
    for value, gradient in picture.levels:
        graph.edge(value, gradient, **ARROWS["gradient"])
        graph.body.append(f"\t{{ rank=same; {value}; {gradient} }}\n")
    boxes = boxes_in(picture.frame)
    if len(boxes) > 1:
        graph.attr(label=legend(boxes, picture))
    return graph.source


def contents(graph: Any, frame: Frame, count: list[int]) -> None:
    """The boxes of a frame, and the frames in it."""
    for box in frame.boxes:
        node(graph, box)
    for inner in frame.frames:
        if boxes_in(inner):
            count[0] += 1
            with graph.subgraph(name=f"cluster{count[0]}") as cluster:
                cluster.attr(label=escape(inner.title), labeljust="l", fontcolor=GREY, **FRAMES[inner.kind])
                contents(cluster, inner, count)


def boxes_in(frame: Frame) -> list[Box]:
    return [*frame.boxes, *(box for inner in frame.frames for box in boxes_in(inner))]


# --- boxes and arrows ---------------------------------------------------------------------------------------------------


def node(graph: Any, box: Box) -> None:
    look = dict(LOOKS[box.kind])
    if box.faded:
        look |= {"color": PALE, "fillcolor": "#FFFFFF", "fontcolor": FAINT}
    if box.about or box.rows:
        graph.node(box.id, table(box), **look)
    else:
        graph.node(box.id, escape(box.title), width=f"{(room(box.title) + 4) / 72:.2f}", **look)


def edge(graph: Any, arrow: Arrow) -> None:
    look = dict(ARROWS[arrow.kind])
    if arrow.lit:
        look |= {"color": LIT, "fontcolor": LIT} | ({} if arrow.kind == "stretched" else {"penwidth": "2.5"})
    elif arrow.faded:
        look |= {"color": PALE}
    if arrow.words:
        words = "<BR/>".join(map(escape, arrow.words))
        look["label"] = f'<<TABLE BORDER="0" CELLPADDING="3"><TR><TD>{words}</TD></TR></TABLE>>'
    ends = (arrow.end, arrow.start) if arrow.kind in ("back", "back once") else (arrow.start, arrow.end)
    graph.edge(*ends, **look)


def escape(text: str) -> str:
    r"""Text for a label. Besides HTML's characters there is the backslash: for \N, Graphviz would put a name of its own."""
    return html.escape(text).replace("\\", "\\\\")


def table(box: Box) -> str:
    """The HTML-like label of a box: name and shape, below them the numbers."""
    dark, grey = (FAINT, FAINT) if box.faded else ("", GREY)
    title = colored(f"<B>{escape(box.title)}</B>", dark) + "  " + colored(escape(box.about), grey)
    width = 1.1 * room(box.title) + room(box.about) + 6
    two = any(word for word, _ in box.rows)
    rows = f"<TR>{cell(title, width, columns=1 + two)}</TR>"
    for word, text in box.rows:
        words = '<BR ALIGN="LEFT"/>'.join([*map(escape, text), ""])
        first = cell(colored(escape(word), grey), room("value")) if two else ""
        longest = max(map(room, text))
        rows += f"<TR>{first}{cell(colored(words, dark if word else grey), max(longest, width - 36 if two else 0))}</TR>"
    return f'<<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="1">{rows}</TABLE>>'


def cell(words: str, width: float, columns: int = 1) -> str:
    return f'<TD ALIGN="LEFT" BALIGN="LEFT" VALIGN="TOP" COLSPAN="{columns}" WIDTH="{width:.0f}">{words}</TD>'


def room(text: str) -> float:
    """A least width, in points: a browser may have wider letters than those that Graphviz reckons with."""
    narrow = sum(text.count(letter) for letter in NARROW)
    return 6.4 * (len(text) - narrow) + 3.4 * narrow + 4


def colored(words: str, color: str) -> str:
    return f'<FONT COLOR="{color}">{words}</FONT>' if color and words else words


def legend(boxes: list[Box], picture: Picture) -> str:
    """What the looks in this picture mean, in a line below it; and what there is to say about it."""
    kinds = {box.kind for box in boxes}
    cells = ""
    for kind, look in LOOKS.items():
        if kind in kinds:
            shape = f'STYLE="{look["style"].split(",", 1)[1]}"' if "style" in look else ""
            frame = f'BORDER="{look.get("penwidth", 1)}" COLOR="{look["color"]}" BGCOLOR="{look["fillcolor"]}"'
            cells += f"<TD {frame} {shape}>{LEGEND.get(kind, kind)}</TD>"
    if picture.notes:
        cells += f"<TD>{colored(escape(';  '.join(picture.notes)), GREY)}</TD>"
    above = ""
    if picture.caption:
        first, *rest = picture.caption
        rows = f"<TR>{cell(escape(first[0]), room(first[0]), columns=2)}</TR>"
        rows += "".join(f"<TR>{''.join(cell(escape(text), room(text)) for text in row)}</TR>" for row in rest)
        above = f'<TR><TD ALIGN="CENTER"><TABLE BORDER="0" CELLSPACING="2">{rows}</TABLE></TD></TR>'
    below = f'<TR><TD><TABLE BORDER="0" CELLSPACING="6" CELLPADDING="3"><TR>{cells}</TR></TABLE></TD></TR>'
    return f'<<TABLE BORDER="0" CELLSPACING="0">{above}{below}</TABLE>>'
