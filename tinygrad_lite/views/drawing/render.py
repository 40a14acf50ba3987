"""From DOT text to a picture, with whatever Graphviz this machine has.

Flows in: DOT text and a format. Flows out: the bytes of an SVG, PNG or PDF. First choice is the Graphviz program `dot`;
without it, `graphviz-pure`, which pip installs; without either, a `NoRenderer` error that says how to get one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

FORMATS = {".svg": "svg", ".png": "png", ".pdf": "pdf", ".dot": "dot", ".gv": "dot", ".mmd": "mermaid"}
HOW_TO = "pip install graphviz-pure (or install Graphviz from https://graphviz.org/download)"


class NoRenderer(RuntimeError):
    """There is no Graphviz program on this machine that can write the picture."""


def programs() -> list[str]:
    """The Graphviz programs on this machine, best first. Those that pip installs need not be on the PATH."""
    folders = [sysconfig.get_path("scripts"), sysconfig.get_path("scripts", sysconfig.get_preferred_scheme("user"))]
    everywhere = os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)])
    found = [shutil.which("dot"), shutil.which("graphviz-pure", path=everywhere)]
    return [program for program in found if program]


def render(source: str, format: str) -> bytes:
    """The picture of a DOT text. `format` is svg, png or pdf; or plain, for numbers; dot gives the text itself.

    A program tells by its exit status whether it succeeded: after an error it may still have written half a picture.
    Raises ValueError for another format, NoRenderer if no program can write this one, RuntimeError if all failed.
    """
    if format == "dot":
        return source.encode()
    if format not in ("svg", "png", "pdf", "plain"):
        raise unknown_format(format)
    available = programs()
    if not available:
        raise NoRenderer(f"No Graphviz program was found to make a picture with: {HOW_TO}.")
    complaint = ""
    for program in available:
        if format == "pdf" and "graphviz-pure" in os.path.basename(program):
            raise NoRenderer(
                "graphviz-pure writes SVG and PNG, but no PDF. Choose .svg, which any browser prints as PDF, or install "
                "Graphviz itself from https://graphviz.org/download."
            )
        done = subprocess.run([program, f"-T{format}"], input=source.encode(), capture_output=True, check=False)
        if done.returncode == 0:  # warnings are dropped: about the widths of letters outside ASCII, mostly
            return done.stdout
        complaint = f"{program}: {done.stderr.decode(errors='replace').strip()}"
    raise RuntimeError(f"Graphviz could not draw this graph. Its message was:\n  {complaint}")


def format_of(path: str | os.PathLike[str]) -> str:
    """The format that the suffix of a file name asks for."""
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise unknown_format(suffix or os.fspath(path))
    return FORMATS[suffix]


def unknown_format(wanted: str) -> ValueError:
    return ValueError(
        f"{wanted!r} is not a format that a drawing can be saved in. The suffix of the file name chooses it: "
        f"{' '.join(FORMATS)}, as in draw(loss, 'loss.svg')."
    )
