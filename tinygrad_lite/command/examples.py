"""Finds, lists and runs our examples.

Flows in: the name of an example and its options. Flows out: the example's own output and exit code; or the list.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path

from .stopping import PROGRAM, Stop

PACKAGE = Path(__file__).parent.parent


def examples(name: str | None, options: Sequence[str]) -> int:
    """List the examples, or run one. Returns the exit code."""
    folder = examples_folder()
    files = {path.stem: path for path in sorted(folder.glob("*.py"))}
    name = name and name.removesuffix(".py")
    if name in files:
        paths = [str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        return subprocess.run([sys.executable, str(files[name]), *options], env=environment, check=False).returncode
    if name:
        raise Stop(f"There is no example {name!r}. The examples are:\n\n{listed(files.values())}")
    print(f"{listed(files.values())}\n\nRun one:  {' '.join(PROGRAM)} examples quadratic_fit\nThey are in {folder}")
    return 0


def examples_folder() -> Path:
    """Beside the package; or inside it, where it was installed."""
    return next(path for path in (PACKAGE / "examples", PACKAGE.parent / "examples") if path.is_dir())


def listed(files: Iterable[Path]) -> str:
    """The name of each example, with the first line of its docstring."""
    paths, room = list(files), shutil.get_terminal_size().columns
    width = max(len(path.stem) for path in paths)
    firsts = [(ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0] for path in paths]
    lines = [f"  {path.stem:<{width}}  {first}" for path, first in zip(paths, firsts)]
    return "\n".join(textwrap.fill(line, room, subsequent_indent=" " * (width + 4)) for line in lines)
