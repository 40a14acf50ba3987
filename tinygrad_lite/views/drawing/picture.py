"""A drawing as plain data: boxes, arrows between them, frames around them.

`painting.py` makes it from a computation; `dot.py` and `mermaid.py` write it, each in its language.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple


class Box(NamedTuple):
    """Something with an outline. `kind` says how it looks; each of the `rows` is a word and the lines of text beside it."""

    id: str
    kind: str
    title: str
    about: str = ""
    rows: tuple[tuple[str, tuple[str, ...]], ...] = ()
    faded: bool = False


class Arrow(NamedTuple):
    """From box to box. `lit` is on a path that the reader asked for; `faded` is not on it."""

    start: str
    end: str
    kind: str
    words: tuple[str, ...] = ()
    lit: bool = False
    faded: bool = False


@dataclasses.dataclass
class Frame:
    """A frame around boxes that belong together: a function, a turn of a loop, the backward pass."""

    title: str = ""
    kind: str = ""
    boxes: list[Box] = dataclasses.field(default_factory=list)
    frames: list[Frame] = dataclasses.field(default_factory=list)


class Picture(NamedTuple):
    """All of it. `levels` are pairs of boxes that belong side by side: a value and its gradient. `caption` is a table."""

    frame: Frame
    arrows: list[Arrow]
    levels: list[tuple[str, str]]
    caption: list[tuple[str, ...]]
    notes: list[str]
