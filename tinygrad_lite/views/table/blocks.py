"""The blocks that an explanation is made of: sentences, lists, and a table with two sides.

They contain plain text, as users read it. `as_text.py`, `as_markdown.py` and `as_html.py` write it as lines, as Markdown and
as HTML. Users' names may contain any characters, so each of these files escapes those that have a meaning in its format.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Equation(NamedTuple):
    """The same number said in several ways: ``part = part = part``, and a remark."""

    parts: Sequence[str]
    note: str = ""


class Entry(NamedTuple):
    """One step: its number, if it has one, and what it says."""

    number: int | None
    equations: Sequence[Equation]
    head: str = ""  # a line above


class Paragraph(NamedTuple):
    """Sentences."""

    text: str


class Listing(NamedTuple):
    """Entries, one below the other."""

    title: str
    entries: Sequence[Entry]


class Row(NamedTuple):
    """A forward step, and next to it the backward steps through the same call, the first at the bottom.

    line: where in the user's program this is: the place, and the code; empty if it is not known
    """

    line: tuple[str, str]
    forward: Entry
    backward: Sequence[Entry]


class Gap(NamedTuple):
    """Rows that are left out."""

    text: str


class Table(NamedTuple):
    """Rows, and what stands above their two sides."""

    forward: str
    backward: str
    rows: Sequence[Row | Gap]


Block = Paragraph | Listing | Table


def printable(text: str) -> str:
    """One line, without anything that could change how others are shown."""
    return "".join(c if c.isprintable() else " " for c in text)


def digits_of(entries: Sequence[Entry]) -> int:
    """How many digits the longest number has."""
    return max((len(str(entry.number)) for entry in entries if entry.number is not None), default=0)


def headings(rows: Sequence[Row | Gap]) -> list[str]:
    """What stands above each row: its place in the program, unless the row before is there, too; what a gap says."""
    places = [(row.text, "") if isinstance(row, Gap) else row.line for row in rows]
    texts = [printable(f"{where}:  {code}" if code else where) for where, code in places]
    return [text if text != before else "" for before, text in zip(["", *texts], texts)]
