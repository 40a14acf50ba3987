"""Finds the parts of the user's program that a page shows: the functions that some lines are in.

Flows in: lines. Flows out: HTML, in which each line of the program has an id.
"""

from __future__ import annotations

import ast
import html
import linecache
import os
from collections.abc import Iterable

from ...frames import Line


class Excerpts:
    """The functions that some lines are in, from each file; lines outside of functions, without what is between them."""

    def __init__(self, wanted: Iterable[Line | None]) -> None:
        numbers = dict[str, set[int]]()
        for line in wanted:
            if line is not None and line.code:
                numbers.setdefault(line.file, set()).add(line.number)
        self.files = list(numbers)
        self.html = "\n".join(self.excerpt(file, sorted(numbers[file])) for file in self.files)

    def id_of(self, line: Line | None) -> str | None:
        return f"line{self.files.index(line.file)}-{line.number}" if line and line.file in self.files else None

    def excerpt(self, file: str, numbers: list[int]) -> str:
        source = linecache.getlines(file)
        functions = functions_in("".join(source))
        shown = sorted(set[int]().union(*(block_around(number, functions) for number in numbers)))
        rows, before = [], shown[0] - 1
        for number in shown:
            if number > before + 1:
                rows.append('<span class="gap">⋮</span>')
            name, code = f"line{self.files.index(file)}-{number}", html.escape(source[number - 1].rstrip())
            rows.append(f'<span class="line" id="{name}"><span class="number">{number}</span>{code}</span>')
            before = number
        name = (
            f"<h3>{html.escape(os.path.basename(file))}</h3>" if os.path.exists(file) else ""
        )  # not so the cell of a notebook
        return f"{name}<pre><code>{''.join(rows)}</code></pre>"


def functions_in(source: str) -> list[range]:
    """The lines of each function of a file."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # the cell of a notebook may have commands that are not Python
        return []
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [range(n.lineno, (n.end_lineno or n.lineno) + 1) for n in ast.walk(tree) if isinstance(n, kinds)]


def block_around(number: int, functions: list[range]) -> Iterable[int]:
    """The lines of the innermost function that a line is in, unless it is long; otherwise the line itself."""
    around = min((lines for lines in functions if number in lines), key=len, default=range(0))
    return around if 0 < len(around) <= 60 else [number]
