"""Writes an explanation as lines of text of any width, for terminals with or without colours. A line is a list of spans.

If there is room, the two sides of a table are next to each other: each backward step is next to the forward step of the same
call, so the right side is read from the bottom up. Otherwise they are two lists, each in the order of its steps.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .blocks import Block, Entry, Gap, Listing, Paragraph, Row, Table, digits_of, headings, printable

BESIDE = 92  # from this width on, the two sides stand beside each other


class Span(NamedTuple):
    """Letters of one style."""

    text: str
    style: str = ""


Lines = list[list[Span]]


def cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return len(text) if text.isascii() else sum(map(cells_of, text))


@functools.cache
def cells_of(letter: str) -> int:
    """How many columns one letter takes: two in Chinese or Japanese, none if it stands above or below another."""
    return 1 + (unicodedata.east_asian_width(letter) in "WF") - bool(unicodedata.combining(letter))


def width_of(line: Sequence[Span]) -> int:
    return sum(cells(span.text) for span in line)


def wrapped(pieces: Sequence[Sequence[Span]], width: int, hang: int) -> Lines:
    """Pieces set one after the other, with a space between them. Only a piece that is longer than a line is broken."""
    lines: Lines = [[]]
    used = 0  # columns of the last line
    for piece in pieces:
        if lines[-1] and used + 1 + width_of(piece) > width:
            lines.append([Span(" " * hang)])
            used = hang
            piece = [span for span in piece if span.text.strip()]
        elif lines[-1]:
            lines[-1].append(Span(" "))
            used += 1
        for span in piece if width_of(piece) <= width - used else broken(piece, width - hang - 2):
            if used + cells(span.text.rstrip()) > width and used > hang + 2:
                lines.append([Span(" " * (hang + 2))])
                used = hang + 2
            lines[-1].append(span)
            used += cells(span.text)
    return lines


def broken(piece: Sequence[Span], room: int) -> Iterator[Span]:
    """Parts of a piece: a sum in its terms; what is still longer than a line in words; and words as they come."""
    for text, style in piece:
        for term in re.split(r"(?<= )(?=[+−] )", text):
            for word in [term] if cells(term) <= room else re.split(r"(?<= )", term):
                for i in range(0, len(word), max(room, 1)):
                    yield Span(word[i : i + max(room, 1)], style)


def set_entry(entry: Entry, width: int, digits: int, style: str) -> Lines:
    """A step: its number, and its equations with hanging lines."""
    number = "" if entry.number is None else str(entry.number)
    margin = digits + 1 if digits else 0
    lines: Lines = []
    if entry.head:
        lines += wrapped([[Span(word, style)] for word in printable(entry.head).split()], width - margin, 2)
    for parts, note in entry.equations:
        first, *rest = map(printable, parts)
        pieces = [[Span(first, style if not entry.head else "")]]
        for i, part in enumerate(rest, 1):
            pieces.append([Span("= "), Span(part, "answer" if i == len(rest) else "")])
        if not rest:
            pieces = [[Span(first, style)]]
        if note:
            pieces.append([Span(" "), Span(printable(note), "aside")])
        inset = 2 if entry.head else 0
        lines += [[Span(" " * inset), *line] for line in wrapped(pieces, width - margin - inset, 4)]
    margins = [f"{number:>{digits}} ", *[" " * margin] * (len(lines) - 1)] if digits else [""] * len(lines)
    return [[Span(space, "aside"), *line] for space, line in zip(margins, lines)]


def set_in_lines(blocks: Sequence[Block], width: int) -> Lines:
    """All blocks, with an empty line between them."""
    lines: Lines = []
    for block in blocks:
        if lines:
            lines.append([])
        if isinstance(block, Paragraph):
            lines += wrapped([[Span(word)] for word in printable(block.text).split()], min(width, 100), 0)
        elif isinstance(block, Listing):
            lines += wrapped([[Span(block.title, "title")]], width, 0)
            digits = digits_of(block.entries)
            for entry in block.entries:
                lines += [[Span("  "), *line] for line in set_entry(entry, width - 2, digits, "backward")]
        elif width >= BESIDE:
            lines += set_beside(block, width)
        else:
            lines += set_below(block, width)
    return lines


def steps_back(rows: Sequence[Row | Gap]) -> Iterator[tuple[Row | Gap, Entry | None]]:
    """The steps back in their own order, each with its row."""
    for row in reversed(rows):
        if isinstance(row, Gap):
            yield row, None
        else:
            for entry in reversed(row.backward):
                if entry.number is not None:  # one without stands beside an input, as the sum of what came back to it
                    yield row, entry


def set_beside(table: Table, width: int) -> Lines:
    """The two sides beside each other."""
    rows = [row for row in table.rows if isinstance(row, Row)]
    digits = digits_of([row.forward for row in rows]), digits_of([entry for row in rows for entry in row.backward])
    natural = [
        max((width_of(line) for entry in side for line in set_entry(entry, 10_000, d, "")), default=0)
        for side, d in (([row.forward for row in rows], digits[0]), ([e for row in rows for e in row.backward], digits[1]))
    ]
    left = min(max(natural[0], cells(table.forward) + 2), max((width - 3) * 45 // 100, width - 3 - natural[1]))
    right = width - 3 - left
    titles = [
        wrapped([[Span(text, "title")]], size, 2)
        for text, size in ((table.forward + " ↓", left), (table.backward + " ↑", right))
    ]
    lines = side_by_side(titles[0], titles[1], left)
    for i, (row, heading) in enumerate(zip(table.rows, headings(table.rows))):
        if heading:
            lines.append([Span(ruled(heading, width), "aside")])
        elif i == 0:
            lines.append([Span("─" * (left + 1) + "┼" + "─" * (right + 1), "aside")])
        if isinstance(row, Gap):
            continue
        back = [line for entry in row.backward for line in set_entry(entry, right, digits[1], "backward")]
        lines += side_by_side(set_entry(row.forward, left, digits[0], "forward"), back, left)
    return lines


def side_by_side(left: Lines, right: Lines, width: int) -> Lines:
    count = max(len(left), len(right))
    left, right = (side + [[]] * (count - len(side)) for side in (left, right))
    return [[*a, Span(" " * (width - width_of(a))), Span(" │ ", "aside"), *b] for a, b in zip(left, right)]


def ruled(text: str, width: int) -> str:
    """A line across, with a text in it."""
    while cells(text) > max(width - 7, 1):
        text = text.removesuffix("…")[:-1] + "…"
    return f"── {text} " + "─" * (width - cells(text) - 4) if text else "─" * width


def set_below(table: Table, width: int) -> Lines:
    """First the one side, then the other."""
    forward = [(row, row.forward if isinstance(row, Row) else None) for row in table.rows]
    return [
        *set_side(table.forward, forward, width, "forward"),
        [],
        *set_side(table.backward, list(steps_back(table.rows)), width, "backward"),
    ]


def set_side(title: str, entries: Sequence[tuple[Row | Gap, Entry | None]], width: int, style: str) -> Lines:
    """One side of a table as a list."""
    lines = wrapped([[Span(title, "title")]], width, 0)
    digits = digits_of([entry for _, entry in entries if entry])
    for i, ((_, entry), heading) in enumerate(zip(entries, headings([row for row, _ in entries]))):
        if heading or i == 0:
            lines.append([Span(ruled(heading, width), "aside")])
        lines += set_entry(entry, width, digits, style) if entry else []
    return lines
