"""Writes the text around the expressions of a program: the head, the sections with their comments, what is returned.

Flows in: the lines of each section, and the names of arguments and results. Flows out: `Source`, the text of a function.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...containers import children
from ...graphs.nodes import Ref
from .functions import Definitions

WIDTH = 72  # an expression longer than this is cut in two by a variable


class Source(str):
    """The text of a program; `print` shows it. ``source.function()`` is the function that it defines, ready to be called.

    name:       what the function is called
    parameters: the names of its parameters; those in `constants` are arrays that the traced function took from outside
    """

    name: str
    parameters: tuple[str, ...]
    constants: dict[str, Any]

    def __repr__(self) -> str:
        """What the prompt shows: the text itself, with its lines."""
        return str(self)

    def _repr_markdown_(self) -> str:
        """What a notebook shows."""
        return f"```python\n{self}```"

    def function(self) -> Callable[..., Any]:
        """The function, compiled. Arrays from outside are passed to it unless others are given by name."""
        names: dict[str, Any] = {}
        exec(compile(str(self), f"<source of {self.name}>", "exec"), names)
        compiled = names[self.name]

        def call(*args: Any, **keywords: Any) -> Any:
            return compiled(**{**self.constants, **dict(zip(self.parameters, args)), **keywords})

        call.__name__, call.__doc__ = self.name, compiled.__doc__
        return call


def assembled(
    name: str,
    parameters: Sequence[str],
    about: Sequence[str],
    sections: Mapping[str, list[tuple[str, str]]],
    returned: str,
    definitions: Definitions,
    constants: Mapping[str, Any],
) -> Source:
    """The whole program.

    about:    the paragraphs of its docstring
    sections: for each title, lines with a comment beside them
    """
    first, *others = (textwrap.wrap(paragraph, 100) for paragraph in ('"""' + about[0], *about[1:]))
    lines = [*first, *(line for paragraph in others for line in ("", *paragraph)), '"""']
    for i, (title, section) in enumerate((title, section) for title, section in sections.items() if section):
        lines += [*[""] * (i > 0), f"# {title}", *aligned(section)]
    body = textwrap.indent("\n".join([*lines, f"return {returned}"]), "    ")
    imports = "\n".join(sorted(definitions.modules.values()))
    own = [text for text in definitions.texts.values() if text]
    text = "\n\n\n".join([imports, *own, f"def {name}({', '.join(parameters)}):\n{body}"])
    text = "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
    ast.parse(text)
    made = Source(text)
    made.name, made.parameters, made.constants = name, tuple(parameters), dict(constants)
    return made


def aligned(lines: list[tuple[str, str]]) -> list[str]:
    """Lines with their comments below each other."""
    width = max((len(line) for line, comment in lines if comment and len(line) <= WIDTH), default=0)
    return [f"{line:<{width}}  # {comment}" if comment else line for line, comment in lines]


def in_form_of(nest: Any, texts: Mapping[int, str]) -> str:
    """The gradients of what is in an argument, as an expression of the same form: a dict for a dict of parameters."""
    if isinstance(nest, Ref):
        return texts.get(nest.id, "None")
    inside = children(nest)
    if inside is None or nest is None:
        return "None"
    items = [in_form_of(item, texts) for _, item in inside]
    if isinstance(nest, dict):
        return "{" + ", ".join(f"{key!r}: {item}" for key, item in zip(nest, items)) + "}"
    return f"[{', '.join(items)}]" if isinstance(nest, list) else f"({', '.join(items)}{',' * (len(items) == 1)})"


def symmetric(n: int, upper: Sequence[str]) -> str:
    """A symmetric matrix of `n` rows, from what is in it on the diagonal and above, row by row; a single number by itself."""
    entries = dict(zip([(i, j) for i in range(n) for j in range(i, n)], upper))
    rows = [", ".join(entries[min(i, j), max(i, j)] for j in range(n)) for i in range(n)]
    return upper[0] if n == 1 else "[" + ", ".join(f"[{row}]" for row in rows) + "]"


def listed(names: list[str]) -> str:
    """Names in a sentence: a, b and c."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "nothing"
