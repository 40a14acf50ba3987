"""Docstrings are written to be read in the terminal; here they become reStructuredText.

Flows in: the lines of a docstring. Flows out: the same, with the lists of parameters ("data:  a number, ...") as
definition lists, and single backquotes as code.
"""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

PARAMETER = re.compile(r"(\w+): {1,}(\S.*)$")


def convert(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    """Change `lines` in place, as autodoc wants it."""
    new: list[str] = []
    inside = False
    for line in lines:
        if not line.lstrip().startswith((">>>", "...")):
            line = re.sub(r"(?<!`)`([^`]+)`(?!`)", r"``\1``", line).replace("|", r"\|")
        found = PARAMETER.match(line)
        if found and (inside or not new or not new[-1]):
            new += [f"``{found[1]}``", f"    {found[2]}"]
            inside = True
        elif inside and line.startswith("  "):
            new.append("    " + line.strip())
        else:
            inside = False
            new.append(line)
    lines[:] = new


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("autodoc-process-docstring", convert)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
