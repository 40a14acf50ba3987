"""Finds the line of the user's program that is running, and the user's names for values, by looking at Python's frames.

Flows in: the stack of the running program. Flows out: a `Line`, a frame, or what the user calls a value, for messages,
`debug()`, `trace` and `Graph.of`.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import linecache
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

OURS = (os.path.dirname(__file__) + os.sep, os.path.dirname(np.__file__) + os.sep, "<__array_function__", "<vjp>")
EXAMPLES = os.path.join(os.path.dirname(__file__), "examples", "")  # where they are installed to; they are as a user's
INSTALLED = {"site-packages", "dist-packages"}
DISPLAYS = {  # libraries that show arrays, and give nothing back to compute with
    "IPython", "altair", "bokeh", "holoviews", "ipywidgets", "matplotlib", "mpl_toolkits", "plotly", "plotnine", "pyvista",
    "rich", "seaborn", "tensorboard", "tqdm", "wandb",
}  # fmt: skip
PYTHONS = os.path.dirname(os.__file__) + os.sep


class Line(NamedTuple):
    """A line of the user's program."""

    file: str
    number: int

    @property
    def code(self) -> str:
        """The text of the line; empty where there is no file to read it from."""
        return linecache.getline(self.file, self.number).strip()

    def __str__(self) -> str:
        return self.where + (f":  {self.code}" if self.code else "")

    @property
    def where(self) -> str:
        """The file and the line number; in a notebook, where each cell is a file named by a number, the line in the cell."""
        cell = "ipykernel_" in self.file or self.file.startswith("<ipython")
        return f"{'cell' if cell else os.path.basename(self.file)}, line {self.number}"


class Part:
    """A callable whose calls belong together in every view, and whose values have names: a module of a network.

    nn/module.py makes a class of layers from this. It is defined here, so that code that looks for names and lines knows it.
    """

    def _leaves(self) -> Iterator[tuple[str, Any]]:
        """Its Tensors, also those of the parts in it, each with how Python reaches it: (".layers[0].weight", Tensor)."""
        return iter(())

    def _parts(self) -> Iterator[tuple[str, Part]]:
        """The part itself and those in it: ("", model), (".layers[0]", Linear)."""
        return iter([("", self)])

    def _described(self) -> str:
        """What it is, in a few words: "Linear(2, 16)"."""
        return type(self).__name__


def part_running(frame: FrameType) -> Part | None:
    """The part whose call runs in this frame."""
    code = frame.f_code
    if code.co_name not in ("__call__", "forward") or not code.co_argcount:
        return None
    running = frame.f_locals.get(code.co_varnames[0])
    return running if isinstance(running, Part) else None


@functools.cache
def is_users_file(file: str) -> bool:
    """Whether a file is neither ours nor NumPy's nor Python's own."""
    ours = file.startswith(OURS) and not file.startswith(EXAMPLES)
    return not ours and not (file.startswith(PYTHONS) and not is_installed(file))


@functools.cache
def is_installed(file: str) -> bool:
    """Whether a file is part of a library, as pip and Debian install them."""
    return not INSTALLED.isdisjoint(file.split(os.sep)) and not file.startswith(EXAMPLES)


def is_users(frame: FrameType) -> bool:
    """Whether the code that runs in this frame is neither ours nor NumPy's nor Python's."""
    if not is_users_file(frame.f_code.co_filename):
        return False
    return not frame.f_globals.get("__name__", "").startswith("namedtuple_")  # Python writes the code of these at run time


def users_of(frames: Sequence[FrameType]) -> list[FrameType]:
    """Those of some frames that are the user's own: not those of a library, unless a library is all there is."""
    return [frame for frame in frames if not is_installed(frame.f_code.co_filename)] or list(frames)


def shows_only(frames: Sequence[FrameType]) -> bool:
    """Whether the innermost of the user's frames is in a call of a library that draws or prints; frames from inside out."""
    called = itertools.takewhile(lambda frame: is_installed(frame.f_code.co_filename), frames)
    return any(frame.f_globals.get("__name__", "").partition(".")[0] in DISPLAYS for frame in called)


def users_frame() -> FrameType | None:
    """The innermost frame that is the user's own."""
    frames = list[FrameType]()
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if is_users(frame):
            if not is_installed(frame.f_code.co_filename):
                return frame
            frames.append(frame)
        frame = frame.f_back
    return frames[0] if frames else None


def variables_in(frame: FrameType, leaves: Callable[[Part], Any] = Part._leaves) -> Iterator[tuple[Any, str]]:
    """The variables of a frame with their names; also what is inside a list, tuple or dict, or is an attribute of `self`,
    or a parameter of a module.

    Variables of the whole program count as far as the function that runs in the frame names them.
    """
    seen, local = frame.f_globals, frame.f_locals
    outside = {name: seen[name] for name in frame.f_code.co_names if name in seen} if local is not seen else {}
    for name, value in [*local.items(), *outside.items()]:
        if name.startswith(("_", ".", "@")):  # pytest calls the parts of an assertion @py_assert1
            continue
        yield value, name
        inside: list[tuple[str, Any]] = []
        if isinstance(value, (list, tuple, dict)) and len(value) <= 64:
            items = value.items() if isinstance(value, dict) else enumerate(value)
            inside = [(f"{name}[{key!r}]".replace("'", '"'), item) for key, item in items]
        elif name == "self":
            inside = [(f"self.{key}", item) for key, item in getattr(value, "__dict__", {}).items()]
        for path, item in inside:
            yield item, path
        for path, part in [(name, value), *inside]:
            if isinstance(part, Part):
                yield from ((leaf, path + step) for step, leaf in leaves(part))


def name_of_variable(value: Any) -> str | None:
    """What the user's program calls this very object, in the function that is running now."""
    frame = users_frame()
    if frame is None:
        return None
    name = next((name for found, name in variables_in(frame) if found is value), None)
    forget_variables(frame)
    return name


def forget_variables(frame: FrameType) -> None:
    """Free what ``frame.f_locals`` returned. Before Python 3.13 a frame keeps it, and so variables that were deleted."""
    if sys.version_info < (3, 13) and frame.f_code.co_flags & inspect.CO_OPTIMIZED:  # a function's, not a module's
        variables = frame.f_locals
        if sys.getrefcount(variables) == 3:  # the frame's, ours and the call's: it is not what locals() gave to the user
            variables.clear()


def line_of(frame: FrameType | None) -> Line:
    return Line(frame.f_code.co_filename, frame.f_lineno) if frame else Line("?", 0)
