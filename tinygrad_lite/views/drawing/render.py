"""Makes an image from DOT text, with the Graphviz program that this machine has.

Flows in: DOT text and a format. Flows out: the bytes of an SVG, PNG or PDF. The first choice is the Graphviz program `dot`;
without it, `graphviz-pure`, which pip installs; without either, a `NoRenderer` error that says how to get one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

from ... import messages

FORMATS = {".svg": "svg", ".png": "png", ".pdf": "pdf", ".dot": "dot", ".gv": "dot", ".mmd": "mermaid"}


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
        raise messages.unknown_format(format, FORMATS)
    available = programs()
    if not available:
        raise messages.no_graphviz()
    complaint = ""
    for program in available:
        if format == "pdf" and "graphviz-pure" in os.path.basename(program):
            raise messages.no_pdf()
        done = subprocess.run([program, f"-T{format}"], input=source.encode(), capture_output=True, check=False)
        if done.returncode == 0:  # warnings are dropped: about the widths of letters outside ASCII, mostly
            return done.stdout
        complaint = f"{program}: {done.stderr.decode(errors='replace').strip()}"
    raise messages.graphviz_failed(complaint)


def format_of(path: str | os.PathLike[str]) -> str:
    """The format that the suffix of a file name asks for."""
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise messages.unknown_format(suffix or os.fspath(path), FORMATS)
    return FORMATS[suffix]
