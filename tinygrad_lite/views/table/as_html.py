"""Writes an explanation in HTML: one element that can be put into any page, or a page with this element.

The two sides of a table are two lists, each in the order of its steps. On a wide page, a grid puts each backward step next to
the forward step of the same call; on a narrow page, one list follows the other. The colours, in table.css, are for light and
for dark pages. table.html is the page.
"""

from __future__ import annotations

import html
import importlib.resources
from collections.abc import Sequence
from string import Template

from .blocks import Block, Entry, Gap, Listing, Paragraph, Row, digits_of, printable


def asset(name: str) -> str:
    return (importlib.resources.files(__package__) / name).read_text(encoding="utf-8")


def html_entry(entry: Entry, kind: str, place: str = "") -> str:
    """A step as an item of a list; `place` says where it stands if the two sides are beside each other."""
    number = "" if entry.number is None else str(entry.number)
    lines = f'<div class="e"><span class="p">{html.escape(printable(entry.head))}</span></div>' if entry.head else ""
    below = " u" if entry.head else ""
    for parts, note in entry.equations:
        first, *rest = (html.escape(printable(part)) for part in parts)
        spans = f'<span class="p">{first}</span>'
        for i, part in enumerate(rest, 1):
            spans += f' <span class="p">= {f"<b>{part}</b>" if i == len(rest) else part}</span>'
        spans += f' <span class="o">{html.escape(printable(note))}</span>' if note else ""
        lines += f'<div class="e{below}">{spans}</div>'
    kind = kind if number or kind == "f" else f"{kind} sum"
    return f'<li class="{kind}"{place}><span class="n">{number}</span><div>{lines}</div></li>'


def as_html(blocks: Sequence[Block]) -> str:
    """All blocks as one element, with its style. What is not ASCII is written as a reference."""
    parts = "\n".join(map(in_html, blocks))
    text = f'<div class="tg-explanation">\n<style>\n{asset("table.css")}</style>\n{parts}\n</div>'
    return text.encode("ascii", "xmlcharrefreplace").decode()


def page_of(blocks: Sequence[Block]) -> str:
    """A page with all blocks."""
    return Template(asset("table.html")).substitute(body=as_html(blocks))


def in_html(block: Block) -> str:
    if isinstance(block, Paragraph):
        return f"<p>{html.escape(printable(block.text))}</p>"
    if isinstance(block, Listing):
        entries = "\n".join(html_entry(entry, "b") for entry in block.entries)
        return f"<p><b>{html.escape(printable(block.title))}</b></p>\n<ul{room_for(block.entries)}>\n{entries}\n</ul>"
    forward, backward = list[str](), list[str]()
    at = 1
    for before, row, after in zip([None, *block.rows], block.rows, [*block.rows[1:], None]):
        if line_of(row) and line_of(row) != line_of(before):
            at += 1
            forward.append(f'<li class="c" style="grid-area: {at} / 1 / auto / 3">{line_of(row)}</li>')
        if isinstance(row, Row):
            at += 1
            forward.append(html_entry(row.forward, "f", f' style="grid-area: {at} / 1"'))
            back = "".join(html_entry(entry, "b") for entry in reversed(row.backward))
            backward.append(f'<li class="b" style="grid-area: {at} / 2"><ul>{back}</ul></li>')
        if line_of(row) and line_of(row) != line_of(after):
            backward.append(f'<li class="c again">{line_of(row)}</li>')
    heads = [html.escape(printable(text)) for text in (block.forward, block.backward)]
    left = [f'<h4 class="f">{heads[0]} <span>\u2193</span></h4>', "<ul>", *forward, "</ul>"]
    right = [f'<h4 class="b">{heads[1]} <span>\u2191</span></h4>', "<ul>", *reversed(backward), "</ul>"]
    steps = [entry for row in block.rows if isinstance(row, Row) for entry in (row.forward, *row.backward)]
    return "\n".join([f'<div class="t"{room_for(steps)}>', *left, *right, "</div>"])


def room_for(entries: Sequence[Entry]) -> str:
    """How wide the numbers of the steps are."""
    return f' style="--digits: {(digits_of(entries) or 1) + 1}ch"'


def line_of(row: Row | Gap | None) -> str:
    """Where in the program a row is, or what is said of rows that are left out."""
    if row is None:
        return ""
    where, text = map(html.escape, map(printable, (row.text, "") if isinstance(row, Gap) else row.line))
    return (f"<span>{where}{':' * bool(text)}</span>" if where else "") + (f" <code>{text}</code>" if text else "")
