"""Writes an explanation in Markdown, with tables as GitHub, Jupyter and MyST read them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .blocks import Block, Entry, Gap, Listing, Paragraph, Row, headings, printable


def escaped(text: str) -> str:
    """Text in which nothing is taken for Markdown or HTML."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&$^])", r"\\\1", printable(text))


def code(text: str) -> str:
    """Text as code, in a cell of a table."""
    text = printable(text).replace("|", "\\|")
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    return f"{fence} {text} {fence}" if "`" in text else f"`{text}`" if text.strip() else ""


def markdown_entry(entry: Entry, marker: str = "") -> str:
    """A step, its equations one below the other; `marker` is what stands before it in a list."""
    found = [escaped(entry.head)] if entry.head else []
    for parts, note in entry.equations:
        first, *rest = map(escaped, parts)
        if rest:
            rest[-1] = f"**{rest[-1]}**"
        found.append(" = ".join([first, *rest]) + (f" · {escaped(note)}" if note else ""))
    number = "" if entry.number is None else f"{entry.number}. " if marker else f"{entry.number}\\. "
    return (number or marker) + "<br>".join(found)


def as_markdown(blocks: Sequence[Block]) -> str:
    return "\n\n".join(map(in_markdown, blocks)) + "\n"


def in_markdown(block: Block) -> str:
    if isinstance(block, Paragraph):
        return escaped(block.text)
    if isinstance(block, Listing):
        return "\n".join([f"{escaped(block.title)}:\n", *(markdown_entry(entry, "- ") for entry in block.entries)])
    lined = any(isinstance(row, Row) and any(row.line) for row in block.rows)
    heads = ["line"] * lined + [f"{escaped(block.forward)} ↓", f"{escaped(block.backward)} ↑"]
    lines = [heads, ["---"] * len(heads)]
    for row, heading in zip(block.rows, headings(block.rows)):
        if isinstance(row, Gap):
            lines.append([escaped(row.text), *[""] * (len(heads) - 1)])
            continue
        place, text = row.line
        where = [f"{escaped(place)}: {code(text)}".removesuffix(": ") if heading else ""] * lined
        lines.append([*where, markdown_entry(row.forward), "<br>".join(map(markdown_entry, row.backward))])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
