"""Each chapter as a Jupyter notebook, with the outputs of this build.

Flows in: the notebooks that MyST-NB has executed, in which the text is as it is on the page, with directives and links to
other pages. Flows out: beside each chapter, a notebook in plain Markdown. Programs that the page includes are in it as text,
and links to other pages are their titles. Hidden cells are left out, except those with the tag `setup`, which others need.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from chapters import START, chapters
from sphinx.application import Sphinx
from sphinx.directives.code import LiteralIncludeReader

FENCE = re.compile(
    r"^(?P<fence>`{3,}|~{3,})\{(?P<name>[\w-]+)\}[ ]*(?P<argument>[^\n]*)\n(?P<body>.*?)^(?P=fence)[ ]*$", re.M | re.S
)
OPTION = re.compile(r"^:([\w-]+):[ ]*(.*)\n", re.M)
SUMMARY = re.compile(r"<details[^>]*>\s*<summary[^>]*>(.*?)</summary>", re.S)
FOLD = re.compile(r"(<details[^>]*>\s*<summary[^>]*>.*?</summary>|</details>)", re.S)
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!https?:)[^)]*\)")
WORD = re.compile(r"\{term\}`([^`<]+?)(?: <[^`]*>)?`")
ROLE = re.compile(r"\{[\w:]+\}`~?(?:[\w.]*\.)?([^`]+)`")
TARGET = re.compile(r"^\([\w-]+\)=\n", re.M)
FOLDED = {"jupyter": {"source_hidden": True, "outputs_hidden": True}}


def plain(text: str, page: Path, app: Sphinx, head: str) -> str:
    """The text of a page in the Markdown that Jupyter knows."""
    text = FENCE.sub(lambda found: DIRECTIVES[found["name"]](found["argument"], found["body"], page, app, head), text)
    text = ROLE.sub(r"`\1`", WORD.sub(r"\1", LINK.sub(r"*\1*", text)))
    return TARGET.sub("", text).strip()


def unfolded(source: str, title: str, page: Path, app: Sphinx, head: str) -> tuple[str, str]:
    """The text of a cell, and the title of what is folded when it ends.

    On a page, a fold may go on over several cells. In a notebook it cannot: there each text in it is folded alone.
    """
    found = []
    parts = [part for part in FOLD.split(source) if part.strip()]
    for i, part in enumerate(parts):
        if part == "</details>":
            title = ""
        elif summary := SUMMARY.match(part):
            title = summary[1].strip()
            if i == len(parts) - 1:
                found.append(f"**{title}**")  # a cell of code comes next
        elif title:
            text = plain(part, page, app, head)
            found.append(f"<details>\n<summary>{title}</summary>\n\n{text}\n\n</details>")
        else:
            found.append(plain(part, page, app, head))
    return "\n\n".join(found), title


def included(argument: str, body: str, page: Path, app: Sphinx, head: str) -> str:
    """A part of a file, as a block of code."""
    options: dict[str, Any] = dict(OPTION.findall(body))
    if "dedent" in options:
        options["dedent"] = int(options["dedent"])
    reader = LiteralIncludeReader(str(page.parent / argument), options, app.config)
    text, _ = reader.read()
    return f"```python\n{text.rstrip()}\n```"


def exercise(argument: str, body: str, page: Path, app: Sphinx, head: str) -> str:
    return f"**Exercise: {argument}.** {body.strip()}\n\n```\n{START}{argument}\n```"


def beginning(argument: str, body: str, page: Path, app: Sphinx, head: str) -> str:
    return f"{head}, about {argument} minutes. **Before this:** {body.strip()}"


def known(argument: str, body: str, page: Path, app: Sphinx, head: str) -> str:
    return f"**What you know now**\n\n{body.strip()}"


def left_out(argument: str, body: str, page: Path, app: Sphinx, head: str) -> str:
    return ""


Directive = Callable[[str, str, Path, Sphinx, str], str]
DIRECTIVES: dict[str, Directive] = {
    "literalinclude": included,
    "exercise": exercise,
    "chapter": beginning,
    "known": known,
    "raw": left_out,
    "toctree": left_out,
}


def cleaned(notebook: Any, page: Path, app: Sphinx, head: str) -> Any:
    """The notebook of a chapter, for somebody who has nothing but the notebook and tinygrad_lite."""
    cells, title = [], ""
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if "remove-cell" in tags and "setup" not in tags:
            continue
        if cell.cell_type == "markdown":
            source, title = unfolded(cell.source, title, page, app, head)
            if source:
                cells.append(nbformat.v4.new_markdown_cell(source))
            continue
        shown: dict[str, Any] = dict(FOLDED) if title else {}
        if {"remove-input", "remove-cell"} & set(tags):
            shown = {"jupyter": {**shown.get("jupyter", {}), "source_hidden": True}}
        if "raises-exception" in tags:
            shown["tags"] = ["raises-exception"]
        cells.append(
            nbformat.v4.new_code_cell(
                cell.source,
                metadata=shown,
                execution_count=cell.execution_count,
                outputs=[] if "remove-output" in tags else cell.outputs,
            )
        )
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"  # so that the same pages give the same file
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


def write(app: Sphinx, error: Exception | None) -> None:
    """Write the notebooks of all chapters beside their pages."""
    if error or app.builder.format != "html":
        return
    order = chapters(app)
    executed = Path(app.outdir).parent / "jupyter_execute"
    for name in (page for page in app.env.all_docs if "minutes" in app.env.metadata[page]):
        number = f"Chapter {order.index(name) + 1} of {len(order)}" if name in order else "A page beside the chapters"
        notebook = nbformat.read(executed / f"{name}.ipynb", as_version=4)
        notebook = cleaned(notebook, Path(app.env.doc2path(name)), app, f"{number} of the course of tinygrad_lite")
        nbformat.validate(notebook)
        nbformat.write(notebook, Path(app.outdir) / f"{name}.ipynb")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
